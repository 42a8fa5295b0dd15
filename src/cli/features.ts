// `megamix features`.
import { type Command, Option } from 'commander';
import { openOnce } from '../sources/source.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { runsOf } from './convert.ts';
import { addFrontEndOptions } from './front-end.ts';
import { addDataOptions, type DataFlags, dataOf, type RowFlags, reportSkipped, sourceOptions } from './options.ts';
import { checkOutput, writeOutput } from './output.ts';

interface FeaturesFlags extends FrontEndSettings, DataFlags, Pick<RowFlags, 'onInvalid'> {
  readonly output: string;
}

const EXAMPLES = `
Examples:
  megamix features call.wav -o call.npy
  megamix features wav.scp --segments segments --normalisation mean-variance -o feats.ark
  megamix features feats.scp --deltas 2 --normalisation mean --vad energy -o shaped.ark
  sox call.mp3 -t wav - | megamix features - --features fbank --deltas 0 -o call.npy`;

export function addFeatures(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read sound, and write a row of features for each frame; or read features, and shape them (differences, normalisation, ' +
        'context, voiced rows). Several inputs become one output; in an archive (.ark) each is a matrix of its own, under its name.',
    )
    .argument('<in...>', 'WAV files, lists of them (wav.scp), features, globs, folders, or - for standard input (WAV)')
    .requiredOption('-o, --output <file>', 'OUT.npy, .csv, .jsonl, .ark, .htk, … or - for CSV on standard output')
    .addOption(
      new Option('--on-invalid <what>', 'at a file too short for a frame: stop, or skip it (default: error)').choices([
        'error',
        'skip',
      ]),
    );
  addFrontEndOptions(addDataOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: FeaturesFlags) => {
      checkOutput(flags.output);
      const format = flags.format ?? (paths.includes('-') ? 'wav' : undefined);
      const source = await openOnce(dataOf(paths), sourceOptions(paths, { ...flags, format }, signal));
      try {
        await writeOutput(flags.output, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}
