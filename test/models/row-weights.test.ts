import { describe, expect, test } from 'vitest';
import { Estimator, KMeans } from '../../src/estimator.ts';
import { type InitName, inits } from '../../src/fitting/initialization/initializers.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { gap } from '../helpers/parameters.ts';
import { blobs, normals } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

// What weights of rows mean, whatever the model: a row of weight w is w rows.
const CENTRES = [
  [0, 0],
  [9, 9],
  [-9, 8],
];
const ROWS = 240;
const data = { data: blobs(ROWS, CENTRES, 5), dimensions: 2 };
const init = { means: CENTRES.map((centre) => centre.map((value) => value + 0.5)) };
const labelsOf = async (model: MixtureModel): Promise<number[]> => flatten(await collect(model.labels(data)));

describe.each(rows)('$label', (row) => {
  test('weights of 1 are no weights, to the bit', async () => {
    const plain = await estimator(row, { init, iterations: 3 }).fit(data);
    const weighted = await estimator(row, { init, iterations: 3 }).fit({
      ...data,
      weights: new Float64Array(ROWS).fill(1),
    });
    expect(weighted.state).toEqual(plain.state);
  });

  test('rows of weight 0 are not there, wherever they are', async () => {
    const kept = Array.from({ length: ROWS }, (_, n) => n).filter((n) => n % 4 !== 1);
    const values = data.data.slice();
    const weights = new Float64Array(ROWS).fill(1);
    for (let n = 1; n < ROWS; n += 4) {
      values.fill(1e3, 2 * n, 2 * n + 2); // an outlier that would be seen
      weights[n] = 0;
    }
    const without = kept.map((n) => data.data.subarray(2 * n, 2 * n + 2));
    const expected = await estimator(row, { init, iterations: 3 }).fit(without);
    const actual = await estimator(row, { init, iterations: 3 }).fit({ data: values, dimensions: 2, weights });
    // sums of 240 rows, in blocks cut elsewhere: 240 roundings, times the condition of covariances that rows at 10³ do not touch
    expect(gap(actual, expected)).toBeLessThan(1e-11);
  });
});

const likelihoods = rows.filter(({ model }) => model === 'kmeans' || model === 'gmm');
test.each(likelihoods)('$label: a common factor of all weights changes counts only', async (row) => {
  const normal = normals(3);
  const weights = Float64Array.from({ length: ROWS }, () => 0.5 + Math.abs(normal()));
  const settings = { init, iterations: 4, ...(row.model === 'gmm' ? { regCovar: 0 } : {}) };
  const one = await estimator(row, settings).fit({ ...data, weights });
  for (const factor of [0.25, 8]) {
    const scaled = await estimator(row, settings).fit({ ...data, weights: weights.map((weight) => factor * weight) });
    // the factors are powers of 2: sums are scaled without rounding; the least count that a component is given is not scaled
    expect(scaled.means.to1DArray()).toEqual(one.means.to1DArray().map((value) => expect.closeTo(value, 10)));
    expect([...scaled.weights]).toEqual([...one.weights].map((value) => expect.closeTo(value, 10)));
    expect([...scaled.counts]).toEqual([...one.counts].map((count) => expect.closeTo(factor * count, 8)));
    expect(await labelsOf(scaled)).toEqual(await labelsOf(one));
  }
});

test('heavy groups get the centres', async () => {
  const centres = Array.from({ length: 8 }, (_, k) => [30 * Math.cos(k), 30 * Math.sin(k)]);
  const many = { data: blobs(800, centres, 2), dimensions: 2 };
  const nearest = (model: MixtureModel, from: number): number[] =>
    centres
      .slice(from, from + 4)
      .map((centre) =>
        Math.min(...model.means.to2DArray().map((mean) => Math.hypot(mean[0]! - centre[0]!, mean[1]! - centre[1]!))),
      );
  for (const heavy of [0, 4]) {
    const weights = Float64Array.from({ length: 800 }, (_, n) => (n % 8 >= heavy && n % 8 < heavy + 4 ? 1 : 1e-4));
    const start = { means: centres.slice(heavy, heavy + 4) };
    const model = await new KMeans({ init: start }).fit({ ...many, weights });
    expect(Math.max(...nearest(model, heavy))).toBeLessThan(1);
    expect(Math.min(...nearest(model, 4 - heavy))).toBeGreaterThan(5);
  }
});

test('weights and rows of the caller are left as they are', async () => {
  const weights = Float64Array.from({ length: ROWS }, (_, n) => 1 + (n % 3));
  const [values, weightsBefore] = [data.data.slice(), weights.slice()];
  const means = init.means.map((mean) => [...mean]);
  for (const row of rows) await estimator(row, { init: { means }, iterations: 2 }).fit({ ...data, weights });
  expect(data.data).toEqual(values);
  expect(weights).toEqual(weightsBefore);
  expect(means).toEqual(init.means);
});

const names = Object.keys(inits) as InitName[];
test.each(names.filter((name) => !inits[name].givesComponents))(
  '%s: weights of 1 are no weights at the start either',
  async (name) => {
    const begun = (weights?: Float64Array): Promise<MixtureModel> =>
      new KMeans({ components: 3, init: name, seed: 4 }).initialize({ ...data, weights });
    expect((await begun(new Float64Array(ROWS).fill(1))).means).toEqual((await begun()).means);
  },
);

/** Rows that are nowhere near the others, of weight 0: no start may choose one. */
const withGhosts = {
  data: Float64Array.of(...data.data, ...Array.from({ length: 2 * ROWS }, (_, i) => 1e4 + i)),
  dimensions: 2,
  weights: Float64Array.of(...new Float64Array(ROWS).fill(1), ...new Float64Array(ROWS)),
};

test.each(names)('%s: rows of weight 0 start nothing', async (init) => {
  const model = inits[init].givesComponents ? 'gmm' : 'kmeans';
  for (const seed of [0, 1, 2]) {
    const { means } = await new Estimator(model, { components: 3, init, seed }).initialize(withGhosts);
    expect(means.max()).toBeLessThan(100);
  }
});
