import { readFileSync, writeFileSync } from 'node:fs';
import { File } from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { MegaMixError } from '../../../src/errors.ts';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import { exportModel } from '../../../src/inference/export.ts';
import { importModel } from '../../../src/inference/import.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import { writeNpz } from '../../../src/storage/models/npz-writer.ts';
import { toScikitLearn } from '../../../src/storage/models/scikit-learn.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { contentsOf, randomModel } from '../../helpers/models.ts';
import { gap } from '../../helpers/parameters.ts';
import { rows } from '../../helpers/table.ts';
import { fc, runs } from '../../setup/properties.ts';

const directory = temporaryDirectory();
const seeds = fc.integer({ min: 1, max: 2 ** 30 });
const gmm = GaussianMixture.from({
  weights: [0.25, 0.75],
  means: [
    [1, 2],
    [3, 4],
  ],
  covariances: [1, 2],
  covariance: 'spherical',
});

/** All but what arrays by the names of scikit-learn have no place for. */
const withoutCriterion = (model: MixtureModel) => ({
  ...model.state,
  iterations: 0,
  criterion: [],
  heldOutCriterion: null,
});

describe.each(rows)('$label', (row) => {
  test('goes through every format', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const model = await randomModel(row, seed);
        for (const format of ['json', 'bytes'] as const) {
          const path = directory(`model.${format}`);
          await exportModel(model, path, { format });
          expect(contentsOf(await importModel(path)), format).toBe(contentsOf(model));
          expect(contentsOf(await importModel(readFileSync(path), { format })), format).toBe(contentsOf(model));
        }
        const path = directory('model.npz');
        await exportModel(model, path);
        const read = await importModel(path);
        expect(read.kind).toBe(model.kind);
        expect(read.covarianceType).toBe(model.covarianceType);
        expect(gap(read, model)).toBeLessThan(1e-12);
        const { mixture } = withoutCriterion(model);
        expect(read.state.mixture).toEqual({ ...mixture, regCovar: read.state.mixture.regCovar });
        await model.save(directory('model.h5'));
        expect(contentsOf(await importModel(directory('model.h5')))).toBe(contentsOf(model));
      }),
      runs(2),
    ));
});

test('a K-means of directions stays one, in every format', async () => {
  const centres = [
    [3, 4],
    [0, -2],
  ];
  const model = KMeans.from(centres, [2, 1], 'cosine');
  expect(model.means.to2DArray()).toEqual([
    [0.6, 0.8],
    [0, -1],
  ]);
  for (const file of ['cosine.json', 'cosine.npz', 'cosine.h5']) {
    const path = directory(file);
    await (file.endsWith('.h5') ? model.save(path) : exportModel(model, path));
    const read = await importModel(path);
    expect([read.distance, read.means.to2DArray()]).toEqual(['cosine', model.means.to2DArray()]);
  }
  expect(MixtureModel.fromBytes(model.toBytes()).distance).toBe('cosine');
  expect(() => KMeans.from([[0, 0]], undefined, 'cosine')).toThrow('means of component 0: received zeros alone');
});

test('the parameters alone, precisions or their Cholesky factors will do', async () => {
  for (const covariance of ['full', 'diagonal', 'spherical', 'tied'] as const) {
    const model = await randomModel({ label: '', model: 'gmm', covariance }, 4);
    const { arrays, texts } = toScikitLearn(model.state);
    const left = new Map([...arrays].filter(([name]) => ['weights_', 'means_', 'precisions_cholesky_'].includes(name)));
    const read = await importModel(writeNpz({ arrays: left, texts }));
    expect(
      gap(
        read,
        await importModel(writeNpz({ arrays: new Map([...arrays].filter(([name]) => name !== 'counts')), texts })),
      ),
    ).toBeLessThan(1e-9);
    expect(read.covarianceType).toBe(covariance);
  }
});

test('a model of weights and rows becomes Bayesian where that is asked for', async () => {
  const path = directory('plain.npz');
  const { arrays, texts } = toScikitLearn(gmm.state);
  arrays as Map<string, unknown>;
  writeFileSync(path, writeNpz({ arrays: new Map([...arrays].filter(([name]) => name !== 'counts')), texts }));
  expect((await importModel(path)).kind).toBe('gmm');
  const model = await importModel(path, { model: 'dpgmm', rows: 400 });
  expect(model.kind).toBe('dpgmm');
  expect([...model.counts]).toEqual([100, 300]);
  await expect(importModel(path, { model: 'dpgmm' })).rejects.toThrow(
    'plain.npz: the posterior of a dpgmm depends on how many rows',
  );
});

test('HDF5 by the names of scikit-learn is read from the root of the file or a group', async () => {
  const path = directory('sklearn.h5');
  const file = new File(path, 'w');
  for (const place of [file, file.create_group('mine')]) {
    for (const [name, { data, shape }] of toScikitLearn(gmm.state).arrays)
      place.create_dataset({ name, data, shape: [...shape] });
  }
  file.close();
  for (const group of [undefined, 'mine']) expect((await importModel(path, { group })).means).toEqual(gmm.means);
  await expect(importModel(path, { group: 'yours' })).rejects.toThrow('has no group yours');
});

