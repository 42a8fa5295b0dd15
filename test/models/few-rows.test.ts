import { describe, expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import { type InitName, inits } from '../../src/fitting/initialization/initializers.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

// Fewer different rows than components: a warning, and a model all the same.
const THREE = [
  [0, 0],
  [0, 1],
  [1, 0],
];
const repeated = Array.from({ length: 30 }, (_, n) => THREE[n % 3]!);
const names = Object.keys(inits) as InitName[];

async function warned(make: (onWarning: (message: string) => void) => Promise<MixtureModel>) {
  const warnings: string[] = [];
  const model = await make((message) => warnings.push(message));
  return { model, warnings };
}

const labelsOf = async (model: MixtureModel, data: number[][]): Promise<number[]> =>
  flatten(await collect(model.labels(data)));

describe.each(rows)('$label', (row) => {
  test.each(names.filter((name) => row.model !== 'kmeans' || !inits[name].givesComponents))('%s', async (init) => {
    const { model, warnings } = await warned((onWarning) =>
      estimator(row, { components: 5, init, maxIterations: 10 }).fit(repeated, { onWarning }),
    );
    expect(warnings.filter((text) => /\b3 different rows/.test(text))).toHaveLength(1);
    const { means, covariances, logWeights } = model.state.parameters;
    for (const values of [means, covariances, model.criterion]) expect(values.every(Number.isFinite)).toBe(true);
    expect(logWeights.every((value) => value <= 0)).toBe(true);
    const labels = await labelsOf(model, repeated);
    expect(new Set(labels).size).toBeLessThanOrEqual(3);
    for (const [n, label] of labels.entries()) expect(label).toBe(labels[n % 3]);
  });
});

test('K-means then has every row as a centre', async () => {
  const { model } = await warned((onWarning) => new KMeans({ components: 5 }).fit(repeated, { onWarning }));
  expect(Math.abs(model.criterion.at(-1)!)).toBe(0);
  expect(new Set(await labelsOf(model, repeated)).size).toBe(3);
});

test.each([
  ['all rows alike', Array.from({ length: 10 }, () => [1, 2, 3]), /\b1 different rows?\b/],
  [
    'fewer rows than components',
    [
      [1, 2, 3],
      [1, 3, 4],
    ],
    /\b2 different rows\b/,
  ],
] as const)('%s', async (_, data, message) => {
  for (const row of rows) {
    const { model, warnings } = await warned((onWarning) =>
      estimator(row, { components: 3 }).fit(data as unknown as number[][], { onWarning }),
    );
    expect(
      warnings.some((text) => message.test(text)),
      row.label,
    ).toBe(true);
    expect(model.means.to1DArray().every(Number.isFinite)).toBe(true);
  }
});

test('restarts skip attempts that fail, as long as one does not', async () => {
  // two clouds far apart, and a row many times beside the first: a start there and in that cloud leaves it to a component alone,
  // without variance; any other start leaves it to the cloud's component, where it stays
  const values = blobs(
    200,
    [
      [0, 0],
      [-1000, 0],
    ],
    3,
  );
  const data = Array.from({ length: 250 }, (_, n) => (n < 200 ? [values[2 * n]!, values[2 * n + 1]!] : [12, 0]));
  const fitted = (seed: number, restarts: number): Promise<MixtureModel> =>
    new GaussianMixture({ components: 2, init: 'random', regCovar: 0, seed, restarts }).fit(data);
  const alone = await Promise.allSettled(Array.from({ length: 40 }, (_, seed) => fitted(seed, 1)));
  expect(new Set(alone.map(({ status }) => status)).size).toBe(2);
  for (let seed = 0; seed < 5; seed++) expect((await fitted(seed, 20)).criterion.every(Number.isFinite)).toBe(true);
});
