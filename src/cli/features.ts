// `megamix features`.
import { type Command, Option } from 'commander';
import { openOnce } from '../sources/source.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { runsOf } from './convert.ts';
import { addFrontEndOptions } from './front-end.ts';
import { addDataOptions, type DataFlags, dataOf, type RowFlags, reportSkipped, sourceOptions } from './options.ts';
import { addOutputOptions, checkOutput, type OutputFlags, writeOutput } from './output.ts';

interface FeaturesFlags extends FrontEndSettings, OutputFlags, DataFlags, Pick<RowFlags, 'onInvalid'> {}

const EXAMPLES = `
Examples:
  megamix features call.wav -o call.npy
  megamix features 'calls/*.wav' --normalisation mean-variance -o ark,scp:calls.ark,calls.scp
  megamix features 'calls/*.wav' -o 'features/{name}.npy'
  megamix features wav.scp --segments segments --normalisation mean-variance -o feats.ark
  megamix features feats.scp --deltas 2 --normalisation mean --vad energy -o shaped.ark
  sox call.mp3 -t wav - | megamix features - --features fbank --deltas 0 -o call.npy`;

export function addFeatures(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read sound, and write a row of features for each frame; or read features, and shape them (differences, normalisation, ' +
        'context, voiced rows). Several inputs become one output; in an archive (.ark) or h5features (.h5f) each stays by itself, ' +
        'under its name, with the times of its frames.',
    )
    .argument('<in...>', 'WAV files, lists of them (wav.scp), features, globs, folders, or - for standard input (WAV)')
    .addOption(
      new Option('--on-invalid <what>', 'at a file too short for a frame: stop, or skip it (default: error)').choices([
        'error',
        'skip',
      ]),
    );
  addFrontEndOptions(addDataOptions(addOutputOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: FeaturesFlags) => {
      checkOutput(flags);
      const format = flags.format ?? (paths.includes('-') ? 'wav' : undefined);
      const source = await openOnce(dataOf(paths), sourceOptions(paths, { ...flags, format }, signal));
      try {
        await writeOutput(flags, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}
