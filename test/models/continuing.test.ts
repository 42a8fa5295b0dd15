import { describe, expect, test } from 'vitest';
import type { Estimator } from '../../src/estimator.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { models } from '../../src/mixture/model-table.ts';
import { parametersOf } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

// Fitting on, and what is said of how a fit ended.
const CENTRES = [
  [0, 0],
  [3, 2],
  [-3, 3],
];
const data = { data: blobs(400, CENTRES, 5), dimensions: 2 };

describe.each(rows)('$label', (row) => {
  const on = (init: MixtureModel, settings: FitSettings): Estimator =>
    estimator({ ...row, covariance: undefined }, { ...settings, init });
  const isKMeans = row.model === 'kmeans';
  const sign = Math.sign(models[row.model].criterionScale);

  test('any number of fits is one fit', async () => {
    const start = await estimator(row, { components: 3, seed: 1 }).initialize(data);
    const whole = await on(start, { iterations: 6 }).fit(data);
    let parts = start;
    for (const iterations of [1, 3, 2]) parts = await on(parts, { iterations }).fit(data);
    expect(parametersOf(parts)).toEqual(parametersOf(whole));
    expect(parts.iterations).toBe(6);
  });

  test('a fit that is cut short says so; fitted on it converges, and stays', async () => {
    const tolerance = isKMeans ? 1e-6 : 1e-5;
    let model = await estimator(row, { components: 3, maxIterations: 2, tolerance, init: 'random' }).fit(data);
    expect(model.stopReason).toBe('max-iterations');
    for (let fits = 0; fits < 300 && model.stopReason === 'max-iterations'; fits++) {
      model = await on(model, { maxIterations: 5, tolerance }).fit(data);
    }
    expect(model.stopReason).not.toBe('max-iterations');
    const again = await on(model, { maxIterations: 50, tolerance }).fit(data);
    expect(again.criterion.length).toBeLessThanOrEqual(3);
    expect(sign * (again.criterion.at(-1)! - model.criterion.at(-1)!)).toBeGreaterThan(
      -1e-9 * Math.abs(model.criterion.at(-1)!),
    );
  });

  test('a smaller tolerance takes at least as many iterations, to no worse an end', async () => {
    const fits: MixtureModel[] = [];
    for (const tolerance of [1e-1, 1e-3, 1e-5]) {
      fits.push(await estimator(row, { components: 3, seed: 1, tolerance, maxIterations: 1000 }).fit(data));
    }
    const lengths = fits.map(({ criterion }) => criterion.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    const ends = fits.map(({ criterion }) => sign * Math.max(...criterion.map((value) => sign * value)));
    expect(sign * (ends[2]! - ends[0]!)).toBeGreaterThanOrEqual(0);
  });

  test('the criterion of a model is its score on the same data', async () => {
    const model = await estimator(row, { components: 3, iterations: 4 }).fit(data);
    expect((await model.score(data)).criterion).toBe(model.criterion.at(-1));
  });
});
