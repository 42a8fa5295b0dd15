// `megamix convert`.
import type { Command } from 'commander';
import { DataError } from '../errors.ts';
import type { Numbers } from '../files/header-and-rows.ts';
import { openOnce, type Source } from '../sources/source.ts';
import { type RowRuns, rowExtensions } from '../storage/rows/rows.ts';
import {
  addDataOptions,
  addInvalidOption,
  type DataFlags,
  dataOf,
  type RowFlags,
  reportSkipped,
  sourceOptions,
} from './options.ts';
import { checkOutput, writeOutput } from './output.ts';

interface ConvertFlags extends DataFlags, Pick<RowFlags, 'onInvalid'> {
  readonly output: string;
}

const EXAMPLES = `
Examples:
  megamix convert frames.csv frames.npy
  megamix convert 'train/*.npy' train.h5
  cat frames.jsonl | megamix convert - --format jsonl frames.npy
  megamix convert feats.scp feats.parquet`;

export function addConvert(command: Command, signal: AbortSignal): void {
  command
    .description(
      'Read IN, in any format, and write its rows to OUT, as a stream. Several inputs become one output; in an archive (.ark) ' +
        'each is a matrix of its own, under its name or key.',
    )
    .argument(
      '<in...>',
      `files, globs, or -; the last is OUT, a name that ends with ${rowExtensions.join(', ')}, or - for CSV`,
    );
  addInvalidOption(addDataOptions(command))
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], flags: ConvertFlags) => {
      const output = names.at(-1)!;
      const paths = names.slice(0, -1);
      if (paths.length === 0) command.error('error: missing argument: IN and OUT are needed');
      checkOutput(output);
      const source = await openOnce(dataOf(paths), sourceOptions(paths, flags, signal));
      try {
        await writeOutput(output, runsOf(source), signal);
        reportSkipped(source.skipped);
      } finally {
        await source.close();
      }
    });
}

/** All of the type of the first; of several files each is a part, or has parts of its own. */
export function runsOf(source: Source): RowRuns {
  const { partNames } = source;
  let name: string | undefined;
  async function* runs(): AsyncGenerator<Numbers> {
    let isDouble: boolean | undefined;
    for await (const { data, utterance, part, release } of source.arriving()) {
      isDouble ??= data instanceof Float64Array;
      if (!isDouble && data instanceof Float64Array) {
        throw new DataError(
          'unwritable-rows',
          `${source.name}: float32 comes first, float64 after it: name a file of float64 first`,
          { source: source.name },
        );
      }
      name = utterance ?? (partNames.length > 1 ? partNames[part] : undefined);
      yield isDouble && data instanceof Float32Array ? Float64Array.from(data) : data;
      release?.();
    }
  }
  return { runs: runs(), columns: source.dimensions, part: () => ({ number: source.partsRead, name }) };
}
