import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DPVariationalGaussianMixture, GaussianMixture } from '../src/estimator.ts';
import { MixtureModel } from '../src/model.ts';
import { megamix } from './cli/run.ts';
import { temporaryDirectory } from './helpers/files.ts';
import { blobs } from './helpers/random.ts';

const CENTRES = [
  [0, 0],
  [3, 3],
];
const data = { data: blobs(400, CENTRES, 3, 1.5), dimensions: 2 };
const path = temporaryDirectory();
const settings = { init: { means: CENTRES } };

async function groupsOf(file: string, most: number): Promise<string[]> {
  const names = ['init', ...Array.from({ length: most }, (_, i) => `iter${i + 1}`), 'best'];
  const there = await Promise.all(
    names.map((group) =>
      MixtureModel.load(file, { group }).then(
        () => [group],
        () => [],
      ),
    ),
  );
  return there.flat();
}

test.each([
  ['log', undefined, ['init', 'iter1', 'iter2', 'iter4', 'iter8', 'best']],
  ['log', 3, ['init', 'iter1', 'iter3', 'iter9', 'best']],
  ['linear', 4, ['init', 'iter4', 'iter8', 'best']],
  ['linear', 1, ['init', ...Array.from({ length: 10 }, (_, i) => `iter${i + 1}`), 'best']],
] as const)('%s, period %s', async (spacing, period, expected) => {
  const file = path(`${spacing}-${period}.h5`);
  const model = await new DPVariationalGaussianMixture({ ...settings, iterations: 10 }).fit(data, {
    saving: { path: file, spacing, period },
  });
  expect(await groupsOf(file, 12)).toEqual(expected);
  expect((await MixtureModel.load(file, { group: 'best' })).state).toEqual(model.state);
  for (const group of expected.filter((name) => name.startsWith('iter'))) {
    const iterations = Number(group.slice(4));
    const alone = await new DPVariationalGaussianMixture({ ...settings, iterations }).fit(data);
    expect((await MixtureModel.load(file, { group })).state).toEqual(alone.state);
  }
});

test('the best is the one that is returned, and fitting on counts on', async () => {
  const file = path('on.h5');
  const saving = { path: file, spacing: 'linear', period: 2 } as const;
  const first = await new GaussianMixture({ ...settings, iterations: 3 }).fit(data);
  const second = await new GaussianMixture({ init: first, maxIterations: 6, tolerance: -1 }).fit(data, {
    saving,
    heldOut: (row) => row % 4 === 0,
  });
  expect(await groupsOf(file, 12)).toEqual(['init', 'iter4', 'iter6', 'iter8', 'best']);
  const best = await MixtureModel.load(file, { group: 'best' });
  expect(best.state).toEqual(second.state);
  expect(best.heldOutCriterion).toHaveLength(7);
});

test.each([
  [{ spacing: 'often' as never }, 'saving: received "often", expected log or linear'],
  [{ period: 1 }, 'savingPeriod: received 1, expected a whole number ≥ 2'],
  [{ spacing: 'linear', period: 0.5 } as const, 'savingPeriod: received 0.5, expected a whole number ≥ 1'],
])('%j is refused', async (saving, message) => {
  const file = path('never.h5');
  await expect(new GaussianMixture(settings).fit(data, { saving: { path: file, ...saving } })).rejects.toThrow(message);
  expect(existsSync(file)).toBe(false);
});

test('the command line saves the way beside the model', async () => {
  const [csv, file] = [path('d.csv'), path('cli.h5')];
  writeFileSync(csv, Array.from({ length: 400 }, (_, n) => `${data.data[2 * n]},${data.data[2 * n + 1]}`).join('\n'));
  const fit = ['fit', csv, '--model', 'gmm', '--components', '2', '--iterations', '4', '-o', file];
  expect((await megamix([...fit, '--saving', 'linear', '--saving-period', '2'])).code).toBe(0);
  expect(await groupsOf(file, 5)).toEqual(['init', 'iter2', 'iter4', 'best']);
  expect((await MixtureModel.load(file)).iterations).toBe(4);
  const alone = await megamix([...fit, '--saving-period', '2']);
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('give --saving log or linear')]);
});
