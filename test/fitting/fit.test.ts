import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GaussianMixture, KMeans, VariationalGaussianMixture } from '../../src/estimator.ts';
import type { Iteration, Progress } from '../../src/fitting/fit.ts';
import { blobs } from '../helpers/random.ts';

const CENTRES = [
  [0, 0, 0],
  [3, -2, 1],
];
const data = { data: blobs(600, CENTRES, 3), dimensions: 3 };
const heldOut = { data: blobs(200, CENTRES, 4), dimensions: 3 };

test('the history has an entry more than there are iterations, and is told as it grows', async () => {
  const told: Iteration[] = [];
  const model = await new GaussianMixture({ components: 2, iterations: 4 }).fit(data, {
    heldOut,
    onIteration: (i) => told.push(i),
  });
  expect(model.stopReason).toBe('iterations');
  expect(told.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3, 4]);
  expect(told.map(({ criterion }) => criterion)).toEqual(model.criterion);
  expect(told.map(({ heldOutCriterion }) => heldOutCriterion)).toEqual(model.heldOutCriterion);
  expect(told[0]).toMatchObject({ gain: null, rows: 600, heldOutRows: 200 });
  expect(told[1]!.gain).toBe((told[1]!.heldOutCriterion! - told[0]!.heldOutCriterion!) / 200);
});

test('no iteration gives the initialised model', async () => {
  const none = await new GaussianMixture({ components: 2, iterations: 0 }).fit(data);
  expect(none.criterion.length).toBe(1);
  expect(none.iterations).toBe(0);
  const initialised = await new GaussianMixture({ components: 2 }).initialize(data);
  expect(initialised.state.parameters).toEqual(none.state.parameters);
  expect((await initialised.score(data)).criterion).toBe(none.criterion[0]);
});

test('the best model by the held-out stream is returned, and the last one for exact iterations', async () => {
  const few = { data: data.data.subarray(0, 180), dimensions: 3 };
  const settings = { components: 6, covariance: 'full' as const, regCovar: 1e-3 };
  const model = await new GaussianMixture({ ...settings, patience: 3 }).fit(few, { heldOut });
  const best = model.heldOutCriterion!.indexOf(Math.max(...model.heldOutCriterion!));
  expect(model.iterations).toBe(best);
  expect(model.criterion.length - 1).toBeGreaterThan(best);
  expect(model.stopReason).toBe('decreased');
  expect((await model.score(heldOut)).criterion).toBe(model.heldOutCriterion![best]);
  const exact = await new GaussianMixture({ ...settings, iterations: best + 2 }).fit(few, { heldOut });
  expect(exact.iterations).toBe(best + 2);
});

test('K-means returns its lowest criterion', async () => {
  const model = await new KMeans({ components: 5, init: 'random' }).fit(data);
  expect((await model.score(data)).criterion).toBe(Math.min(...model.criterion));
  expect(model.stopReason).toBe('tolerance');
});

test('the same seed gives the same bits, another another model', async () => {
  const fitted = (seed: number) => new VariationalGaussianMixture({ components: 4, seed, iterations: 3 }).fit(data);
  expect((await fitted(1)).state).toEqual((await fitted(1)).state);
  expect((await fitted(1)).state.parameters.means).not.toEqual((await fitted(2)).state.parameters.means);
});

test.each(['k-means', 'k-means++', 'random'] as const)('%s by labels and by parameters', async (init) => {
  for (const start of ['labels', 'parameters'] as const) {
    const model = await new VariationalGaussianMixture({ components: 3, init, start, iterations: 3 }).fit(data);
    expect(model.criterion.at(-1)).toBeGreaterThan(model.criterion[0]!);
  }
});

test('starting by parameters takes the data’s covariance and equal weights', async () => {
  const means = [
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
  ];
  const model = await new VariationalGaussianMixture({ init: { means }, start: 'parameters' }).initialize(data);
  expect(model.means.to2DArray()).toEqual(means);
  expect([...model.counts]).toEqual([200, 200, 200]);
  expect([...model.state.parameters.beta!]).toEqual([201, 201, 201]);
  expect([...model.state.parameters.nu!]).toEqual([203, 203, 203]);
  const scale = model.state.mixture.componentPrior!.scale;
  expect([...model.state.parameters.covariances]).toEqual([...scale, ...scale, ...scale]);
});

