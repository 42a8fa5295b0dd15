import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import h5wasm, { File, type Group } from 'h5wasm/node';
import { expect, test } from 'vitest';
import {
  DPVariationalGaussianMixture,
  GaussianMixture,
  KMeans,
  PYPVariationalGaussianMixture,
} from '../../src/estimator.ts';
import { writeAtomically } from '../../src/files/atomic.ts';
import { datasetsOf, lookUp, withHdf5 } from '../../src/files/hdf5.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { checkSavable, type LoadOptions } from '../../src/storage/model-file.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const path = temporaryDirectory();
const data = {
  data: blobs(
    300,
    [
      [0, 0, 0],
      [6, 6, -4],
    ],
    3,
  ),
  dimensions: 3,
};
const model = await new DPVariationalGaussianMixture({ components: 4, iterations: 3 }).fit(data);
await h5wasm.ready;

/** Rewrites a model file with only what the Python package writes. */
async function asPython(from: string, to: string): Promise<void> {
  const kept = ['means', 'log_weights', 'cov', 'initial parameters', 'means prior', 'inv prec prior'];
  const { datasets, iter } = await withHdf5(from, from, (file) => {
    const group = lookUp(file, 'model_fitted') as Group;
    return { datasets: datasetsOf(group), iter: group.attrs.iter!.value as number };
  });
  const file = new File(to, 'w');
  const group = file.create_group('model_fitted');
  for (const name of kept) {
    const values = datasets.get(name);
    if (values) group.create_dataset({ name, data: values.data, shape: [...values.shape] });
  }
  group.create_attribute('iter', iter);
  group.create_attribute('time', 1.5);
  file.close();
}

const ofPython = ['full', 'diagonal', 'spherical', 'tied'];
const mixtures = rows.filter(({ covariance }) => ofPython.includes(covariance!));
test.each(mixtures)('a file with only the Python package’s contents loads and fits on: $label', async (row) => {
  const fitted = await estimator(row, { components: 3, iterations: 4 }).fit(data);
  await fitted.save(path('ours.h5'));
  await asPython(path('ours.h5'), path('python.h5'));
  await expect(MixtureModel.load(path('python.h5'))).rejects.toThrow(
    'does not say which model it is: say model: kmeans|gmm',
  );
  const known: LoadOptions = { model: row.model, ...(row.model === 'pypgmm' ? { discount: 0.5 } : {}) };
  await expect(MixtureModel.load(path('python.h5'), known)).rejects.toThrow('has no counts, so the rows');
  if (row.model === 'pypgmm') {
    await expect(MixtureModel.load(path('python.h5'), { model: 'pypgmm', rows: 300 })).rejects.toThrow(
      'does not say its discount',
    );
  }
  const loaded = await MixtureModel.load(path('python.h5'), { ...known, rows: 300 });
  expect(loaded.covarianceType).toBe(row.covariance);
  expect(loaded.state.parameters.logWeights).toEqual(fitted.state.parameters.logWeights);
  expect(loaded.state.parameters.covariances).toEqual(fitted.state.parameters.covariances);
  expect(loaded.iterations).toBe(4);
  const total = loaded.counts.reduce((sum, count) => sum + count, 0);
  if (row.model === 'gmm') expect(total).toBeCloseTo(300, 8);
  const on = await estimator({ ...row, covariance: undefined }, { init: loaded, iterations: 2 }).fit(data);
  expect(on.criterion[2]! - on.criterion[1]!).toBeGreaterThan(-1e-6);
  expect(on.iterations).toBe(6);
});

test('what else is missing is named', async () => {
  await model.save(path('whole.h5'));
  for (const missing of ['means', 'log_weights', 'cov', 'initial parameters', 'means prior', 'inv prec prior']) {
    const file = new File(path('part.h5'), 'w');
    const group = file.create_group('model_fitted');
    const datasets = await withHdf5(path('whole.h5'), '', (whole) =>
      datasetsOf(lookUp(whole, 'model_fitted') as Group),
    );
    for (const [name, values] of datasets) {
      if (name !== missing) group.create_dataset({ name, data: values.data, shape: [...values.shape] });
    }
    file.close();
    await expect(MixtureModel.load(path('part.h5'), { model: 'dpgmm', rows: 300 })).rejects.toThrow(
      `has no dataset '${missing}'`,
    );
  }
});

