import { describe, expect, test } from 'vitest';
import { Estimator } from '../../../src/estimator.ts';
import type { MixtureModel } from '../../../src/inference/model.ts';
import { type CovarianceName, covarianceTypes } from '../../../src/mixture/covariance/index.ts';
import { models } from '../../../src/mixture/model-table.ts';
import { parametersOf } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, type Row, rows } from '../../helpers/table.ts';

// Any model is a start of any other.
const CENTRES = [
  [0, 0, 0],
  [3, -2, 2],
  [-3, 3, 1],
];
const data = { data: blobs(300, CENTRES, 7), dimensions: 3 };

const fitted = new Map<string, Promise<MixtureModel>>();
const modelOf = (row: Row): Promise<MixtureModel> => {
  const model = fitted.get(row.label) ?? estimator(row, { components: 3, iterations: 2 }).fit(data);
  fitted.set(row.label, model);
  return model;
};

/** What the covariance of a component becomes. */
function expectedCovariance(from: MixtureModel, to: CovarianceName, k: number): number[][] {
  const weights = from.counts.map((count) => count / from.counts.reduce((a, b) => a + b));
  const matrices = from.covariances.map((matrix) => matrix.to2DArray());
  const element = (i: number, j: number): number =>
    covarianceTypes[to].shared
      ? matrices.reduce((sum, matrix, m) => sum + weights[m]! * matrix[i]![j]!, 0)
      : matrices[k]![i]![j]!;
  const trace = element(0, 0) + element(1, 1) + element(2, 2);
  const isMatrix = to === 'full' || to === 'tied';
  const isDiagonal = to === 'diagonal' || to === 'tied-diagonal';
  return [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) =>
      i === j ? (isMatrix || isDiagonal ? element(i, i) : trace / 3) : isMatrix ? element(i, j) : 0,
    ),
  );
}

describe.each(rows)('from $label', (from) => {
  const others = rows.filter(({ label }) => label !== from.label);
  test.each(others)('to $label', async (to) => {
    const init = await modelOf(from);
    const start = await estimator(to, { init }).initialize(data);
    expect(start.kind).toBe(to.model);
    expect(start.components).toBe(3);
    expect(start.iterations).toBe(0);
    if (from.covariance === undefined) {
      const given = await estimator(to, { init: { means: init.means } }).initialize(data);
      expect(parametersOf(start)).toEqual(parametersOf(given));
      return;
    }
    expect(start.means.to2DArray()).toEqual(init.means.to2DArray());
    if (to.covariance === undefined) return;
    expect(start.covarianceType).toBe(to.covariance);
    for (let k = 0; k < 3; k++) {
      const expected = expectedCovariance(init, to.covariance, k).flat();
      for (const [at, value] of start.covariance(k).to1DArray().entries()) expect(value).toBeCloseTo(expected[at]!, 10);
    }
    const [actual, known] = [start, init].map(({ counts }) => counts.map((count) => count / counts[0]!));
    for (const [k, ratio] of actual!.entries()) expect(ratio / known![k]!).toBeCloseTo(1, 10);
    if (models[to.model].components.variational) expect(start.counts.reduce((a, b) => a + b)).toBeCloseTo(300, 8);
    const model = await estimator(to, { init, iterations: 3 }).fit(data);
    const sign = Math.sign(models[to.model].criterionScale);
    expect(sign * (model.criterion.at(-1)! - model.criterion[0]!)).toBeGreaterThan(0);
  });
});

test('the covariance type is that of the model, unless another is asked for', async () => {
  const init = await modelOf({ label: 'gmm diagonal', model: 'gmm', covariance: 'diagonal' });
  expect((await new Estimator('vbgmm', { init }).initialize(data)).covarianceType).toBe('diagonal');
  expect((await new Estimator('vbgmm', { init, covariance: 'tied' }).initialize(data)).covarianceType).toBe('tied');
  const centres = await modelOf({ label: 'kmeans', model: 'kmeans', covariance: undefined });
  expect((await new Estimator('gmm', { init: centres }).initialize(data)).covarianceType).toBe('full');
});

test('what the model says nothing of are settings', async () => {
  const init = await modelOf({ label: 'gmm full', model: 'gmm', covariance: 'full' });
  const settings = { init, boost: 4, alpha0: 0.2, beta0: 3, regCovar: 0.5 };
  const start = await new Estimator('dpgmm', settings).initialize(data);
  expect(start.covariance(1).get(0, 1)).toBeCloseTo(4 * init.covariance(1).get(0, 1), 12);
  const { weightPrior, componentPrior, regCovar } = start.state.mixture;
  expect([weightPrior.alpha0, componentPrior!.beta0, regCovar]).toEqual([0.2, 3, 0.5]);
});

test('a model of other dimensions is refused', async () => {
  const init = await modelOf({ label: 'gmm full', model: 'gmm', covariance: 'full' });
  await expect(new Estimator('dpgmm', { init }).fit([[1, 2]])).rejects.toThrow('has 2 columns, but the model');
});

test('online, centres are means, and components of another kind are refused', async () => {
  const centres = await modelOf({ label: 'kmeans', model: 'kmeans', covariance: undefined });
  const online = new Estimator('gmm', { init: centres, covariance: 'diagonal' }).online({ window: 50 });
  await online.add(data);
  const given = new Estimator('gmm', { init: { means: centres.means }, covariance: 'diagonal', components: 3 });
  const other = given.online({ window: 50 });
  await other.add(data);
  expect(parametersOf(await online.finish())).toEqual(parametersOf(await other.finish()));
  const init = await modelOf({ label: 'gmm full', model: 'gmm', covariance: 'full' });
  expect(() => new Estimator('vbgmm', { init }).online()).toThrow('init: received a model of another kind, a gmm');
});
