import { describe, expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import { type InitName, inits } from '../../../src/fitting/initialization/initializers.ts';
import { megamix } from '../../cli/run.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, rows } from '../../helpers/table.ts';

const CENTRES = [
  [0, 0, 0],
  [20, -20, 10],
  [-20, 0, 30],
  [40, 40, 0],
];
const data = { data: blobs(1000, CENTRES, 3), dimensions: 3 };
const names = Object.keys(inits) as InitName[];
const path = temporaryDirectory();
const iterations = 30;

describe.each(rows.filter(({ model }) => model !== 'kmeans'))('$label', (row) => {
  test.each(names)('begins by %s, the same for the same seed', async (init) => {
    const fitted = await estimator(row, { components: 4, init, iterations: 3, seed: 2 }).fit(data);
    expect(fitted.components).toBe(4);
    expect(fitted.means.to1DArray().every(Number.isFinite)).toBe(true);
    const again = await estimator(row, { components: 4, init, iterations: 3, seed: 2 }).fit(data);
    expect(again.state).toEqual(fitted.state);
    expect(fitted.criterion.at(-1)).toBeGreaterThan(fitted.criterion[0]! - 1e-6 * Math.abs(fitted.criterion[0]!));
  });
});

test.each(['k-means', 'k-means++', 'afk-mc2', 'gmm', 'vbgmm', 'splitting'] as const)(
  '%s finds separated clusters',
  async (init) => {
    const model = await new GaussianMixture({ components: 4, init, iterations }).fit(data);
    for (const centre of CENTRES) {
      const distances = model.means.to2DArray().map((mean) => Math.hypot(...mean.map((x, j) => x - centre[j]!)));
      expect(Math.min(...distances)).toBeLessThan(1);
    }
  },
);

test('splitting gives any number of components', async () => {
  for (const components of [1, 2, 3, 5, 8, 13]) {
    const model = await new GaussianMixture({ components, init: 'splitting', iterations: 1 }).fit(data);
    expect(model.components).toBe(components);
    expect(model.counts.reduce((sum, count) => sum + count)).toBeCloseTo(1000, 6);
  }
});

test('random responsibilities begin with components that are all but alike', async () => {
  const model = await new GaussianMixture({ components: 3, init: 'random-responsibilities' }).initialize(data);
  const whole = await new GaussianMixture({ components: 1, init: 'random', iterations: 1 }).fit(data);
  for (let k = 0; k < 3; k++) {
    for (let j = 0; j < 3; j++) {
      const deviation = Math.sqrt(whole.covariance(0).get(j, j));
      expect(Math.abs(model.means.get(k, j) - whole.means.get(0, j)) / deviation).toBeLessThan(0.2);
      expect(model.covariance(k).get(j, j) / deviation ** 2).toBeCloseTo(1, 0);
    }
  }
});

test('the first stage is where the fit begins', async () => {
  const first = await new GaussianMixture({ components: 4, seed: 1 }).fit(data);
  const begun = await new GaussianMixture({ components: 4, init: 'gmm', seed: 1 }).initialize(data);
  // the sample is all rows, so that what the first stage found is what a fit finds
  expect(begun.means.to1DArray()).toEqual(first.means.to1DArray().map((value) => expect.closeTo(value, 6)));
  expect([...begun.counts]).toEqual([...first.counts].map((value) => expect.closeTo(value, 6)));
});

describe.each(rows)('$label', (row) => {
  test('of several restarts the best is kept', async () => {
    const settings = { components: 4, init: 'random', seed: 3 } as const;
    const sign = row.model === 'kmeans' ? -1 : 1;
    const [once, often] = await Promise.all(
      [1, 6].map(
        async (restarts) => sign * (await estimator(row, { ...settings, restarts }).fit(data)).criterion.at(-1)!,
      ),
    );
    expect(often!).toBeGreaterThanOrEqual(once! - 1e-3 * Math.abs(once!));
  });
});

test('restarts lead out of a bad beginning', async () => {
  const settings = { components: 4, init: 'random', seed: 0 } as const;
  const best = await new KMeans({ components: 4, init: 'k-means', iterations }).fit(data);
  const often = await new KMeans({ ...settings, restarts: 20 }).fit(data);
  expect(often.criterion.at(-1)! / best.criterion.at(-1)!).toBeCloseTo(1, 3);
});

test('boost multiplies the first covariances', async () => {
  const settings = { components: 2, init: { means: CENTRES.slice(0, 2) } };
  const plain = await new GaussianMixture(settings).initialize(data);
  const boosted = await new GaussianMixture({ ...settings, boost: 4 }).initialize(data);
  expect(boosted.covariance(0).to1DArray()).toEqual(
    plain
      .covariance(0)
      .to1DArray()
      .map((value) => 4 * value),
  );
  expect(boosted.means).toEqual(plain.means);
});

test.each([
  [() => new GaussianMixture({ components: 2, init: 'gmm', start: 'labels' }), 'leave it out'],
  [() => new KMeans({ components: 2, init: 'splitting' }), 'a kmeans has means only'],
  [() => new GaussianMixture({ init: { means: CENTRES }, restarts: 2 }), 'leave nothing to chance'],
  [() => new GaussianMixture({ components: 2, restarts: 0 }), 'restarts: received 0, expected a whole number ≥ 1'],
  [() => new GaussianMixture({ components: 2, boost: 0 }), 'boost: received 0, expected a finite number > 0'],
  [() => new GaussianMixture({ components: 2, init: 'kmeans' as never }), 'expected k-means, k-means++, afk-mc2'],
])('a wrong combination is refused: %#', (make, message) => {
  expect(make).toThrow(message);
});

test('the command line: --grow, --restarts, --boost', async () => {
  const csv = path('data.csv');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(csv, Array.from({ length: 2000 }, (_, n) => data.data.slice(3 * n, 3 * n + 3).join(',')).join('\n'));
  const fit = ['fit', csv, '--components', '4', '--model', 'gmm', '-o', path('m.h5'), '--iterations', '2', '--json'];
  const grown = JSON.parse((await megamix([...fit, '--grow', '--restarts', '2', '--boost', '1.5'])).stdout);
  const model = await new GaussianMixture({
    components: 4,
    init: 'splitting',
    restarts: 2,
    boost: 1.5,
    iterations: 2,
  }).fit(csv);
  expect(grown.criterion).toEqual(model.criterion);
  expect((await megamix([...fit, '--grow', '--init', 'random'])).code).toBe(2);
  const kmeans = await megamix([
    'fit',
    csv,
    '--components',
    '4',
    '--model',
    'kmeans',
    '-o',
    path('k.h5'),
    '--boost',
    '2',
  ]);
  expect([kmeans.code, kmeans.stderr]).toEqual([2, expect.stringContaining('a kmeans has no such setting')]);
});