test('a group can be added, replaced and named; other contents stay', async () => {
  const file = path('shared.h5');
  const other = new File(file, 'w');
  other.create_attribute('note', 'mine');
  other.create_dataset({ name: 'words', data: ['a', 'bc'] });
  const deep = other.create_group('deep').create_group('er');
  deep.create_dataset({
    name: 'numbers',
    data: Int32Array.of(1, 2, 3, 4),
    shape: [2, 2],
    chunks: [1, 2],
    compression: 'gzip',
  });
  deep.create_attribute('unit', Float64Array.of(1, 2));
  other.close();
  const kmeans = await new KMeans({ components: 2 }).fit(data);
  await model.save(file);
  await kmeans.save(file, { group: 'deep/centres' });
  await kmeans.save(file); // replaces
  await model.save(file, { group: 'again' });
  await kmeans.save(file, { group: 'again' }); // replaces, beside all others
  for (const group of [undefined, 'deep/centres', 'again']) {
    expect((await MixtureModel.load(file, { group })).state).toEqual(kmeans.state);
  }
  await withHdf5(file, file, (h5) => {
    expect(h5.attrs.note!.value).toBe('mine');
    expect((h5.get('words') as { value?: unknown }).value).toEqual(['a', 'bc']);
    const numbers = lookUp(h5, 'deep/er/numbers') as unknown as {
      value: Int32Array;
      filters: { id: number }[];
      shape: number[];
    };
    expect([...numbers.value, ...numbers.shape, numbers.filters[0]!.id]).toEqual([1, 2, 3, 4, 2, 2, 1]);
    expect([...((lookUp(h5, 'deep/er') as Group).attrs.unit!.value as Float64Array)]).toEqual([1, 2]);
  });
  await expect(MixtureModel.load(file, { group: 'nothing' })).rejects.toThrow(
    'has no group nothing; it has again, deep, model_fitted, words',
  );
});

test('what is no model, or cannot be copied faithfully, is never written over', async () => {
  const file = path('precious.h5');
  const before = new File(file, 'w');
  before.create_dataset({ name: 'results', data: Float64Array.of(1, 2, 3) });
  before.create_group('analysis').create_dataset({ name: 'table', data: Float64Array.of(4, 5) });
  before.create_group('a').create_group('b');
  before.create_soft_link('/results', 'alias');
  before.close();
  const kmeans = await new KMeans({ components: 2 }).fit(data);
  for (const group of ['results', 'results/deeper', 'analysis']) {
    await expect(kmeans.save(file, { group })).rejects.toThrow(
      /holds something at .* that is no model: choose another group/,
    );
    await expect(checkSavable(file, group)).rejects.toThrow('that is no model');
  }
  await kmeans.save(file);
  await expect(kmeans.save(file)).rejects.toThrow('it also holds /alias, which cannot be copied faithfully');
  await withHdf5(file, file, (h5) =>
    expect([...(h5.get('results') as unknown as { value: Float64Array }).value]).toEqual([1, 2, 3]),
  );
  for (const group of ['', '/', '.', 'a/../b']) {
    await expect(kmeans.save(path('groups.h5'), { group })).rejects.toThrow('expected names with slashes between them');
  }
  await kmeans.save(path('nested.h5'), { group: 'a/b' });
  await kmeans.save(path('nested.h5'), { group: 'a' });
  await kmeans.save(path('nested.h5'), { group: 'a' });
  expect((await MixtureModel.load(path('nested.h5'), { group: 'a/b' })).state).toEqual(kmeans.state);
});

test('numbers that no model can have are named, file without checksum or not', async () => {
  await model.save(path('sound.h5'));
  const datasets = await withHdf5(path('sound.h5'), '', (file) => datasetsOf(lookUp(file, 'model_fitted') as Group));
  const load = (name: string, change: (values: Float64Array) => void, attributes: Record<string, number> = {}) => {
    const file = new File(path('unsound.h5'), 'w');
    const group = file.create_group('model_fitted');
    for (const [key, { data: values, shape }] of datasets) {
      const copy = values.slice();
      if (key === name) change(copy);
      group.create_dataset({ name: key, data: copy, shape: [...shape] });
    }
    for (const [key, value] of Object.entries(attributes)) group.create_attribute(key, value);
    file.close();
    return MixtureModel.load(path('unsound.h5'), { model: 'dpgmm' });
  };
  await load('means', () => {});
  for (const name of datasets.keys()) {
    await expect(
      load(name, (values) => values.fill(Number.NaN)),
      name,
    ).rejects.toThrow(`'${name}' holds NaN`);
  }
  for (const name of ['alpha', 'beta', 'nu', 'counts', 'initial parameters']) {
    await expect(
      load(name, (values) => values.fill(-1)),
      name,
    ).rejects.toThrow(`'${name}' holds -1`);
  }
  await expect(load('initial parameters', (values) => values.fill(1, 2))).rejects.toThrow(
    'ν₀ is 1, expected more than 2',
  );
  await expect(load('inv prec prior', (values) => values.fill(1))).rejects.toThrow(
    "'inv prec prior' is not positive definite (column 2)",
  );
  await expect(load('cov', (values) => values.fill(1))).rejects.toThrow('the covariance of component 0');
  await expect(load('', () => {}, { iter: -5 })).rejects.toThrow('iter is -5');
  await expect(load('', () => {}, { reg_covar: -1 })).rejects.toThrow('reg_covar is -1');
  await expect(load('', () => {}, { format_version: 99 })).rejects.toThrow('is of format version 99, newer than');
});

