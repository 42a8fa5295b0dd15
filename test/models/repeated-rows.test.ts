import { describe, expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import { RESERVOIR_ROWS } from '../../src/fitting/initialization/data-summary.ts';
import { type InitName, inits } from '../../src/fitting/initialization/initializers.ts';
import { gap } from '../helpers/parameters.ts';
import { blobs, normals } from '../helpers/random.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// A whole number as the weight of a row gives what the row gives that is there as often, whatever the model and its start.
const ROWS = 150;
const CENTRES = [
  [0, 0],
  [9, 9],
  [-9, 8],
];
const data = blobs(ROWS, CENTRES, 5);
const weights = Float64Array.from({ length: ROWS }, (_, n) => [1, 3, 0, 2, 7][n % 5]!);
const written = Array.from(weights, (weight, n) =>
  Array.from({ length: weight }, () => [...data.subarray(2 * n, 2 * n + 2)]),
).flat();
/** The same rows, far apart. */
const apart = [0, 1, 2, 3, 4, 5, 6].flatMap((round) =>
  Array.from(weights.keys())
    .filter((n) => weights[n]! > round)
    .map((n) => [...data.subarray(2 * n, 2 * n + 2)]),
);
const quiet = { onWarning(): void {}, threads: 1 };

describe.each(rows)('$label', (row: Row) => {
  test.each(Object.keys(inits) as InitName[])('begun by %s, once and as the best of several', async (init) => {
    if (row.covariance === undefined && inits[init].givesComponents) return;
    for (const restarts of [1, 4]) {
      const make = () => estimator(row, { components: 3, init, restarts, seed: 2 });
      const weighted = await make().fit({ data, dimensions: 2, weights }, quiet);
      for (const repeated of [written, apart]) {
        const fitted = await make().fit(repeated, quiet);
        expect(fitted.components).toBe(weighted.components);
        // rounding that grew from iteration to iteration; another draw, or a count left out, changes more than a thousandth
        expect(gap(fitted, weighted)).toBeLessThan(1e-6);
      }
    }
  });
});

test('a histogram ends where its rows do', async () => {
  const values = [0, 1, 2, 10, 11, 12, 100, 200, 300].map((value) => [value]);
  const counts = Float64Array.of(1000, 1000, 1000, 1000, 1000, 1000, 1, 1, 1);
  const all = values.flatMap((row, n) => Array.from({ length: counts[n]! }, () => row));
  const make = () => new KMeans({ components: 2, restarts: 10 });
  const histogram = await make().fit(values, { ...quiet, weights: counts });
  expect(histogram.criterion.at(-1)).toBeCloseTo(131_056, -1);
  expect((await make().fit(all, quiet)).criterion.at(-1)! / histogram.criterion.at(-1)!).toBeCloseTo(1, 12);
});

test('rows that weigh next to nothing are no centres', async () => {
  const few = [[1], [1], [5], [5], [100], [100]];
  const light = Float64Array.of(1, 1, 1, 1, 1e-8, 1e-8);
  for (const init of ['k-means', 'k-means++', 'afk-mc2', 'random'] as const) {
    for (let seed = 0; seed < 20; seed++) {
      const model = await new KMeans({ components: 2, init, seed }).fit(few, { ...quiet, weights: light });
      expect(model.means.to1DArray().sort()).toEqual([expect.closeTo(1, 5), expect.closeTo(5, 5)]);
    }
  }
});

test('where the sample is smaller than the data, heavy rows are in it', async () => {
  const normal = normals(6);
  const count = 3 * RESERVOIR_ROWS;
  const many = Float64Array.from({ length: count }, (_, n) => (n % 60_000 === 7 ? 500 + n / 60_000 : normal()));
  const heavy = Float64Array.from({ length: count }, (_, n) => (n % 60_000 === 7 ? 20_000 : 1));
  for (let seed = 0; seed < 5; seed++) {
    const model = await new KMeans({ components: 2, seed }).fit(
      { data: many, dimensions: 1 },
      { ...quiet, weights: heavy },
    );
    expect(Math.max(...model.means.to1DArray())).toBeCloseTo(501.5, 0);
  }
});
