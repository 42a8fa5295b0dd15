// `megamix convert`.
import type { Command } from 'commander';
import { DataError } from '../errors.ts';
import { openOnce, type Source } from '../sources/source.ts';
import type { RowRun, RowRuns } from '../storage/rows/runs.ts';
import {
  addDataOptions,
  addInvalidOption,
  type DataFlags,
  dataOf,
  type RowFlags,
  reportSkipped,
  sourceOptions,
} from './options.ts';
import { addPartOptions, checkOutput, OUTPUTS, type OutputFlags, writeOutput } from './output.ts';

interface ConvertFlags extends DataFlags, Pick<RowFlags, 'onInvalid'>, Omit<OutputFlags, 'output'> {}

const EXAMPLES = `
Examples:
  megamix convert frames.csv frames.npy
  megamix convert 'train/*.npy' train.h5
  cat frames.jsonl | megamix convert - --format jsonl frames.npy
  megamix convert feats.scp feats.parquet
  megamix convert feats.scp --compress ark,scp:small.ark,small.scp
  megamix convert frames.csv --utterance-column name --time-column time frames.h5f`;

export function addConvert(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read IN, in any format, and write its rows to OUT, as a stream. Several inputs become one output; in an archive (.ark) ' +
        'or h5features (.h5f) each file or utterance stays by itself, under its name.',
    )
    .argument('<in...>', `files, globs, or -; the last is OUT: ${OUTPUTS}`);
  addPartOptions(addInvalidOption(addDataOptions(command)))
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], flags: ConvertFlags) => {
      const output = names.at(-1)!;
      const paths = names.slice(0, -1);
      if (paths.length === 0) command.error('error: missing argument: IN and OUT are needed');
      checkOutput({ ...flags, output });
      const source = await openOnce(dataOf(paths), sourceOptions(paths, flags, signal));
      try {
        await writeOutput({ ...flags, output }, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}

/** Rows as they come, all of the type of the first; each part stays one. */
export function runsOf(source: Source): RowRuns {
  async function* runs(): AsyncGenerator<RowRun> {
    let isDouble: boolean | undefined;
    for await (const { data, part, times, release } of source.arriving()) {
      isDouble ??= data instanceof Float64Array;
      if (!isDouble && data instanceof Float64Array) {
        throw new DataError(
          'unwritable-rows',
          `${source.name}: float32 comes first, float64 after it: name a file of float64 first`,
          { source: source.name },
        );
      }
      yield { data: isDouble && data instanceof Float32Array ? Float64Array.from(data) : data, part, times };
      release?.();
    }
  }
  return { runs: runs(), columns: source.dimensions };
}
