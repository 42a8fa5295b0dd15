// Groups of rows become batches, and streams begin with a first value put back.
import { rowsPerChunk } from '../../chunk.ts';
import { invalidRow } from '../skipped.ts';
import type { Batch, ReadOptions } from '../table.ts';

/** Options for rows of text. */
type Collecting = Pick<ReadOptions, 'skipped' | 'isLive'>;

/**
 * Batches of the rows that `write` writes, `dimensions` numbers each, into the place it is given. The rows come in groups;
 * live ones are handed over at the end of each. What `write` returns is the name of the utterance that the row is of, if it has one: no batch is of two
 * of them.
 */
export async function* collectRows<Row>(
  groups: AsyncIterable<readonly Row[]>,
  dimensions: number,
  write: (row: Row, into: Float64Array, at: number) => string | undefined,
  { skipped, isLive }: Collecting,
): AsyncGenerator<Batch> {
  const capacity = rowsPerChunk(dimensions);
  let data = new Float64Array(capacity * dimensions);
  let filled = 0;
  let utterance: string | undefined;
  let utteranceNumber: number | undefined;
  for await (const group of groups) {
    for (const row of group) {
      const at = filled * dimensions;
      try {
        const name = write(row, data, at);
        if (name !== undefined && (utteranceNumber === undefined || name !== utterance)) {
          if (filled > 0) yield { data: data.slice(0, at), utterance, utteranceNumber };
          data.copyWithin(0, at, at + dimensions);
          filled = 0;
          utterance = name;
          utteranceNumber = (utteranceNumber ?? -1) + 1;
        }
      } catch (error) {
        if (isLive && !skipped && filled > 0) yield { data: data.slice(0, at), utterance, utteranceNumber };
        invalidRow(error, skipped, data.subarray(at, at + dimensions));
      }
      if (++filled === capacity) {
        yield { data, utterance, utteranceNumber };
        data = new Float64Array(capacity * dimensions);
        filled = 0;
      }
    }
    if (!isLive || filled === 0) continue;
    yield { data: data.slice(0, filled * dimensions), utterance, utteranceNumber };
    filled = 0;
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions), utterance, utteranceNumber };
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
