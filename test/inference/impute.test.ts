import { inverse } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/chunk.ts';
import { KMeans } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { models } from '../../src/mixture/model-table.ts';
import { Matrix } from '../../src/util/required.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

// Distances from all components, and what is to be expected of missing numbers.
const D = 3;
const CENTRES = [
  [0, 0, 0],
  [3, -2, 2],
  [-3, 3, 1],
];
const data = { data: blobs(300, CENTRES, 7), dimensions: D };
const NONE = Number.NaN;
const holes = [
  [0.5, NONE, 1],
  [1, 2, 3],
  [NONE, NONE, 1.5],
  [-2, 3, NONE],
];

async function all(chunks: AsyncIterable<Chunk>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const { data: numbers, dimensions } of chunks) {
    for (let at = 0; at < numbers.length; at += dimensions) found.push([...numbers.subarray(at, at + dimensions)]);
  }
  return found;
}

const places = (row: readonly number[], there: boolean): number[] =>
  [...row.keys()].filter((j) => Number.isNaN(row[j]!) !== there);

/** √(δᵀ Σ⁻¹ δ) of what is there. */
function mahalanobis(model: MixtureModel, k: number, row: readonly number[]): number {
  const there = places(row, true);
  const delta = Matrix.columnVector(there.map((j) => row[j]! - model.means.get(k, j)));
  const covariance = model.covariance(k).selection(there, there);
  return Math.sqrt(delta.transpose().mmul(inverse(covariance)).mmul(delta).get(0, 0));
}

describe.each(rows.filter(({ covariance }) => covariance !== undefined))('$label', (row) => {
  const fitted = estimator(row, { components: 3, seed: 2, iterations: 3 }).fit(data);

  test('distances are Mahalanobis distances, of what is there', async () => {
    const model = await fitted;
    for (const kernel of ['js', 'wasm'] as const) {
      const found = await all(model.distances(holes, { onInvalid: 'missing', kernel }));
      for (const [n, distances] of found.entries()) {
        expect(distances).toHaveLength(3);
        for (const [k, distance] of distances.entries())
          expect(distance / mahalanobis(model, k, holes[n]!)).toBeCloseTo(1, 9);
      }
    }
  });

  test('missing numbers become means given the others', async () => {
    const model = await fitted;
    const found = await all(model.impute(holes));
    expect(found[1]).toEqual(holes[1]);
    for (const [n, hole] of holes.entries()) {
      const [there, missing] = [places(hole, true), places(hole, false)];
      for (const j of there) expect(found[n]![j]).toBe(hole[j]);
      const logDensities: number[] = [];
      const expected = missing.map(() => 0);
      // The density of what is there, of each component alone.
      const one = await all(model.logResponsibilities([hole], { onInvalid: 'missing' }));
      if (!models[row.model].components.variational) logDensities.push(...one[0]!);
      else continue;
      for (const [k, logDensity] of logDensities.entries()) {
        const covariance = model.covariance(k);
        const delta = Matrix.columnVector(there.map((j) => hole[j]! - model.means.get(k, j)));
        const shift = covariance
          .selection(missing.length ? missing : [0], there)
          .mmul(inverse(covariance.selection(there, there)))
          .mmul(delta);
        for (const [m, j] of missing.entries())
          expected[m]! += Math.exp(logDensity) * (model.means.get(k, j) + shift.get(m, 0));
      }
      for (const [m, j] of missing.entries()) expect(found[n]![j]).toBeCloseTo(expected[m]!, 9);
    }
  });

  test('they are the mean of the density along the line of the missing number', async () => {
    const model = await fitted;
    const hole = [0.5, NONE, 1];
    const STEP = 0.01;
    const line = Array.from({ length: 20_001 }, (_, i) => (i - 10_000) * STEP);
    const weights: number[] = [];
    for await (const some of model.logProbabilities(line.map((y) => [0.5, y, 1])))
      weights.push(...Array.from(some, Math.exp));
    const total = weights.reduce((a, b) => a + b);
    const mean = weights.reduce((sum, weight, i) => sum + weight * line[i]!, 0) / total;
    const [found] = await all(model.impute([hole]));
    expect(found![1]).toBeCloseTo(mean, 4);
  });
});

test('K-means has Euclidean distances, and nothing to impute by', async () => {
  const model = await new KMeans({ components: 3, iterations: 3 }).fit(data);
  const found = await all(model.distances(holes, { onInvalid: 'missing' }));
  for (const [n, distances] of found.entries()) {
    for (const [k, distance] of distances.entries()) {
      const squares = places(holes[n]!, true).map((j) => (holes[n]![j]! - model.means.get(k, j)) ** 2);
      expect(distance).toBeCloseTo(Math.sqrt(squares.reduce((a, b) => a + b)), 12);
    }
  }
  const nearest = await model.predict([[1, 2, 3]]);
  expect(Math.min(...found[1]!)).toBeCloseTo(nearest.distances[0]!, 12);
  expect(() => (model as MixtureModel).impute(holes)).toThrow('a kmeans has no density to impute by');
});

test('floats stay floats, and rows in which nothing is missing their bits', async () => {
  const model = await estimator({ label: '', model: 'gmm', covariance: 'full' }, { components: 2 }).fit(data);
  const floats = { data: Float32Array.of(0.1, 0.2, 0.3, 0.4, NONE, 0.6), dimensions: D };
  for await (const { data: numbers, hasMissing } of model.impute(floats)) {
    expect(numbers).toBeInstanceOf(Float32Array);
    expect(numbers.subarray(0, 4)).toEqual(floats.data.subarray(0, 4));
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(hasMissing).toBeUndefined();
  }
  expect(floats.data[4]).toBeNaN();
});

test('data of another width are refused', async () => {
  const model = await estimator({ label: '', model: 'gmm', covariance: 'full' }, { components: 2 }).fit(data);
  await expect(all(model.impute([[1, 2]]))).rejects.toThrow('2 columns');
});
