// `megamix features`.
import { type Command, Option } from 'commander';
import { openOnce } from '../sources/source.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { runsOf } from './convert.ts';
import { addFrontEndOptions } from './front-end.ts';
import { type DataFlags, dataOf, type RowFlags, reportSkipped, sourceOptions } from './options.ts';
import { addOutputOptions, checkOutput, type OutputFlags, writeOutput } from './output.ts';
import { decimal } from './text.ts';

interface FeaturesFlags
  extends FrontEndSettings,
    OutputFlags,
    Pick<DataFlags, 'format' | 'channel'>,
    Pick<RowFlags, 'onInvalid'> {}

const EXAMPLES = `
Examples:
  megamix features call.wav -o call.npy
  megamix features 'calls/*.wav' --normalisation mean-variance -o ark,scp:calls.ark,calls.scp
  megamix features 'calls/*.wav' -o 'features/{name}.npy'
  sox call.mp3 -t wav - | megamix features - --features fbank --deltas 0 -o call.npy`;

export function addFeatures(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read sound from WAV files, and write a row of features for each frame. Several files become one output; in an archive ' +
        '(.ark) or h5features (.h5f) each stays by itself, under its name, with the times of its frames.',
    )
    .argument('<in...>', 'WAV files, globs, or - for standard input')
    .option('--channel <n>', 'which channel, from 1 (default: the only one)', decimal)
    .addOption(new Option('--format <name>', 'format of the sound').choices(['wav']).default('wav'))
    .addOption(
      new Option('--on-invalid <what>', 'at a file too short for a frame: stop, or skip it (default: error)').choices([
        'error',
        'skip',
      ]),
    );
  addFrontEndOptions(addOutputOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: FeaturesFlags) => {
      checkOutput(flags);
      const source = await openOnce(dataOf(paths), sourceOptions(paths, flags, signal));
      try {
        await writeOutput(flags, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}