test('a model file that is cut short anywhere, or changed, is refused in one line', async () => {
  const file = path('good.h5');
  await model.save(file);
  const bytes = readFileSync(file);
  const broken = path('broken.h5');
  for (const length of [0, 4, 8, 100, bytes.length >> 3, bytes.length >> 1, bytes.length - 1]) {
    writeFileSync(broken, bytes.subarray(0, length));
    const error = (await MixtureModel.load(broken).catch((thrown: unknown) => thrown)) as Error;
    expect([length, error.name, error.message.split('\n').length]).toEqual([length, 'DataError', 1]);
    expect(error.message).toContain('broken.h5');
  }
  const means = Buffer.from(model.state.parameters.means.buffer.slice(0, 8));
  const changed = Buffer.from(bytes);
  changed[changed.indexOf(means)]! ^= 1;
  writeFileSync(broken, changed);
  await expect(MixtureModel.load(broken)).rejects.toThrow('its numbers do not match their checksum');
});

test('foreign files are refused', async () => {
  writeFileSync(path('text.h5'), 'hello world, this is no HDF5 file');
  await expect(MixtureModel.load(path('text.h5'))).rejects.toThrow('text.h5 is not an HDF5 file');
  await expect(MixtureModel.load(path('none.h5'))).rejects.toThrow('none.h5 cannot be read: there is no such file');
  const file = new File(path('other.h5'), 'w');
  file.create_group('model_fitted').create_dataset({ name: 'means', data: Float64Array.of(1, 2), shape: [2] });
  file.close();
  await expect(MixtureModel.load(path('other.h5'), { model: 'gmm' })).rejects.toThrow(
    "'means' has 1 dimensions, expected 2",
  );
});

test('a model that holds no usable numbers is refused', async () => {
  const { mixture, parameters } = (await new GaussianMixture({ components: 2, iterations: 1 }).fit(data)).state;
  const covariances = parameters.covariances.slice();
  covariances[0] = -1;
  await model.save(path('bad.h5'));
  const file = new File(path('bad.h5'), 'w');
  const group = file.create_group('model_fitted');
  group.create_dataset({ name: 'means', data: parameters.means, shape: [2, 3] });
  group.create_dataset({ name: 'log_weights', data: parameters.logWeights, shape: [2] });
  group.create_dataset({ name: 'cov', data: new Float64Array(18), shape: [2, 3, 3] });
  file.close();
  await expect(MixtureModel.load(path('bad.h5'), { model: mixture.model, rows: 300 })).rejects.toThrow(
    'the covariance of component 0 has the variance 0, expected one > 0 (column 1)',
  );
});

test('a discount is kept', async () => {
  const fitted = await new PYPVariationalGaussianMixture({ components: 2, discount: 0.25, iterations: 1 }).fit(data);
  await fitted.save(path('pyp.h5'));
  expect((await MixtureModel.load(path('pyp.h5'))).state.mixture.weightPrior.discount).toBe(0.25);
});

test('writing fails whole: what was there stays, and nothing is left beside it', async () => {
  const file = path('kept.txt');
  writeFileSync(file, 'before');
  const before = readdirSync(dirname(file));
  await expect(
    writeAtomically(file, async (temporary) => {
      writeFileSync(temporary, 'half');
      throw new Error('power cut');
    }),
  ).rejects.toThrow('power cut');
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(dirname(file))).toEqual(before);
});

test('outputs that cannot be written are refused', async () => {
  await expect(model.save(path('no/such/place.h5'))).rejects.toThrow('place.h5 cannot be written: there is no such');
  await expect(model.save(path(''))).rejects.toThrow('it is not a regular file');
  await expect(model.save('/dev/null')).rejects.toThrow('/dev/null cannot be written: it is not a regular file');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  writeFileSync(path('foreign.h5'), 'somebody else’s');
  await expect(model.save(path('foreign.h5'))).rejects.toThrow('foreign.h5 is not an HDF5 file');
  expect(readFileSync(path('foreign.h5'), 'utf8')).toBe('somebody else’s');
});

test('a link stays a link to the file written', async () => {
  await model.save(path('target.h5'));
  symlinkSync(path('target.h5'), path('link.h5'));
  await model.save(path('link.h5'), { group: 'second' });
  expect((await MixtureModel.load(path('target.h5'), { group: 'second' })).state).toEqual(model.state);
  chmodSync(path('target.h5'), 0o644);
});
