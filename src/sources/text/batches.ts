// Groups of rows become batches, and streams begin with a first value put back.
import { rowsPerChunk } from '../../chunk.ts';
import { invalidRow } from '../skipped.ts';
import type { Batch, ReadOptions } from '../table.ts';

/** Options for rows of text. */
type Collecting = Pick<ReadOptions, 'skipped' | 'isLive'>;

/**
 * Batches of the rows that `write` writes, `dimensions` numbers each, into the place it is given. The rows come in groups;
 * live ones are handed over at the end of each.
 */
export async function* collectRows<Row>(
  groups: AsyncIterable<readonly Row[]>,
  dimensions: number,
  write: (row: Row, into: Float64Array, at: number) => void,
  { skipped, isLive }: Collecting,
): AsyncGenerator<Batch> {
  const capacity = rowsPerChunk(dimensions);
  let data = new Float64Array(capacity * dimensions);
  let filled = 0;
  for await (const group of groups) {
    for (const row of group) {
      const at = filled * dimensions;
      try {
        write(row, data, at);
      } catch (error) {
        if (isLive && !skipped && filled > 0) yield { data: data.slice(0, at) };
        invalidRow(error, skipped, data.subarray(at, at + dimensions));
      }
      if (++filled === capacity) {
        yield { data };
        data = new Float64Array(capacity * dimensions);
        filled = 0;
      }
    }
    if (!isLive || filled === 0) continue;
    yield { data: data.slice(0, filled * dimensions) };
    filled = 0;
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions) };
}

/** The first of groups that is not empty; undefined if there is none. */
export async function startOf<T>(groups: AsyncIterator<readonly T[]>): Promise<readonly T[] | undefined> {
  for (;;) {
    const { value, done } = await groups.next();
    if (done) return undefined;
    if (value.length > 0) return value;
  }
}

/** Puts a first value back in front of the rest of its stream. */
export async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
