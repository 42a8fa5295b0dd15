import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Group } from 'h5wasm/node';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { datasetsOf, lookUp, withHdf5 } from '../../src/files/hdf5.ts';
import { writeGroups } from '../../src/files/hdf5-writer.ts';
import { type FitOptions, MixtureModel, openData } from '../../src/index.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const folder = join(import.meta.dirname, '..', '..', 'data', 'wav');
const [one, two] = [join(folder, 'en', 'vm-review.wav'), join(folder, 'es', 'vm-review.wav')];
const frontEnd = { normalisation: 'mean', melBins: 20, coefficients: 8, deltas: 1 } as const;
const estimator = new GaussianMixture({ components: 2, covariance: 'diagonal', iterations: 2 });
const options: FitOptions = { frontEnd, threads: 1 };
const model = await estimator.fit([one, two], options);

const wide = path('16k.wav');
writeFileSync(wide, wavBytes(tones(16000), { sampleRate: 16000 }));

test('files are recordings of their own', async () => {
  const apart = await Promise.all([one, two].map((file) => readRows(file, { frontEnd })));
  expect(await readRows([one, two], { frontEnd })).toEqual(apart.flat());
  const [rows] = apart;
  for (let j = 0; j < 16; j++) {
    const mean = rows!.reduce((sum, row) => sum + row[j]! / rows!.length, 0);
    expect(Math.abs(mean)).toBeLessThan(1e-5);
  }
});

test('a pipe gives the same bits as a file, and can be fitted to in many passes', async () => {
  const bytes = readFileSync(one);
  const piped = () => Readable.from([bytes.subarray(0, 30), bytes.subarray(30, 5001), bytes.subarray(5001)]);
  for (const normalisation of ['none', 'mean', 'mean-variance'] as const) {
    const settings = { ...frontEnd, normalisation };
    expect(await readRows(piped(), { format: 'wav', frontEnd: settings })).toEqual(
      await readRows(one, { frontEnd: settings }),
    );
  }
  const fitted = await estimator.fit(piped(), { ...options, format: 'wav' });
  expect(fitted.means).toEqual((await estimator.fit(one, options)).means);
});

test('an abort ends the reading that only looks at sound', async () => {
  const controller = new AbortController();
  const source = await openData(one, { frontEnd, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(collect(source)).rejects.toThrow('enough');
  await source.close();
});

test('how many rows there are is known from the header, and true', async () => {
  const source = await openData([one, two], { frontEnd });
  const claimed = source.rows;
  expect(claimed).toBe((await readRows([one, two], { frontEnd })).length);
  await source.close();
});

test('a model remembers its front end, saved, loaded and simplified', async () => {
  expect(model.frontEnd).toMatchObject({ ...frontEnd, sampleRate: 8000, windowType: 'povey' });
  await model.save(path('model.h5'));
  const loaded = await MixtureModel.load(path('model.h5'));
  expect(loaded.frontEnd).toEqual(model.frontEnd);
  expect((await loaded.simplify(one, { threads: 1 })).frontEnd).toEqual(model.frontEnd);
});

test('a model makes rows of sound as those of its training data were made', async () => {
  const rows = await readRows(one, { frontEnd });
  expect(await model.score(one, { threads: 1 })).toEqual(await model.score(rows, { threads: 1 }));
  expect(flatten(await collect(model.labels(one, { threads: 1 })))).toEqual(
    flatten(await collect(model.labels(rows, { threads: 1 }))),
  );
  await expect(model.score(one, { frontEnd, threads: 1 })).resolves.toMatchObject({ rows: rows.length });
  await expect(model.score(one, { frontEnd: { melBins: 30 } })).rejects.toThrow(
    'melBins: received 30, but the model has 20: leave it out',
  );
});

test('sound of another rate is refused, wherever it comes in', async () => {
  const name = basename(wide);
  const refusal = `${name} has a sample rate of 16000 Hz, but 8000 Hz are those of`;
  await expect(model.score(wide)).rejects.toThrow(`${refusal} the model: resample it first, as with: sox`);
  await expect(estimator.fit([one, wide], options)).rejects.toThrow(`${refusal} ${one}`);
  await expect(estimator.fit(one, { ...options, heldOut: wide })).rejects.toThrow(`${refusal} ${one}`);
  const onFrom = new GaussianMixture({ init: model, iterations: 1 });
  await expect(onFrom.fit(wide)).rejects.toThrow(`${refusal} the model`);
  await expect(readRows(wide, { frontEnd: { sampleRate: 8000 } })).rejects.toThrow('8000 Hz are asked for');
  const opened = await openData(wide, { frontEnd });
  await expect(model.score(opened)).rejects.toThrow(`${refusal} the model`);
  await opened.close();
});

test('rows that were opened with other settings are refused', async () => {
  const opened = await openData(one, { frontEnd: { ...frontEnd, melBins: 21 } });
  await expect(model.score(opened)).rejects.toThrow('was made with melBins 21, but the model with 20');
  await expect(new GaussianMixture({ init: model }).fit(opened)).rejects.toThrow('melBins 21');
  await opened.close();
});

test('a model that was fitted to numbers takes sound only if it is said how', async () => {
  const rows = await readRows(one, { frontEnd });
  const ofNumbers = await estimator.fit(rows, { threads: 1 });
  expect(ofNumbers.frontEnd).toBeUndefined();
  await expect(ofNumbers.score(one)).rejects.toThrow('is sound, but the model does not say what front end');
  await expect(ofNumbers.score(one, { frontEnd, threads: 1 })).resolves.toMatchObject({ rows: rows.length });
  await expect(estimator.fit(rows, { heldOut: one })).rejects.toThrow('is sound, but the training data does not say');
});

test('fitting on keeps the front end, on sound and on numbers', async () => {
  const onFrom = new GaussianMixture({ init: model, iterations: 1 });
  const [onSound, onNumbers] = [
    await onFrom.fit(one, { threads: 1 }),
    await onFrom.fit(await readRows(one, { frontEnd })),
  ];
  expect(onSound.frontEnd).toEqual(model.frontEnd);
  expect(onNumbers.frontEnd).toEqual(model.frontEnd);
  expect(onSound.means).toEqual(onNumbers.means);
});

test('a front end in a file that cannot be is refused', async () => {
  const file = path('broken.h5');
  await model.save(file);
  for (const [text, message] of [
    ['{', 'its front end cannot be used'],
    ['null', 'its front end cannot be used'],
    ['{"melBins":20}', 'says that its sample rate is NaN Hz'],
    ['{"sampleRate":8000,"melBins":-1}', 'melBins: received -1'],
    ['{"sampleRate":8000,"pitch":true}', 'has no setting pitch'],
    ['{"sampleRate":8000}', 'it gives 39 numbers, but the model has 16 dimensions'],
  ] as const) {
    const { datasets, attributes: sealed } = await stored(file);
    const { seal: _, ...attributes } = sealed;
    await writeGroups(file, [{ name: 'model_fitted', datasets, attributes: { ...attributes, front_end: text } }]);
    await expect(MixtureModel.load(file)).rejects.toThrow(message);
  }
});

async function stored(file: string): Promise<{ datasets: never; attributes: Record<string, never> }> {
  return withHdf5(file, file, (opened) => {
    const group = lookUp(opened, 'model_fitted') as Group;
    const attributes = Object.fromEntries(Object.entries(group.attrs).map(([key, { value }]) => [key, value]));
    return { datasets: datasetsOf(group) as never, attributes: attributes as Record<string, never> };
  });
}
