import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Estimator } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { models } from '../../src/mixture/model-table.ts';
import type { FlatRows } from '../../src/sources/rows.ts';
import { gap, normwise, parametersOf } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { allRows, estimator, type Row } from '../helpers/table.ts';

// The laws of the design over every row of the model table: a new model is tested before its author writes a test.
const DIMENSIONS = 3;
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const MEANS = [
  [0.5, 1, -1],
  [5, -4, 3],
  [-6, 5, 2],
  [1, 1, 1],
];
const data: FlatRows = { data: blobs(400, CENTRES, 7), dimensions: DIMENSIONS };
const directory = mkdtempSync(join(tmpdir(), 'megamix-laws-'));
afterAll(() => rmSync(directory, { recursive: true }));

const init = { means: MEANS };

function mapRows(source: FlatRows, change: (row: Float64Array) => ArrayLike<number>): FlatRows {
  const changed = new Float64Array(source.data.length);
  for (let at = 0; at < changed.length; at += DIMENSIONS) {
    changed.set(Array.from(change(Float64Array.from(source.data.subarray(at, at + DIMENSIONS)))), at);
  }
  return { data: changed, dimensions: DIMENSIONS };
}

describe.each(allRows)('$label', (row: Row) => {
  const make = (settings: Parameters<typeof estimator>[1]): Estimator => estimator(row, settings);
  const isKMeans = row.model === 'kmeans';
  const withoutFloor = isKMeans ? {} : { regCovar: 0 };

  test('any size of chunk gives the same fit', async () => {
    const whole = await make({ init, iterations: 6 }).fit(data);
    for (const chunkBytes of [8, 500, 3000]) {
      expect(gap(await make({ init, iterations: 6 }).fit(data, { chunkBytes }), whole)).toBeLessThan(1e-10);
    }
  });

  test('any number of threads gives the same bits', async () => {
    const parts = [data, data].map((part) => part.data);
    async function* source() {
      for (const part of parts) yield { data: part, dimensions: DIMENSIONS };
    }
    const fitOn = async (threads: number) => {
      const options = { threads, chunkBytes: 600, heldOut: (n: number) => n % 5 === 0 };
      return make({ init, iterations: 2 }).fit(source(), options);
    };
    const [one, two, three] = [await fitOn(1), await fitOn(2), await fitOn(3)];
    expect(two.state).toEqual(one.state);
    expect(three.state).toEqual(one.state);
  });

  test('the way rows arrive changes no bit', async () => {
    async function* inPieces() {
      for (let n = 0; n < 400; n += 7)
        yield { data: data.data.subarray(n * DIMENSIONS, (n + 7) * DIMENSIONS), dimensions: DIMENSIONS };
    }
    const whole = await make({ init, iterations: 3 }).fit(data);
    expect(parametersOf(await make({ init, iterations: 3 }).fit(inPieces()))).toEqual(parametersOf(whole));
  });

  test('save and load is the identity', async () => {
    const path = join(directory, `${row.label}.h5`);
    const fitted = await make({ init, iterations: 2 }).fit(data, { heldOut: data });
    await fitted.save(path);
    expect((await MixtureModel.load(path)).state).toEqual(fitted.state);
  });

  test('two fits of one M-step are one fit of two, to the bit, through a file', async () => {
    const path = join(directory, `${row.label}-two.h5`);
    await (await make({ init, iterations: 1 }).fit(data)).save(path);
    const half = await MixtureModel.load(path);
    const twice = await estimator({ ...row, covariance: undefined }, { init: half, iterations: 1 }).fit(data);
    const once = await make({ init, iterations: 2 }).fit(data);
    expect(parametersOf(twice)).toEqual(parametersOf(once));
    expect(twice.iterations).toBe(2);
  });

  test('the criterion is monotone', async () => {
    const { criterion } = await make({ init, iterations: 30, ...withoutFloor }).fit(data);
    const sign = Math.sign(models[row.model].criterionScale);
    for (const [t, value] of criterion.entries()) {
      if (t > 0) expect(sign * (value - criterion[t - 1]!)).toBeGreaterThan(-1e-9 * Math.abs(value));
    }
    expect(criterion.at(-1)).not.toBe(criterion[0]);
  });

  test('a row of weight 2 is the row twice, one of weight 0 none', async () => {
    const weights = Float64Array.from({ length: 400 }, (_, n) => n % 3);
    const repeated = Array.from(weights).flatMap((weight, n) =>
      Array.from({ length: weight }, () => data.data.subarray(n * DIMENSIONS, (n + 1) * DIMENSIONS)),
    );
    const weighted = await make({ init, iterations: 4 }).fit({ ...data, weights });
    const copied = await make({ init, iterations: 4 }).fit(repeated);
    expect(gap(weighted, copied)).toBeLessThan(1e-10);
    expect(weighted.criterion.at(-1)! / copied.criterion.at(-1)!).toBeCloseTo(1, 10);
  });

  if (models[row.model].weights.concentrationSize !== 2)
    test('permuting components permutes the result', async () => {
      const order = [2, 0, 3, 1];
      const straight = await make({ init, iterations: 5 }).fit(data);
      const permuted = await make({ init: { means: order.map((k) => MEANS[k]!) }, iterations: 5 }).fit(data);
      expect(
        normwise(
          permuted.logWeights,
          Float64Array.from(order, (k) => straight.logWeights[k]!),
        ),
      ).toBeLessThan(1e-10);
      for (const [i, k] of order.entries()) {
        expect(
          normwise(Float64Array.from(permuted.means.getRow(i)), Float64Array.from(straight.means.getRow(k))),
        ).toBeLessThan(1e-10);
        if (!isKMeans) {
          const [actual, expected] = [permuted.covariance(i), straight.covariance(k)].map((m) =>
            Float64Array.from(m.to1DArray()),
          );
          expect(normwise(actual!, expected!)).toBeLessThan(1e-10);
        }
      }
    });

  test('shifting and scaling the data moves the result along', async () => {
    const SHIFT = 1e6;
    const SCALE = 4;
    const move = (value: number): number => SCALE * (value + SHIFT);
    const exact = mapRows(data, (values) => values.map((value) => Math.fround(value) * 1)); // short mantissas: the shift is exact
    const fitted = await make({ init, iterations: 5, ...withoutFloor }).fit(exact);
    const moved = await make({
      init: { means: MEANS.map((mean) => mean.map(move)) },
      iterations: 5,
      ...withoutFloor,
    }).fit(mapRows(exact, (values) => values.map(move)));
    const expected = fitted.state.parameters.means.map(move);
    expect(normwise(moved.state.parameters.means, expected)).toBeLessThan(1e-12);
    expect(normwise(moved.state.parameters.counts, fitted.state.parameters.counts)).toBeLessThan(1e-6);
    const covariances = fitted.state.parameters.covariances.map((value) => SCALE ** 2 * value);
    if (!isKMeans) expect(normwise(moved.state.parameters.covariances, covariances)).toBeLessThan(1e-6);
  });

  if (row.covariance === 'full' || row.covariance === 'tied')
    test('rotating the data rotates the result', async () => {
      const rotate = (v: ArrayLike<number>): number[] => [0.8 * v[0]! - 0.6 * v[1]!, 0.6 * v[0]! + 0.8 * v[1]!, v[2]!];
      const fitted = await make({ init, iterations: 5, ...withoutFloor }).fit(data);
      const rotated = await make({ init: { means: MEANS.map(rotate) }, iterations: 5, ...withoutFloor }).fit(
        mapRows(data, rotate),
      );
      for (let k = 0; k < MEANS.length; k++) {
        const expected = Float64Array.from(rotate(fitted.means.getRow(k)));
        expect(normwise(Float64Array.from(rotated.means.getRow(k)), expected)).toBeLessThan(1e-9);
      }
      expect(rotated.criterion.at(-1)! / fitted.criterion.at(-1)!).toBeCloseTo(1, 9);
    });

  test('100,000 rows of three separated components give their means within 5 standard errors', async () => {
    const SPREAD = 0.5;
    const many: FlatRows = { data: blobs(100_000, CENTRES, 11, SPREAD), dimensions: DIMENSIONS };
    const { means } = await make({ components: 3, seed: 1, iterations: 3 }).fit(many);
    for (const centre of CENTRES) {
      const errors = means.to2DArray().map((mean) =>
        Math.max(
          ...mean.map((value, j) => {
            const deviation = SPREAD * Math.hypot(0.6, 1 + 0.2 * j);
            return Math.abs(value - centre[j]!) / (deviation / Math.sqrt(100_000 / 3));
          }),
        ),
      );
      expect(Math.min(...errors)).toBeLessThan(5);
    }
  });
});

test('a Pitman-Yor process of discount 0 is a Dirichlet process, to the bit', async () => {
  const process = await estimator(
    { label: '', model: 'pypgmm', covariance: 'full' },
    { init, iterations: 8, discount: 0 },
  ).fit(data);
  const dirichlet = await estimator({ label: '', model: 'dpgmm', covariance: 'full' }, { init, iterations: 8 }).fit(
    data,
  );
  expect(parametersOf(process)).toEqual(parametersOf(dirichlet));
  expect(process.criterion).toEqual(dirichlet.criterion);
});
