// Moves centres without rows to rows that are far from their own centres (K-means).
import type { Statistics } from '../statistics.ts';

/** Which components hold no rows, which rows are farthest from their centres, and how far rows are on average. */
export type Emptied = Pick<Statistics, 'empty' | 'farthest' | 'shape' | 'meanSquare'>;

/**
 * The means (K × D) with those of components that hold no rows in the places of rows that are far from their centres, and how many
 * were moved. The first goes to the farthest row; each next one to the row that is then farthest from its centre and those that
 * moved before, as long as that is farther than rows are on average: the others wait for the next pass. As no row then is farther
 * from its nearest centre than it was, the criterion does not rise.
 */
export function refilled(
  emptied: Emptied,
  means: Float64Array,
): { readonly means: Float64Array; readonly moves: number } {
  const rows = placesFor(emptied);
  if (rows.length === 0) return { means, moves: 0 };
  const moved = means.slice();
  for (const [i, row] of rows.entries()) moved.set(row, emptied.empty[i]! * emptied.shape.dimensions);
  return { means: moved, moves: rows.length };
}

/** How many components that hold no rows can be moved. */
export const refillable = (emptied: Emptied): number => placesFor(emptied).length;

function placesFor({ empty, farthest, meanSquare }: Emptied): Float64Array[] {
  if (!farthest || empty.length === 0) return [];
  const rows = Array.from({ length: farthest.count }, (_, i) => farthest.row(i));
  const distances = rows.map((_, i) => farthest.distance(i));
  const places: Float64Array[] = [];
  while (places.length < Math.min(empty.length, rows.length)) {
    const next = distances.indexOf(Math.max(...distances));
    if (!(distances[next]! > (places.length === 0 ? 0 : meanSquare))) break;
    const place = rows[next]!;
    places.push(place);
    for (const [i, row] of rows.entries()) distances[i] = Math.min(distances[i]!, squaredDistance(row, place));
  }
  return places;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let square = 0;
  for (let j = 0; j < a.length; j++) square += (a[j]! - b[j]!) ** 2;
  return square;
}
