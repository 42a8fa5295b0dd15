import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const CENTRES = [
  [0, 0, 0],
  [20, -20, 10],
  [-20, 0, 30],
];
const ROWS = 100_000;
const data = { data: blobs(3000, CENTRES, 3), dimensions: 3 };

describe.each(rows.filter(({ model }) => model !== 'kmeans'))('$label', (row) => {
  /** What the covariance of a Student-t distribution is of the reported one, of component k; 1 for Gaussians. */
  const inflation = ({ mixture, parameters: { beta, nu } }: MixtureModel['state'], k: number): number => {
    if (!beta || !nu) return 1;
    const freedom = nu[mixture.covariance?.startsWith('tied') ? 0 : k]!;
    const order = mixture.covariance === 'full' || mixture.covariance === 'tied' ? mixture.dimensions : 1;
    return (freedom * (1 + 1 / beta[k]!)) / (freedom - 1 - order);
  };

  test('sampled rows have the means, covariances and weights of the model', async () => {
    const model = await estimator(row, { init: { means: CENTRES }, iterations: 2 }).fit(data);
    const sums = CENTRES.map(() => ({ count: 0, first: new Float64Array(3), second: Matrix.zeros(3, 3) }));
    for (const { data: drawn, labels } of model.sample(ROWS, { seed: 7 })) {
      for (const [n, k] of labels.entries()) {
        const difference = [0, 1, 2].map((j) => drawn[3 * n + j]! - model.means.get(k, j));
        const sum = sums[k]!;
        sum.count++;
        for (const [j, value] of difference.entries()) sum.first[j]! += value;
        const column = Matrix.columnVector(difference);
        sum.second.add(column.mmul(column.transpose()));
      }
    }
    for (const [k, { count, first, second }] of sums.entries()) {
      const covariance = model.covariance(k).mul(inflation(model.state, k));
      const weight = model.weights[k]!;
      expect(Math.abs(count - ROWS * weight)).toBeLessThan(5 * Math.sqrt(ROWS * weight * (1 - weight)) + 1);
      for (let i = 0; i < 3; i++) {
        const variance = covariance.get(i, i);
        expect(Math.abs(first[i]! / count)).toBeLessThan(5 * Math.sqrt(variance / count));
        for (let j = 0; j < 3; j++) {
          const scale = Math.sqrt(variance * covariance.get(j, j));
          expect(Math.abs(second.get(i, j) / count - covariance.get(i, j)) / scale).toBeLessThan(
            7.1 / Math.sqrt(count),
          );
        }
      }
    }
  });

  test('weights sum to 1, and tell how many components there are in effect', async () => {
    const model = await estimator(row, { init: { means: CENTRES }, iterations: 2 }).fit(data);
    expect(model.weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect(model.effectiveComponents).toBeGreaterThan(2.9);
    expect(model.effectiveComponents).toBeLessThanOrEqual(3 + 1e-12);
    expect(model.covariances.map((matrix) => matrix.to1DArray())).toEqual(
      [0, 1, 2].map((k) => model.covariance(k).to1DArray()),
    );
  });

  test('all that it says of rows in memory, in one call', async () => {
    const model = await estimator(row, { init: { means: CENTRES }, iterations: 2 }).fit(data);
    const { labels, logProbabilities, responsibilities } = await model.predict(new Matrix(CENTRES));
    expect([...labels]).toEqual([0, 1, 2]);
    expect(responsibilities!.rows).toBe(3);
    for (let n = 0; n < 3; n++)
      expect(responsibilities!.getRow(n).reduce((sum, value) => sum + value)).toBeCloseTo(1, 12);
    const { logProbPerRow } = await model.score(CENTRES);
    expect(logProbabilities!.reduce((sum, value) => sum + value) / 3).toBeCloseTo(logProbPerRow!, 10);
  });
});

test('the same seed gives the same rows, another one others, and more rows begin as fewer do', async () => {
  const model = await new GaussianMixture({ init: { means: CENTRES }, iterations: 1 }).fit(data);
  const draw = (rows: number, seed?: number): number[] =>
    [...model.sample(rows, { seed })].flatMap((chunk) => [...chunk.data]);
  expect(draw(5, 1)).toEqual(draw(5, 1));
  expect(draw(5)).toEqual(draw(5, 0));
  expect(draw(5, 1)).not.toEqual(draw(5, 2));
  expect(draw(100_000, 1).slice(0, 15)).toEqual(draw(5, 1));
  expect(draw(0)).toEqual([]);
});

test('a model of samples finds the model that they were drawn from', async () => {
  const model = await new GaussianMixture({ init: { means: CENTRES }, iterations: 1 }).fit(data);
  const again = await new GaussianMixture({ init: { means: CENTRES }, iterations: 1 }).fit(model.sample(ROWS));
  for (let k = 0; k < 3; k++) {
    for (let j = 0; j < 3; j++) {
      const error = Math.sqrt(model.covariance(k).get(j, j) / (ROWS * model.weights[k]!));
      expect(Math.abs(again.means.get(k, j) - model.means.get(k, j))).toBeLessThan(5 * error);
    }
  }
});

test('what cannot be drawn is refused', async () => {
  const kmeans: MixtureModel = await new KMeans({ init: { means: CENTRES }, iterations: 1 }).fit(data);
  expect(() => [...kmeans.sample(1)]).toThrow('a kmeans has no density to sample from');
  const model = await new GaussianMixture({ init: { means: CENTRES }, iterations: 1 }).fit(data);
  expect(() => [...model.sample(-1)]).toThrow('rows: received -1, expected a whole number ≥ 0');
  expect(() => [...model.sample(1, { seed: 0.5 })]).toThrow('seed: received 0.5');
});

test.each([
  ['full', 2 * 3 + 2 * 6 + 1],
  ['diagonal', 2 * 3 + 2 * 3 + 1],
  ['spherical', 2 * 3 + 2 + 1],
  ['tied', 2 * 3 + 6 + 1],
] as const)('AIC and BIC of %s covariances', async (covariance, parameters) => {
  const model = await new GaussianMixture({ components: 2, covariance, iterations: 2 }).fit(data);
  expect(model.parameterCount).toBe(parameters);
  const { criterion, aic, bic } = await model.score(data);
  expect(aic).toBeCloseTo(2 * parameters - 2 * criterion, 6);
  expect(bic).toBeCloseTo(parameters * Math.log(3000) - 2 * criterion, 6);
});

test('models that are not fitted by maximum likelihood have neither', async () => {
  for (const row of rows.filter(({ model }) => model !== 'gmm')) {
    const model = await estimator(row, { init: { means: CENTRES }, iterations: 1 }).fit(data);
    expect(await model.score(data)).toMatchObject({ aic: null, bic: null });
  }
});
