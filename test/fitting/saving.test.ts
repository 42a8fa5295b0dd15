import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { DPVariationalGaussianMixture, GaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { megamix } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';

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

test('models of an older fit are gone, but those that a fit goes on from, and what else is in the file', async () => {
  const file = path('again.h5');
  const spacing = { path: file, spacing: 'linear', period: 1 } as const;
  const long = await new GaussianMixture({ ...settings, iterations: 5 }).fit(data, { saving: spacing });
  await long.save(file, { group: 'mine' });
  await long.save(file, { group: 'iter9/below' });
  const short = await new GaussianMixture({ ...settings, iterations: 2 }).fit(data, { saving: spacing });
  expect(await groupsOf(file, 12)).toEqual(['init', 'iter1', 'iter2', 'best']);
  expect((await MixtureModel.load(file, { group: 'best' })).state).toEqual(short.state);
  for (const group of ['mine', 'iter9/below']) {
    expect((await MixtureModel.load(file, { group })).state).toEqual(long.state);
  }
  const two = await MixtureModel.load(file, { group: 'iter2' });
  await new GaussianMixture({ init: long, iterations: 1 }).fit(data, { saving: spacing });
  expect(await groupsOf(file, 12)).toEqual(['init', 'iter1', 'iter2', 'iter6', 'best']);
  await new GaussianMixture({ init: two, iterations: 1 }).fit(data, { saving: spacing });
  expect(await groupsOf(file, 12)).toEqual(['init', 'iter1', 'iter2', 'iter3', 'best']);
});

test('five saves at once into five groups leave five', async () => {
  const file = path('turns.h5');
  const model = await new GaussianMixture({ ...settings, iterations: 1 }).fit(data);
  const groups = ['a', 'b', 'c', 'd', 'e/f'];
  await Promise.all(
    groups.map((group, i) => model.save(i % 2 ? file : `${path('.')}/../${basename(path('.'))}/turns.h5`, { group })),
  );
  for (const group of groups) expect((await MixtureModel.load(file, { group })).state).toEqual(model.state);
  await Promise.all(['a', 'a', 'g', 'b'].map((group) => model.save(file, { group })));
  for (const group of [...groups, 'g']) expect((await MixtureModel.load(file, { group })).state).toEqual(model.state);
  const failing = model.save(file, { group: '' }).catch((error: Error) => error.name);
  await model.save(file, { group: 'h' });
  expect(await failing).toBe('SettingError');
  expect((await MixtureModel.load(file, { group: 'h' })).state).toEqual(model.state);
  expect(readdirSync(path('.')).filter((name) => name.startsWith('turns.h5'))).toEqual(['turns.h5']);
});

test('and so do those of several processes', async () => {
  const [csv, file] = [path('p.csv'), path('processes.h5')];
  writeFileSync(csv, Array.from({ length: 400 }, (_, n) => `${data.data[2 * n]},${data.data[2 * n + 1]}`).join('\n'));
  const groups = ['a', 'b', 'c', 'd'];
  const fit = [
    'fit',
    csv,
    '--model',
    'gmm',
    '--components',
    '2',
    '--iterations',
    '1',
    '--quiet',
    '-o',
    file,
    '--group',
  ];
  const outcomes = await Promise.all(groups.map((group) => megamix([...fit, group])));
  expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(groups.map(() => [0, '']));
  for (const group of groups) expect((await MixtureModel.load(file, { group })).iterations).toBe(1);
  expect(readdirSync(path('.')).filter((name) => name.startsWith('processes.h5'))).toEqual(['processes.h5']);
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
