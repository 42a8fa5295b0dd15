import type { Statistics } from '../statistics.ts';

/** Which components hold no rows, and which rows are farthest from their centres. */
export type Emptied = Pick<Statistics, 'empty' | 'farthest' | 'shape'>;

/** How many components that hold no rows can move to rows that are not at their own centres. */
export const refillable = ({ empty, farthest }: Emptied): number =>
  farthest ? Math.min(empty.length, farthest.count) : 0;

/**
 * The means (K × D) with those of components that hold no rows in the places of the rows that are farthest from their centres: the
 * first such component in that of the farthest, the next in that of the next. As no row is then farther from its nearest centre
 * than it was, the criterion does not rise.
 */
export function refilled(emptied: Emptied, means: Float64Array): Float64Array {
  const count = refillable(emptied);
  if (count === 0) return means;
  const moved = means.slice();
  const { empty, farthest, shape } = emptied;
  for (const [i, k] of empty.slice(0, count).entries()) moved.set(farthest!.row(i), k * shape.dimensions);
  return moved;
}
