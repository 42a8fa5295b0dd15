// `megamix features`.
import { type Command, Option } from 'commander';
import { openOnce } from '../sources/source.ts';
import type { FrontEndSettings } from '../speech/front-end.ts';
import { runsOf } from './convert.ts';
import { addFrontEndOptions } from './front-end.ts';
import { type DataFlags, dataOf, type RowFlags, reportSkipped, sourceOptions } from './options.ts';
import { checkOutput, writeOutput } from './output.ts';
import { decimal } from './text.ts';

interface FeaturesFlags extends FrontEndSettings, Pick<DataFlags, 'format' | 'channel'>, Pick<RowFlags, 'onInvalid'> {
  readonly output: string;
}

const EXAMPLES = `
Examples:
  megamix features call.wav -o call.npy
  megamix features 'calls/*.wav' --normalisation mean-variance -o calls.npy
  sox call.mp3 -t wav - | megamix features - --features fbank --deltas 0 -o call.npy`;

export function addFeatures(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read sound from WAV files, and write a row of features for each frame. Several files become one output; in an archive ' +
        '(.ark) each is a matrix of its own, under its name.',
    )
    .argument('<in...>', 'WAV files, globs, or - for standard input')
    .requiredOption('-o, --output <file>', 'OUT.npy, .csv, .jsonl, .ark, .htk, … or - for CSV on standard output')
    .option('--channel <n>', 'which channel, from 1 (default: the only one)', decimal)
    .addOption(new Option('--format <name>', 'format of the sound').choices(['wav']).default('wav'))
    .addOption(
      new Option('--on-invalid <what>', 'at a file too short for a frame: stop, or skip it (default: error)').choices([
        'error',
        'skip',
      ]),
    );
  addFrontEndOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: FeaturesFlags) => {
      checkOutput(flags.output);
      const source = await openOnce(dataOf(paths), sourceOptions(paths, flags, signal));
      try {
        await writeOutput(flags.output, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}
