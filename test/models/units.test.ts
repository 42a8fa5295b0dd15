import { describe, expect, test } from 'vitest';
import { type InitName, inits } from '../../src/fitting/initialization/initializers.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { normwise } from '../helpers/parameters.ts';
import { blobs, normals } from '../helpers/random.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Nothing has a unit of its own: neither data, nor row weights.
const normal = normals(4);
const ROWS = 300;
const data = blobs(
  ROWS,
  [
    [0, 0, 0],
    [9, 9, -9],
    [-9, 8, 3],
  ],
  7,
);
const weights = Float64Array.from({ length: ROWS }, () => 0.2 + Math.abs(normal()));
const quiet = { onWarning(): void {}, threads: 1 };
const DEFAULT_REG_COVAR = 1e-6;

/**
 * Rounding, of about 300 · 2⁻⁵² in a sum, may grow from iteration to iteration, by up to the condition of the slowest direction;
 * a constant that is compared with data or weights would change the models by more than a thousandth.
 */
const BOUND = 1e-6;

const givenBy = (init: InitName, row: Row) =>
  !(inits[init].givesComponents && row.covariance === undefined) ? init : undefined;
const names = Object.keys(inits) as InitName[];
const pointEstimates = rows.filter(({ model }) => model === 'kmeans' || model === 'gmm');

function compare(actual: MixtureModel, expected: MixtureModel, scale: number, weight: number): void {
  expect([actual.criterion.length, actual.iterations, actual.stopReason]).toEqual([
    expected.criterion.length,
    expected.iterations,
    expected.stopReason,
  ]);
  const [one, other] = [actual.state.parameters, expected.state.parameters];
  expect(
    normwise(
      one.means.map((value) => value / scale),
      other.means,
    ),
  ).toBeLessThan(BOUND);
  expect(
    normwise(
      one.counts.map((value) => value / weight),
      other.counts,
    ),
  ).toBeLessThan(BOUND);
  if (one.covariances.length === 0) return;
  expect(
    normwise(
      one.covariances.map((value) => value / scale ** 2),
      other.covariances,
    ),
  ).toBeLessThan(BOUND);
}

describe.each(rows)('$label', (row: Row) => {
  const fitted = (init: InitName, scale: number, kernel: 'js' | 'wasm' = 'js') => {
    const regCovar = row.covariance === undefined ? undefined : DEFAULT_REG_COVAR * scale ** 2;
    const scaled = { data: data.map((value) => value * scale), dimensions: 3 };
    return estimator(row, { components: 3, init, regCovar }).fit(scaled, { ...quiet, kernel });
  };

  test.each(names)('data times any factor give the model times it, begun by %s', async (name) => {
    const init = givenBy(name, row);
    if (!init) return;
    const expected = await fitted(init, 1);
    for (const scale of [2 ** -20, 2 ** 20, 1e-6, 1e6]) compare(await fitted(init, scale), expected, scale, 1);
  });

  test('with the fast kernels too, at scales that floats cannot square', async () => {
    const expected = await fitted('k-means', 1, 'wasm');
    for (const scale of [2 ** -80, 2 ** 80]) compare(await fitted('k-means', scale, 'wasm'), expected, scale, 1);
  });
});

describe.each(pointEstimates)('$label', (row) => {
  const fitted = (init: InitName, factor: number, restarts: number) => {
    const start = row.model === 'gmm' && !inits[init].givesComponents ? ({ start: 'parameters' } as const) : {};
    const of = { data, dimensions: 3, weights: weights.map((weight) => weight * factor) };
    return estimator(row, { components: 3, init, restarts, ...start }).fit(of, quiet);
  };

  test.each(names)('row weights times any factor give the same model, begun by %s', async (name) => {
    const init = givenBy(name, row);
    if (!init) return;
    for (const restarts of [1, 3]) {
      const expected = await fitted(init, 1, restarts);
      for (const factor of [1e-20, 1e20]) compare(await fitted(init, factor, restarts), expected, 1, factor);
    }
  });
});
