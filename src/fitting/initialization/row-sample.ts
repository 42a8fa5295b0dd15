// Distinct rows and their weights, as initializers see them.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Random } from '../../util/random.ts';
import { cumulative, firstAbove, sum } from '../../util/vector.ts';
import { RowSet } from './row-set.ts';

/** Different rows of the data (n × D), and what each weighs; 1 where there are no weights. */
export interface RowSample {
  readonly rows: Float64Array;
  readonly weights: Float64Array | undefined;
}

/** Equal rows become one that weighs as much as all of them. */
export function withoutRepeats({ rows, weights }: RowSample, dimensions: number): RowSample {
  const different = new RowSet(dimensions);
  const total = new Float64Array(rows.length / dimensions);
  for (let n = 0; n < total.length; n++) total[different.add(rows, n * dimensions)]! += weights?.[n] ?? 1;
  return { rows: different.rows, weights: total.subarray(0, different.size) };
}

/** A sample, and those rows of another that are not in it: of rows that are rare it may have too few. */
export function together(sample: RowSample, other: RowSample, dimensions: number): RowSample {
  const different = new RowSet(dimensions);
  const weights: number[] = [];
  for (const { rows, weights: given } of [sample, other]) {
    for (let n = 0; n < rows.length / dimensions; n++) {
      const index = different.add(rows, n * dimensions);
      weights[index] ??= given?.[n] ?? 1;
    }
  }
  return { rows: different.rows, weights: Float64Array.from(weights) };
}

/** The same with the weights multiplied; none where all of them become 1. */
export function scaled({ rows, weights }: RowSample, factor: number): RowSample {
  if (!weights) return { rows, weights };
  const multiplied = weights.map((weight) => weight * factor);
  return { rows, weights: multiplied.every((weight) => weight === 1) ? undefined : multiplied };
}

/** How many rows there are. */
export const countOf = ({ rows }: RowSample, dimensions: number): number => rows.length / dimensions;

/** The sum of the weights. */
export const weightOf = (sample: RowSample, dimensions: number): number =>
  sample.weights ? sum(sample.weights) : countOf(sample, dimensions);

/** Draws the number of a row, with a probability in proportion to its weight. */
export function drawRow({ rows, weights }: RowSample, dimensions: number, random: Random): number {
  const place = uniformFloat64(random);
  if (!weights) return Math.floor((place * rows.length) / dimensions);
  const bounds = cumulative(weights);
  return firstAbove(bounds, place * bounds.at(-1)!);
}

/** A view of one row. */
export const rowAt = ({ rows }: Pick<RowSample, 'rows'>, dimensions: number, n: number): Float64Array =>
  rows.subarray(n * dimensions, (n + 1) * dimensions);

/** Some of the rows, one after the other. */
export function rowsAt(sample: Pick<RowSample, 'rows'>, dimensions: number, numbers: readonly number[]): Float64Array {
  const picked = new Float64Array(numbers.length * dimensions);
  for (const [i, n] of numbers.entries()) picked.set(rowAt(sample, dimensions, n), i * dimensions);
  return picked;
}
