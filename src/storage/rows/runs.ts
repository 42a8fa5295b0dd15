// Runs of rows on their way into files, and where the rows are from.
import type { RowPart } from '../../chunk.ts';
import type { Numbers } from '../../files/header-and-rows.ts';

/** Consecutive rows of one part. */
export interface RowRun {
  /** Rows × columns numbers. */
  readonly data: Numbers;
  /** Of sparse rows the component that each number is of. */
  readonly components?: Int32Array | undefined;
  /** The part that they are of; absent of rows that are of none. */
  readonly part?: Pick<RowPart, 'name' | 'number'> | undefined;
  /** The time of each row, in seconds. */
  readonly times?: Float64Array | undefined;
}

/** Rows to be written: runs, and the number of columns; undefined for one number per row, as labels are. */
export interface RowRuns {
  readonly runs: AsyncIterable<RowRun>;
  readonly columns: number | undefined;
}

/** The numbers alone; of sparse rows, component and number in turn. */
export async function* numbersOf(runs: AsyncIterable<RowRun>): AsyncGenerator<Numbers> {
  for await (const run of runs) yield interleaved(run);
}

/** The columns that `numbersOf` gives. */
export const interleavedColumns = (columns: number | undefined, isSparse: boolean): number | undefined =>
  isSparse ? 2 * (columns ?? 1) : columns;

/** Component and number in turn, of sparse rows. */
export function interleaved({ data, components }: RowRun): Numbers {
  if (!components) return data;
  const pairs = new Float64Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    pairs[2 * i] = components[i]!;
    pairs[2 * i + 1] = data[i]!;
  }
  return pairs;
}

/** Runs of one part after the other. */
export interface PartRuns {
  readonly part: RowRun['part'];
  readonly runs: AsyncGenerator<RowRun>;
}

/** Runs by their parts. Whoever takes the next part has read, or is done with, the one before. */
export async function* byPart(runs: AsyncIterable<RowRun>): AsyncGenerator<PartRuns> {
  const all = runs[Symbol.asyncIterator]();
  try {
    let next = await all.next();
    while (!next.done) {
      const { part } = next.value;
      async function* ofPart(): AsyncGenerator<RowRun> {
        while (!next.done && next.value.part?.number === part?.number) {
          yield next.value;
          next = await all.next();
        }
      }
      const own = ofPart();
      yield { part, runs: own };
      for await (const _ of own); // what was not read
    }
  } finally {
    await all.return?.();
  }
}
