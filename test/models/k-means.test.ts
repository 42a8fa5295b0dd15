import { describe, expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';

const labelsOf = async (model: MixtureModel, data: number[][]): Promise<number[]> =>
  flatten(await collect(model.labels(data)));
const squared = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, j) => sum + (value - b[j]!) ** 2, 0);
const rowsOf = (values: Float64Array, dimensions: number): number[][] =>
  Array.from({ length: values.length / dimensions }, (_, n) => [
    ...values.subarray(n * dimensions, (n + 1) * dimensions),
  ]);
const CENTRES = [
  [0, 5, 0],
  [1, 1, 6],
  [7, 0, -1],
];
const groups = rowsOf(blobs(150, CENTRES, 4, 0.5), 3);
const noise = rowsOf(blobs(500, [[0, 0, 0, 0]], 8), 4);

/** Rounding of a sum of N terms, each of a few operations. */
const ofSum = (rows: number): number => (rows + 8) * Number.EPSILON;

test('a weighted example by hand', async () => {
  // (0, 0) thrice and (2, 0): mean (1/2, 0), spread 3/4 + 9/4; (6, 4) and (6, 8) thrice: mean (6, 7), spread 9 + 3
  const data = Float64Array.of(0, 0, 2, 0, 6, 4, 6, 8);
  const weights = Float64Array.of(3, 1, 1, 3);
  const model = await new KMeans({
    init: {
      means: [
        [0, 0],
        [6, 8],
      ],
    },
  }).fit({ data, dimensions: 2, weights });
  // each count is given 10 roundings' worth more, so that none is 0
  for (const [i, value] of [0.5, 0, 6, 7].entries()) {
    expect(Math.abs(model.means.to1DArray()[i]! - value)).toBeLessThan(7 * 16 * Number.EPSILON);
  }
  expect(model.counts.every((count) => Math.abs(count - 4) < 4 * 16 * Number.EPSILON)).toBe(true);
  expect(Math.abs(Math.min(...model.criterion) - 15)).toBeLessThan(15 * ofSum(4));
});

describe('one centre', () => {
  test.each(['k-means', 'k-means++', 'afk-mc2', 'random'] as const)(
    'by %s is the mean, after any number of iterations',
    async (init) => {
      const mean = [0, 1, 2].map((j) => groups.reduce((sum, row) => sum + row[j]!, 0) / groups.length);
      for (const iterations of [1, 2, 5]) {
        const model = await new KMeans({ components: 1, init, iterations }).fit(groups);
        for (const [j, value] of mean.entries()) {
          expect(Math.abs(model.means.get(0, j) - value)).toBeLessThan(10 * ofSum(groups.length));
        }
      }
    },
  );
});

test('one iteration is one of Lloyd’s', async () => {
  const start = noise.slice(0, 6);
  const model = await new KMeans({ init: { means: start }, iterations: 1 }).fit(noise);
  const nearest = noise.map((row) => {
    const distances = start.map((mean) => squared(row, mean));
    return distances.indexOf(Math.min(...distances));
  });
  for (let k = 0; k < 6; k++) {
    const own = noise.filter((_, n) => nearest[n] === k);
    expect(model.counts[k]).toBe(own.length);
    for (let j = 0; j < 4; j++) {
      const mean = own.reduce((sum, row) => sum + row[j]!, 0) / own.length;
      expect(Math.abs(model.means.get(k, j) - mean)).toBeLessThan(10 * ofSum(own.length));
    }
  }
});

test('the criterion falls until the end, and is the sum of squared distances to the nearest centres', async () => {
  const model = await new KMeans({ components: 12, init: 'random' }).fit(noise);
  const { criterion } = model;
  expect(criterion.length).toBeGreaterThan(5);
  for (let t = 1; t < criterion.length - 1; t++) expect(criterion[t]).toBeLessThan(criterion[t - 1]!);
  const means = model.means.to2DArray();
  const labels = await labelsOf(model, noise);
  const distances = noise.map((row) => means.map((mean) => squared(row, mean)));
  for (const [n, all] of distances.entries()) expect(all[labels[n]!]).toBe(Math.min(...all));
  const inertia = distances.reduce((sum, all) => sum + Math.min(...all), 0);
  const { criterion: scored } = await model.score(noise);
  expect(Math.abs(scored - inertia)).toBeLessThan(ofSum(noise.length) * inertia);
  expect(Math.min(...criterion)).toBe(scored);
});

test('more centres are nearer, and more restarts no worse', async () => {
  const best = async (components: number, restarts = 1): Promise<number> =>
    Math.min(...(await new KMeans({ components, restarts, init: 'k-means++' }).fit(noise)).criterion);
  const byComponents = [await best(4), await best(16), await best(64)];
  expect(byComponents).toEqual(byComponents.toSorted((a, b) => b - a));
  expect(new Set(byComponents).size).toBe(3);
  expect(await best(16, 10)).toBeLessThanOrEqual(await best(16));
});

test.each(['k-means', 'k-means++', 'afk-mc2'] as const)(
  '%s: separated groups are found, whatever the seed',
  async (init) => {
    for (let seed = 0; seed < 5; seed++) {
      const labels = await labelsOf(await new KMeans({ components: 3, init, restarts: 3, seed }).fit(groups), groups);
      for (const [n, label] of labels.entries()) expect(label).toBe(labels[n % 3]);
      expect(new Set(labels).size).toBe(3);
    }
  },
);

test('as many centres as different rows: every row is a centre', async () => {
  const data = [
    [1, 2, 6],
    [1, 3, 0],
    [1, 4, 6],
    [1, 0, 1],
    [1, 1, 1],
  ];
  for (const iterations of [1, 10]) {
    const model = await new KMeans({ components: 5, init: 'k-means++', iterations }).fit(data);
    expect(model.means.to2DArray().toSorted()).toEqual(data.toSorted());
    expect(Math.abs(model.criterion.at(-1)!)).toBe(0);
  }
});

test('what was found is where it stays', async () => {
  const first = await new KMeans({ components: 3, tolerance: 0 }).fit(groups);
  const second = await new KMeans({ init: { means: first.means }, tolerance: 0 }).fit(groups);
  expect(await labelsOf(second, groups)).toEqual(await labelsOf(first, groups));
  for (const [i, value] of second.means.to1DArray().entries()) {
    expect(Math.abs(value - first.means.to1DArray()[i]!)).toBeLessThan(10 * ofSum(groups.length));
  }
});

test('no iteration gives the means that were given', async () => {
  const means = [
    [0, 0, 0],
    [3, 1, 2],
  ];
  expect((await new KMeans({ init: { means }, iterations: 0 }).fit(groups)).means.to2DArray()).toEqual(means);
});