test('arrays by the names of the Python package are read from npz', async () => {
  const numbers = (data: number[], ...shape: number[]) => ({ data: Float64Array.from(data), shape });
  const arrays = new Map([
    ['means', numbers([1, 2, 3, 4], 2, 2)],
    ['log_weights', numbers([Math.log(0.25), Math.log(0.75)], 2)],
    ['cov', numbers([1, 2], 2)],
  ]);
  const read = await importModel(writeNpz({ arrays, texts: new Map() }), { model: 'gmm', rows: 8 });
  expect(read.means).toEqual(gmm.means);
  expect([...read.counts]).toEqual([2, 6]);
  await expect(importModel(writeNpz({ arrays, texts: new Map() }))).rejects.toThrow(
    'the model does not say which model it is',
  );
});

test('a mixture of HTK is read', async () => {
  const text = `~o <VecSize> 2 <MFCC><DiagC>
~h "ubm"
<BeginHMM>
<NumStates> 3
<State> 2 <NumMixes> 2
<Mixture> 1 2.500000e-01
<Mean> 2
 1.0 2.0
<Variance> 2
 1.0 1.0
<GConst> 3.7
<Mixture> 2 7.500000e-01
<Mean> 2
 3.0 4.0
<Variance> 2
 2.0 2.0
<TransP> 3
 0 1 0
 0 0.5 0.5
 0 0 0
<EndHMM>
`;
  const read = (changed: string) => importModel(new TextEncoder().encode(changed));
  const model = await read(text);
  expect(model.means).toEqual(gmm.means);
  expect(model.covariances).toEqual(gmm.covariances);
  expect([...model.weights]).toEqual([0.25, 0.75]);
  await expect(read(text.replace('<State> 2 ', ''))).rejects.toThrow('has 0 emitting states, expected one');
  await expect(read(text.replace(' 3.0 4.0', ' 3.0 x'))).rejects.toThrow(
    'line 14, after <Mean>: received "x", expected a number',
  );
  await expect(read(text.replace('<Mean> 2\n 3.0', '<Mean> 9999999\n 3.0'))).rejects.toThrow(
    'after <Variance>: received "<Variance>", expected a number',
  );
  await expect(read(text.slice(0, text.indexOf('4.0')))).rejects.toThrow('the file ends: it was cut short');
  await expect(read(text.replace('<Variance>', '<InvCovar>'))).rejects.toThrow('only diagonal covariances');
  await expect(read(text.replace('<Mean> 2\n 3.0 4.0', '~u "m"'))).rejects.toThrow(
    'macros that are shared by models cannot be read',
  );
  await expect(read(text.replace('<Mean> 2\n 3.0 4.0\n', ''))).rejects.toThrow(
    'component 1 has no <Mean> or no <Variance>',
  );
});

test('an archive of which a byte was changed is refused, or is the same', async () => {
  const bytes = writeNpz(toScikitLearn(gmm.state));
  const whole = contentsOf(await importModel(bytes));
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0xff;
    const outcome = await importModel(damaged).then(contentsOf, (error: unknown) => error);
    if (outcome === whole) continue;
    refused++;
    // an array whose name is another is not there: what is left may be a model
    if (typeof outcome !== 'string')
      expect(outcome, `byte ${at}: ${(outcome as Error).stack}`).toBeInstanceOf(MegaMixError);
  }
  expect(refused).toBeGreaterThan(bytes.length / 3);
});

test('what cannot be imported or exported says why', async () => {
  const missing = directory('missing.dubm');
  await expect(importModel(missing)).rejects.toMatchObject({ name: 'FileError', code: 'file-not-found' });
  await expect(importModel(directory('.'))).rejects.toMatchObject({ name: 'FileError', code: 'not-a-file' });
  await expect(importModel(7 as unknown as string)).rejects.toThrow(
    'from: received 7, expected the path of a file, or a Uint8Array',
  );
  await gmm.save(directory('gmm.h5'));
  await expect(importModel(readFileSync(directory('gmm.h5')))).rejects.toMatchObject({ code: 'needs-file' });
  await expect(importModel(gmm.toBytes(), { model: 'kmeans' })).rejects.toMatchObject({ code: 'mismatch' });
  await expect(importModel(gmm.toBytes(), { format: 'json' })).rejects.toMatchObject({ code: 'damaged' });
  await expect(importModel(missing, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  const kmeans = KMeans.from([[1, 2]]);
  await expect(exportModel(kmeans, directory('k.dubm'))).rejects.toThrow(
    "a kmeans has no densities, which Kaldi's format holds",
  );
  await expect(exportModel(gmm, directory('gmm.xyz'))).rejects.toThrow(
    'expected a name that ends with .dubm, .ubm, .gmm, .npz, .json, .megamix',
  );
  await expect(exportModel(gmm, directory('gmm.npz'), { text: true })).rejects.toMatchObject({
    code: 'setting-conflict',
  });
});

test('a Bayesian model for Kaldi is a warning', async () => {
  const model = await randomModel(rows.find(({ model: name }) => name === 'dpgmm')!, 5);
  const warnings: string[] = [];
  await exportModel(model, directory('dp.ubm'), { onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual([expect.stringContaining('Kaldi has no dpgmm: the Gaussian mixture of its expected')]);
  expect((await importModel(directory('dp.ubm'))).kind).toBe('gmm');
});
