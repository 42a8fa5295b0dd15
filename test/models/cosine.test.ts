import { expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { parametersOf } from '../helpers/parameters.ts';
import { blobs, normals } from '../helpers/random.ts';

// K-means of directions: spherical k-means.
const D = 3;
const CENTRES = [
  [5, 0, 1],
  [0, 4, 2],
  [-3, -3, 1],
];
const normal = normals(9);
const lengths = Array.from({ length: 300 }, () => Math.exp(normal()));
const directions = blobs(300, CENTRES, 7);
const data = { data: directions.map((x, i) => x * lengths[Math.floor(i / D)]!), dimensions: D };
const init = {
  means: [
    [1, 0, 0],
    [1, 1, 0],
    [-1, 0, 2],
  ],
};
const path = temporaryDirectory();
const fitted = (settings: Partial<FitSettings> = {}) =>
  new KMeans({ init, distance: 'cosine', iterations: 4, ...settings } as ConstructorParameters<typeof KMeans>[0]);

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, j) => sum + x * b[j]!, 0);
const unit = (a: readonly number[]): number[] => a.map((x) => x / Math.sqrt(dot(a, a)));
const rows = Array.from({ length: 300 }, (_, n) => [...data.data.subarray(n * D, (n + 1) * D)]);

/** Spherical k-means by the book. */
function byTheBook(iterations: number): { readonly centres: number[][]; readonly criterion: number } {
  let centres = init.means.map(unit);
  const nearest = (row: number[]): number => {
    const cosines = centres.map((centre) => dot(unit(row), centre));
    return cosines.indexOf(Math.max(...cosines));
  };
  for (let t = 0; t < iterations; t++) {
    const labels = rows.map(nearest);
    centres = centres.map((_, k) => {
      const own = rows.filter((_, n) => labels[n] === k).map(unit);
      return unit([0, 1, 2].map((j) => own.reduce((sum, row) => sum + row[j]!, 0)));
    });
  }
  return { centres, criterion: rows.reduce((sum, row) => sum + 1 - dot(unit(row), centres[nearest(row)]!), 0) };
}

test.each(['js', 'wasm', 'auto'] as const)('centres and criterion are those of the book: %s', async (kernel) => {
  const model = await fitted().fit(data, { kernel });
  const { centres, criterion } = byTheBook(4);
  for (const [k, centre] of centres.entries())
    expect(model.means.getRow(k)).toEqual(centre.map((value) => expect.closeTo(value, 12)));
  expect(model.criterion.at(-1)).toBeCloseTo(criterion, 9);
  expect((await model.score(data)).criterion).toBeCloseTo(criterion, 9);
});

test('lengths of rows do not matter', async () => {
  const [one, other] = [await fitted().fit(data), await fitted().fit({ data: directions, dimensions: D })];
  for (const [i, value] of one.state.parameters.means.entries())
    expect(value).toBeCloseTo(other.state.parameters.means[i]!, 12);
  const [huge] = [await fitted().fit({ data: data.data.map((x) => x * 2 ** 900), dimensions: D })];
  expect(huge.state.parameters.means).toEqual(one.state.parameters.means);
});

test.each<Partial<FitSettings>>([
  { init: 'k-means', components: 4, restarts: 2 },
  { init: 'random', components: 4 },
  { algorithm: 'incremental', blocks: 5 },
  { algorithm: 'stepwise', window: 50 },
])('centres have length 1, and the criterion never rises: %j', async (settings) => {
  const { means, criterion } = await fitted({ ...settings, iterations: 6 }).fit(data);
  for (const row of means.to2DArray()) expect(dot(row, row)).toBeCloseTo(1, 12);
  if (settings.algorithm === 'stepwise') return;
  for (const [t, value] of criterion.entries()) if (t > 0) expect(value).toBeLessThanOrEqual(criterion[t - 1]! + 1e-9);
});

test('it is saved, fitted on, and predicts distances 1 − cos', async () => {
  const file = path('cosine.h5');
  const half = await fitted({ iterations: 2 }).fit(data);
  await half.save(file);
  const loaded = await MixtureModel.load(file);
  expect(loaded.state).toEqual(half.state);
  const twice = await new KMeans({ init: loaded, iterations: 2 }).fit(data);
  expect(parametersOf(twice)).toEqual(parametersOf(await fitted().fit(data)));
  const { labels, distances } = await twice.predict(data);
  for await (const { data: all } of twice.distances(data)) {
    for (const [n, row] of rows.entries()) {
      const expected = twice.means.to2DArray().map((centre) => 1 - dot(unit(row), centre));
      expect([...all.subarray(n * D, (n + 1) * D)]).toEqual(expected.map((value) => expect.closeTo(value, 12)));
      expect(distances[n]).toBeCloseTo(Math.min(...expected), 12);
      expect(labels[n]).toBe(expected.indexOf(Math.min(...expected)));
    }
  }
});

test('rows without a direction are refused by their number, or skipped', async () => {
  const holed = rows.map((row, n) => (n === 17 ? [0, 0, 0] : row));
  await expect(fitted().fit(holed)).rejects.toThrow(
    expect.objectContaining({ code: 'no-direction', row: 18 }) as unknown as Error,
  );
  const skipping = await fitted().fit(holed, { onInvalid: 'skip' });
  const without = await fitted().fit(rows.filter((_, n) => n !== 17));
  for (const [i, value] of skipping.state.parameters.means.entries())
    expect(value).toBeCloseTo(without.state.parameters.means[i]!, 12);
  await expect(skipping.predict(holed)).rejects.toThrow('row 18');
  await expect(fitted({ init: { means: [[0, 0, 0]] } }).fit(rows)).rejects.toThrow('the initial means, row 1');
  await expect(fitted().fit(rows, { onInvalid: 'missing' })).rejects.toThrow('distance: of rows with missing numbers');
  const online = fitted().online({ window: 50 });
  await expect(online.add(holed)).rejects.toThrow('row 18');
});

test('online', async () => {
  const online = fitted({ components: 3, init: 'k-means' }).online({ window: 50 });
  await online.add(data);
  const model = await online.finish();
  for (const row of model.means.to2DArray()) expect(dot(row, row)).toBeCloseTo(1, 12);
  const { criterion } = await model.score(data);
  const batch = await fitted({ components: 3, init: 'k-means', iterations: 20 }).fit(data);
  expect(criterion / batch.criterion.at(-1)!).toBeLessThan(1.1);
});

test('a Euclidean K-means is a start', async () => {
  const euclidean = await new KMeans({ components: 3, iterations: 3 }).fit(data);
  const start = await new KMeans({ init: euclidean, distance: 'cosine' }).initialize(data);
  expect(start.means.to2DArray()).toEqual(
    euclidean.means.to2DArray().map((row) => unit(row).map((x) => expect.closeTo(x, 12))),
  );
});
