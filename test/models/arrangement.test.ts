import { describe, expect, test } from 'vitest';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { normwise } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

// What the order of rows and columns, and the type of numbers, may change: rounding.
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const ROWS = 300;
const values = blobs(ROWS, CENTRES, 5);
const data = { data: values, dimensions: 3 };
const MEANS = CENTRES.map((centre) => centre.map((value) => value + 0.5));
const settings = { init: { means: MEANS }, iterations: 4 } as const;
/** Four M-steps, each of sums of 300 terms, that condition numbers of about 10 carry on. */
const ROUNDING = 4 * 300 * 10 * Number.EPSILON;
const labelsOf = async (model: MixtureModel, from: typeof data): Promise<number[]> =>
  flatten(await collect(model.labels(from)));

describe.each(rows)('$label', (row) => {
  test('the order of rows changes rounding only', async () => {
    const order = Array.from({ length: ROWS }, (_, n) => (n * 7) % ROWS); // 7 and 300 have no common factor
    const shuffled = {
      data: Float64Array.from(order.flatMap((n) => [...values.subarray(3 * n, 3 * n + 3)])),
      dimensions: 3,
    };
    const [model, other] = [await estimator(row, settings).fit(data), await estimator(row, settings).fit(shuffled)];
    expect(normwise(other.state.parameters.means, model.state.parameters.means)).toBeLessThan(ROUNDING);
    expect(normwise(other.counts, model.counts)).toBeLessThan(ROUNDING);
    const labels = await labelsOf(model, data);
    expect(await labelsOf(other, shuffled)).toEqual(order.map((n) => labels[n]));
  });

  test('the order of columns goes along', async () => {
    const order = [2, 0, 1];
    const arranged = (from: ArrayLike<number>): Float64Array =>
      Float64Array.from({ length: from.length }, (_, i) => from[i - (i % 3) + order[i % 3]!]!);
    const model = await estimator(row, settings).fit(data);
    const init = { means: MEANS.map((mean) => [...arranged(mean)]) };
    const other = await estimator(row, { ...settings, init }).fit({ data: arranged(values), dimensions: 3 });
    expect(normwise(other.state.parameters.means, arranged(model.state.parameters.means))).toBeLessThan(ROUNDING);
    expect(normwise(other.counts, model.counts)).toBeLessThan(ROUNDING);
    if (row.model === 'kmeans') return;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const expected = model.covariance(1).get(order[i]!, order[j]!);
        const scale = Math.sqrt(
          model.covariance(1).get(order[i]!, order[i]!) * model.covariance(1).get(order[j]!, order[j]!),
        );
        expect(Math.abs(other.covariance(1).get(i, j) - expected)).toBeLessThan(10 * ROUNDING * scale);
      }
    }
  });

  test('float32 rows are the same rows as float64, and near those that they were rounded from', async () => {
    const floats = Float32Array.from(values);
    const [narrow, wide, exact] = [
      await estimator(row, settings).fit({ data: floats, dimensions: 3 }),
      await estimator(row, settings).fit({ data: Float64Array.from(floats), dimensions: 3 }),
      await estimator(row, settings).fit(data),
    ];
    expect(normwise(narrow.state.parameters.means, wide.state.parameters.means)).toBeLessThan(ROUNDING);
    // numbers of up to 12 are rounded by 2⁻²⁴ of themselves, which four steps of well separated groups do not enlarge tenfold
    expect(normwise(narrow.state.parameters.means, exact.state.parameters.means)).toBeLessThan(10 * 2 ** -24);
    expect(await labelsOf(narrow, data)).toEqual(await labelsOf(exact, data));
  });

  test('fitted by float arithmetic it is near, and labels the same', async () => {
    const [single, double] = [
      await estimator(row, settings).fit(data, { precision: 'f32', kernel: 'wasm' }),
      await estimator(row, settings).fit(data, { kernel: 'wasm' }),
    ];
    expect(normwise(single.state.parameters.means, double.state.parameters.means)).toBeLessThan(1e-3); // as documented
    expect(await labelsOf(single, data)).toEqual(await labelsOf(double, data));
  });

  test('a label is the same whoever is asked for with it', async () => {
    const model = await estimator(row, settings).fit(data);
    const labels = await labelsOf(model, data);
    for (const n of [0, 1, 2, 77, 299]) {
      expect(await labelsOf(model, { data: values.subarray(3 * n, 3 * n + 3), dimensions: 3 })).toEqual([labels[n]]);
    }
    if (model.hasDensity) expect([...(await model.predict(data)).labels]).toEqual(labels);
  });
});