test('an abort returns the best model so far, or throws before there is one', async () => {
  const controller = new AbortController();
  const model = await new GaussianMixture({ components: 2, iterations: 1000 }).fit(data, {
    signal: controller.signal,
    onIteration: ({ iteration }) => iteration === 3 && controller.abort(),
  });
  expect(model.stopReason).toBe('aborted');
  expect(model.iterations).toBe(3);
  await expect(new GaussianMixture({ components: 2 }).fit(data, { signal: AbortSignal.abort() })).rejects.toThrow(
    'aborted',
  );
  async function* slow() {
    for (;;) {
      await delay(5);
      yield [1, 2, 3];
    }
  }
  await expect(new KMeans({ components: 2 }).fit(slow(), { signal: AbortSignal.timeout(50) })).rejects.toThrow(
    /abort|time/,
  );
});

test('an abort by a timer is heard during long computations in memory', async () => {
  // without it both go on for many minutes
  const iterating = new AbortController();
  const model = await new GaussianMixture({ components: 2, iterations: 1_000_000 }).fit(data, {
    signal: iterating.signal,
    onIteration: ({ iteration }) => iteration === 1 && setTimeout(() => iterating.abort(), 1),
  });
  expect(model.stopReason).toBe('aborted');
  const many = { data: blobs(60_000, CENTRES, 3), dimensions: 3 };
  const beginning = new AbortController();
  let isTimed = false;
  const fit = new KMeans({ components: 5000 }).fit(many, {
    signal: beginning.signal,
    onProgress: () => {
      if (!isTimed) setTimeout(() => beginning.abort(new Error('it is time')), 1);
      isTimed = true;
    },
  });
  await expect(fit).rejects.toThrow('it is time');
});

test('weights of 0 leave nothing', async () => {
  const weightless = { ...data, weights: new Float64Array(600) };
  for (const init of ['random', { means: [[0, 0, 0]] }] as const) {
    await expect(new GaussianMixture({ components: 1, init: init as never }).fit(weightless)).rejects.toThrow(
      'all its rows have weight 0',
    );
  }
});

test('progress counts the rows of every pass', async () => {
  const told: Progress[] = [];
  await new GaussianMixture({ components: 2, iterations: 1 }).fit(data, {
    heldOut,
    chunkBytes: 2400,
    onProgress: (p) => told.push(p),
  });
  expect(new Set(told.map(({ stage }) => stage))).toEqual(new Set(['reading', 'training']));
  expect(told.findLast(({ stage }) => stage === 'training')).toEqual({
    stage: 'training',
    iteration: 1,
    rows: 800,
    of: 800,
  });
});

test('a one-shot stream is fitted like the array it was', async () => {
  async function* stream() {
    for (let at = 0; at < data.data.length; at += 3) yield data.data.subarray(at, at + 3);
  }
  const fitted = (from: Parameters<GaussianMixture['fit']>[0]) =>
    new GaussianMixture({ components: 3, iterations: 3 }).fit(from);
  expect((await fitted(stream())).state).toEqual((await fitted(data)).state);
});

test.each([
  [
    'numbers too large to be squared',
    [
      [1e200, 1],
      [-1e200, 2],
      [3, 4],
    ],
    { components: 1 },
    'scale the data down',
  ],
  [
    'means of other dimensions',
    [
      [1, 2],
      [3, 4],
    ],
    { init: { means: [[1, 2, 3]] } },
    'the initial means has 3 columns, but the data have 2',
  ],
  [
    'another number of means',
    [
      [1, 2],
      [3, 4],
    ],
    { components: 2, init: { means: [[1, 2]] } },
    'received 1 means for 2 components',
  ],
] as const)('%s is refused', async (_, rows, settings, message) => {
  const fitted = (model: 'gmm' | 'kmeans') =>
    new (model === 'gmm' ? GaussianMixture : KMeans)(settings as { components: number }).fit(
      rows as unknown as number[][],
    );
  await expect(fitted('gmm')).rejects.toThrow(message);
  await expect(fitted('kmeans')).rejects.toThrow(message);
});
