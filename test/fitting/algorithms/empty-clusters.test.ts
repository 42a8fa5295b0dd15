import { describe, expect, test } from 'vitest';
import { KMeans } from '../../../src/estimator.ts';
import type { Iteration } from '../../../src/fitting/fit.ts';
import type { FitSettings } from '../../../src/fitting/settings-types.ts';
import { gap } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';

// Clusters that hold no rows move to the rows that are farthest from their centres, however K-means is fitted.
const CENTRES = [
  [0, 0],
  [8, 0],
  [0, 8],
  [8, 8],
];
const data = { data: blobs(800, CENTRES, 3, 0.4), dimensions: 2 };
const DEAD = [
  [0, 0],
  [1e4, 1e4],
  [1e4, 1e4],
  [-1e5, 0],
];
const best = await new KMeans({ init: { means: CENTRES } }).fit(data);
const inertia = best.criterion.at(-1)!;

const algorithms: Readonly<Record<string, Partial<FitSettings>>> = {
  batch: {},
  incremental: { algorithm: 'incremental', blocks: 7 },
  'incremental without momentum': { algorithm: 'incremental', blocks: 7, momentum: 0 },
  stepwise: { algorithm: 'stepwise', stepwisePasses: 2, blocks: 5 },
};

describe.each(Object.entries(algorithms))('%s', (_, settings) => {
  const fitted = async (means: number[][], threads = 1) => {
    const history: Iteration[] = [];
    const warnings: string[] = [];
    const estimator = new KMeans({ init: { means }, ...settings } as ConstructorParameters<typeof KMeans>[0]);
    const onIteration = (iteration: Iteration): void => void history.push(iteration);
    const onWarning = (message: string): void => void warnings.push(message);
    const result = await estimator.fitWithReport(data, { threads, onIteration, onWarning, chunkBytes: 1024 });
    return { ...result, history, warnings };
  };

  test('far centres come back, and the history says so', async () => {
    const { model, history, moved, warnings } = await fitted(DEAD);
    expect(model.criterion.at(-1)! / inertia).toBeCloseTo(1, 9);
    expect(moved).toEqual(history.map((iteration) => iteration.moved));
    expect(moved.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(3);
    expect(warnings).toEqual([]);
  });

  test('equal centres come apart: none is left without rows', async () => {
    const { model, warnings } = await fitted([CENTRES[0]!, CENTRES[0]!, CENTRES[0]!, CENTRES[0]!]);
    const nearest = new Set<number>();
    for await (const labels of model.labels(data)) for (const label of labels) nearest.add(label);
    expect(nearest.size).toBe(4);
    expect(warnings).toEqual([]);
  });

  test('any number of threads gives the same bits', async () => {
    expect(gap((await fitted(DEAD, 3)).model, (await fitted(DEAD)).model)).toBe(0);
  });
});

test('moving never raises the criterion', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const rows = blobs(60, CENTRES, seed, 2).map((value) => Math.round(value));
    const far = Array.from({ length: 12 }, (_, k) => (k < 6 ? [100 + k, 100] : [k, 1]));
    const { criterion } = await new KMeans({ init: { means: far }, tolerance: 0 }).fit(
      { data: rows, dimensions: 2 },
      { onWarning() {} },
    );
    for (let t = 1; t < criterion.length; t++) {
      expect(criterion[t]).toBeLessThanOrEqual(criterion[t - 1]! * (1 + 60 * Number.EPSILON));
    }
  }
});

test('more of them than a pass keeps rows for: the others move in the next passes', async () => {
  const far = Array.from({ length: 100 }, () => [1e3, 1e3]);
  const { model, moved } = await new KMeans({ init: { means: far }, patience: 1 }).fitWithReport(data);
  expect(moved.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(99);
  expect(model.counts.every((count) => count >= 1)).toBe(true);
});

test('rows and centres by hand: the second centre moves to the row farthest from the first', async () => {
  const rows = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [1, 1],
  ];
  const means = [
    [0.5, 0.5],
    [3, 3],
  ];
  const model = await new KMeans({ init: { means } }).fit(rows);
  expect(model.criterion.at(-1)).toBe(0.25);
});

test('those that no row can fill are told of', async () => {
  const warnings: string[] = [];
  const means = [[0], [1], [5]];
  const model = await new KMeans({ init: { means } }).fit([[0], [1], [0], [1]], { onWarning: (m) => warnings.push(m) });
  expect(model.criterion.at(-1)).toBe(0);
  expect(warnings).toEqual([expect.stringContaining('1 of the 3 components holds no rows')]);
});

test('online: centres that nothing is near to, and centres that the data left behind', async () => {
  const nearest = (means: number[][], centre: number[]): number =>
    Math.min(...means.map((mean) => Math.hypot(mean[0]! - centre[0]!, mean[1]! - centre[1]!)));
  const online = new KMeans({ init: { means: DEAD } }).online({ window: 64 });
  await online.add(data);
  const given = (await online.finish()).means.to2DArray();
  expect(online.moved).toBeGreaterThanOrEqual(3);
  for (const centre of CENTRES) expect(nearest(given, centre)).toBeLessThan(1);

  const drifting = new KMeans({ components: 4 }).online({ window: 64, stepSize: { constant: 0.1 } });
  const later = CENTRES.map(([x, y]) => [x! + 300, y! - 200]);
  await drifting.add(data);
  await drifting.add({ data: blobs(16_000, later, 4, 0.4), dimensions: 2 });
  const drifted = (await drifting.finish()).means.to2DArray();
  for (const centre of later) expect(nearest(drifted, centre)).toBeLessThan(1);
});
