import { describe, expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';

const labelsOf = async (model: MixtureModel, data: Parameters<MixtureModel['labels']>[0]): Promise<number[]> =>
  flatten(await collect(model.labels(data)));

/** To the roundings of a mean of a few rows. */
const expectClose = (actual: readonly number[], expected: readonly number[]): void =>
  expect(actual).toEqual(expected.map((value) => expect.closeTo(value, 12)));

describe('a centre that is nobody’s nearest goes to the row that is farthest from its own', () => {
  test('one of two', async () => {
    // all are nearest to (1, 1); (8, 1) is farthest from it
    const data = [
      [0, 0],
      [0, 2],
      [7, 1],
      [8, 1],
    ];
    const model = await new KMeans({
      init: {
        means: [
          [1, 1],
          [100, 100],
        ],
      },
    }).fit(data);
    expect(await labelsOf(model, data)).toEqual([0, 0, 1, 1]);
    expectClose(model.means.to1DArray(), [0, 1, 7.5, 1]);
  });

  test('two of three go to different rows', async () => {
    const data = [-10, -9, -8, 30, -60].map((value) => [value]);
    const model = await new KMeans({ init: { means: [[-9], [-500], [-600]] } }).fit(data);
    expectClose(
      model.means.to1DArray().toSorted((x, y) => x - y),
      [-60, -9, 30],
    );
  });

  test('a light row too', async () => {
    const data = Float64Array.of(-1, 1);
    const rows = { data, dimensions: 1, weights: Float64Array.of(1.9, 0.1) };
    const model = await new KMeans({ init: { means: [[-1], [10]] } }).fit(rows);
    expectClose(model.means.to1DArray(), [-1, 1]);
  });

  test('never to a row of weight 0', async () => {
    const data = Float64Array.of(-1, 0, 1, 1000);
    const rows = { data, dimensions: 1, weights: Float64Array.of(1, 1, 1, 0) };
    const model = await new KMeans({ init: { means: [[0], [5000]] } }).fit(rows);
    expect(model.means.max()).toBeLessThanOrEqual(1);
  });

  test('no centre is left without rows, and the criterion still falls', async () => {
    const data = {
      data: blobs(
        300,
        [
          [0, 0],
          [9, 9],
          [-9, 8],
        ],
        5,
      ),
      dimensions: 2,
    };
    const means = Array.from({ length: 8 }, (_, k) => [k === 0 ? 0 : 1e4 + k, 0]);
    const model = await new KMeans({ init: { means }, tolerance: 0 }).fit(data);
    expect(Math.min(...model.counts)).toBeGreaterThan(0);
    for (let t = 1; t < model.criterion.length; t++) {
      expect(model.criterion[t]).toBeLessThanOrEqual(model.criterion[t - 1]! * (1 + 1e-12));
    }
  });

  test('the same for any number of threads', async () => {
    const data = {
      data: blobs(
        3000,
        [
          [0, 0],
          [9, 9],
          [-9, 8],
        ],
        5,
      ),
      dimensions: 2,
    };
    const means = Array.from({ length: 8 }, (_, k) => [k === 0 ? 0 : 1e4 + k, 0]);
    const begun = (threads: number): Promise<MixtureModel> =>
      new KMeans({ init: { means } }).fit(data, { threads, chunkBytes: 4096 });
    expect((await begun(3)).state).toEqual((await begun(1)).state);
  });
});

describe('the tolerance is a share of the criterion', () => {
  const data = blobs(
    2000,
    [
      [0, 0, 0],
      [3, 2, 1],
    ],
    7,
  );
  const iterationsAt = async (scale: number, tolerance: number): Promise<number> => {
    const scaled = { data: data.map((value) => scale * value), dimensions: 3 };
    const model = await new KMeans({ components: 20, tolerance, seed: 1 }).fit(scaled);
    return model.criterion.length;
  };

  test.each([2 ** -20, 2 ** 10, 2 ** 30])('data times %d take as many iterations', async (scale) => {
    expect(await iterationsAt(scale, 1e-3)).toBe(await iterationsAt(1, 1e-3));
  });

  test('a smaller one takes at least as many; the default is 10⁻⁴', async () => {
    const lengths = [await iterationsAt(1, 1e-1), await iterationsAt(1, 1e-3), await iterationsAt(1, 0)];
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    const byDefault = await new KMeans({ components: 20, seed: 1 }).fit({ data, dimensions: 3 });
    expect(byDefault.criterion.length).toBe(await iterationsAt(1, 1e-4));
  });

  test('each gain but the last is at least that share', async () => {
    const { criterion } = await new KMeans({ components: 20, tolerance: 1e-3, seed: 1 }).fit({ data, dimensions: 3 });
    const gains = criterion.slice(1).map((value, t) => (criterion[t]! - value) / criterion[t]!);
    for (const gain of gains.slice(0, -1)) expect(gain).toBeGreaterThanOrEqual(1e-3);
    expect(gains.at(-1)).toBeLessThan(1e-3);
  });
});

test('where nothing moves any more the reason is that it has converged', async () => {
  const data = {
    data: blobs(
      300,
      [
        [0, 0],
        [50, 50],
      ],
      7,
    ),
    dimensions: 2,
  };
  const model = await new KMeans({ components: 2, tolerance: 0 }).fit(data);
  expect(model.stopReason).toBe('converged');
});

const noise = blobs(500, [[0, 0, 0, 0]], 8);

test('without a tolerance it stops by itself, where another iteration changes nothing', async () => {
  const model = await new KMeans({ components: 5, tolerance: 0, maxIterations: 1000 }).fit({
    data: noise,
    dimensions: 4,
  });
  expect(model.criterion.length).toBeLessThan(1000);
  expect(model.stopReason).not.toBe('max-iterations');
  const again = await new KMeans({ init: { means: model.means }, iterations: 1 }).fit({ data: noise, dimensions: 4 });
  for (const [i, value] of again.means.to1DArray().entries()) {
    expect(Math.abs(value - model.means.to1DArray()[i]!)).toBeLessThan(1e-12);
  }
});
