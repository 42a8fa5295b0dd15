import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { openData, type Source } from '../../src/sources/source.ts';
import type { FrontEndSettings } from '../../src/speech/front-end.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { normals } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { fc } from '../setup/properties.ts';

const path = temporaryDirectory();
type Rows = number[][];

const normal = normals(16);
/** Rows of numbers that floats hold exactly, the first of them like a log energy. */
const made = (rows: number, columns = 3): Rows =>
  Array.from({ length: rows }, (_, n) =>
    Array.from(
      { length: columns },
      (_, j) => Math.round(1024 * (normal() * (j + 1) + (j === 0 ? 8 + 3 * Math.sin(n / 5) : j))) / 1024,
    ),
  );
const utterances: Readonly<Record<string, Rows>> = { a: made(31), b: made(1), c: made(4), d: made(60) };

/** A matrix or a vector as Kaldi's text archives have them. */
const textOf = (key: string, rows: Rows | number[]): string =>
  `${key}  [ ${rows.map((row) => (Array.isArray(row) ? row.join(' ') : row)).join(Array.isArray(rows[0]) ? '\n  ' : ' ')} ]\n`;

/** Writes such an archive. */
function archive(name: string, all: Readonly<Record<string, Rows | number[]>>): string {
  writeFileSync(
    path(name),
    Object.entries(all)
      .map(([key, rows]) => textOf(key, rows))
      .join(''),
  );
  return path(name);
}
const features = archive('feats.ark', utterances);

// Kaldi's programs in a few lines each, written of its sources, not of ours.

const clamped = (rows: Rows, n: number): number[] => rows[Math.min(Math.max(n, 0), rows.length - 1)]!;

/** add-deltas */
function addDeltas(rows: Rows, orders: number, window = 2): Rows {
  const slope = Array.from({ length: 2 * window + 1 }, (_, i) => i - window);
  const scale = slope.reduce((sum, j) => sum + j * j, 0);
  const convolved = (filter: number[]): number[] =>
    Array.from({ length: filter.length + 2 * window }, (_, i) =>
      slope.reduce((sum, j, at) => sum + (j / scale) * (filter[i - at] ?? 0), 0),
    );
  const filters = [[1]];
  for (let order = 0; order < orders; order++) filters.push(convolved(filters.at(-1)!));
  return rows.map((row, n) =>
    filters.flatMap((filter) =>
      row.map((_, j) =>
        filter.reduce((sum, factor, i) => sum + factor * clamped(rows, n + i - (filter.length - 1) / 2)[j]!, 0),
      ),
    ),
  );
}

/** compute-cmvn-stats and apply-cmvn, of one or several utterances */
function applyCmvn(all: readonly Rows[], normsVariance: boolean): Rows[] {
  const rows = all.flat();
  const moments = rows[0]!.map((_, j) => {
    const mean = rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length;
    const variance = rows.reduce((sum, row) => sum + row[j]! ** 2, 0) / rows.length - mean ** 2;
    return [mean, normsVariance ? Math.sqrt(Math.max(variance, 1e-10)) : 1] as const;
  });
  return all.map((own) => own.map((row) => row.map((value, j) => (value - moments[j]![0]) / moments[j]![1])));
}

/** splice-feats */
const spliced = (rows: Rows, before: number, after: number): Rows =>
  rows.map((_, n) => Array.from({ length: before + 1 + after }, (_, i) => clamped(rows, n - before + i)).flat());

/** compute-vad */
function computeVad(rows: Rows, { threshold = 5, scale = 0.5, context = 0, proportion = 0.6 } = {}): boolean[] {
  const limit = threshold + (scale * rows.reduce((sum, row) => sum + row[0]!, 0)) / rows.length;
  return rows.map((_, n) => {
    let [above, all] = [0, 0];
    for (let m = Math.max(0, n - context); m <= Math.min(rows.length - 1, n + context); m++, all++)
      if (rows[m]![0]! > limit) above++;
    return above >= all * proportion;
  });
}

/** The rows of each utterance, by their names in order. */
async function read(data: RowData, options: SourceOptions = {}): Promise<Record<string, Rows>> {
  const source = await openData(data, options);
  const found: Record<string, Rows> = {};
  for await (const { part, data: values, dimensions } of source.arriving()) {
    found[part.name] ??= [];
    for (let at = 0; at < values.length; at += dimensions)
      found[part.name]!.push([...values.subarray(at, at + dimensions)]);
  }
  await source.close();
  return found;
}

function expectNear(actual: Rows, expected: Rows): void {
  expect([actual.length, actual[0]?.length]).toEqual([expected.length, expected[0]?.length]);
  for (const [n, row] of expected.entries())
    for (const [j, value] of row.entries()) expect(Math.abs(actual[n]![j]! - value)).toBeLessThan(2e-5);
}

const isVoiced = (rows: Rows, voiced: readonly boolean[]): Rows => rows.filter((_, n) => voiced[n]);

test.each<[string, FrontEndSettings, (rows: Rows) => Rows]>([
  ['first differences', { deltas: 1 }, (rows) => addDeltas(rows, 1)],
  ['second differences', { deltas: 2, deltaWindow: 3 }, (rows) => addDeltas(rows, 2, 3)],
  ['means', { normalisation: 'mean' }, (rows) => applyCmvn([rows], false)[0]!],
  ['variances', { normalisation: 'mean-variance' }, (rows) => applyCmvn([rows], true)[0]!],
  ['context', { splice: [2, 3] }, (rows) => spliced(rows, 2, 3)],
  ['context before', { splice: [70, 0] }, (rows) => spliced(rows, 70, 0)],
  ['voice', { vad: 'energy' }, (rows) => isVoiced(rows, computeVad(rows))],
  [
    'voice by neighbours',
    { vad: 'energy', vadThreshold: 1, vadMeanScale: 0.9, vadContext: 4, vadProportion: 0.3 },
    (rows) => isVoiced(rows, computeVad(rows, { threshold: 1, scale: 0.9, context: 4, proportion: 0.3 })),
  ],
  [
    'all of it',
    { deltas: 2, normalisation: 'mean-variance', splice: [1, 1], vad: 'energy', vadThreshold: 3 },
    (rows) => isVoiced(spliced(applyCmvn([addDeltas(rows, 2)], true)[0]!, 1, 1), computeVad(rows, { threshold: 3 })),
  ],
])('%s of features, of each utterance, are those of Kaldi', async (_, frontEnd, reference) => {
  const found = await read(features, { frontEnd });
  const expected = Object.entries(utterances)
    .map(([key, rows]) => [key, reference(rows)] as const)
    .filter(([, rows]) => rows.length > 0);
  expect(Object.keys(found)).toEqual(expected.map(([key]) => key));
  for (const [key, rows] of expected) expectNear(found[key]!, rows);
});

test('running normalisation is that of sound: a row and those before it', async () => {
  const frontEnd = {
    normalisation: 'mean',
    normalisationOver: 'running',
    normalisationWindow: 4,
    normalisationMinimum: 1,
  } as const;
  const { d } = await read(features, { frontEnd });
  const rows = utterances.d!;
  expectNear(
    d!,
    rows.map((row, n) =>
      row.map((value, j) => value - mean(rows.slice(Math.max(0, n - 4), n + 1).map((each) => each[j]!))),
    ),
  );
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('a file without utterances is one; doubles stay doubles', async () => {
  const rows = utterances.d!;
  writeFileSync(path('one.csv'), rows.map((row) => `${row.join(',')}\n`).join(''));
  const shaped = await readRows(path('one.csv'), { frontEnd: { deltas: 1, normalisation: 'mean' }, header: false });
  const expected = applyCmvn([addDeltas(rows, 1)], false)[0]!;
  for (const [n, row] of expected.entries())
    for (const [j, value] of row.entries()) expect(Math.abs(shaped[n]![j]! - value)).toBeLessThan(1e-12);
});

test('rows are the same however they arrive, and in every pass', async () => {
  const frontEnd = {
    deltas: 1,
    normalisation: 'mean-variance',
    splice: [1, 2],
    vad: 'energy',
    vadThreshold: 3,
  } as const;
  const wanted = await readRows(features, { frontEnd });
  const text = readFileSync(features);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (length) => {
      const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
        text.subarray(i * length, (i + 1) * length),
      );
      const source = await openData(Readable.from(pieces), { format: 'ark', frontEnd });
      for (let pass = 0; pass < 2; pass++) expect(await rowsOf(source)).toEqual(wanted);
      await source.close();
    }),
    { numRuns: 10 },
  );
});

async function rowsOf(source: Source): Promise<Rows> {
  const rows: Rows = [];
  for await (const { data, dimensions } of source.arriving())
    for (let at = 0; at < data.length; at += dimensions) rows.push([...data.subarray(at, at + dimensions)]);
  return rows;
}

test('a reading goes on from any place', async () => {
  for (const frontEnd of [
    { deltas: 1, splice: [2, 2] },
    { normalisation: 'mean', vad: 'energy', vadThreshold: 3 },
  ] as const) {
    const source = await openData([features, features], { frontEnd, chunkBytes: 500 });
    const all = await rowsOf(source);
    for await (const { place } of source.placed()) {
      if (!place) continue;
      const rest: Rows = [];
      for await (const { chunk } of source.placed(place))
        for (let at = 0; at < chunk.data.length; at += chunk.dimensions)
          rest.push([...chunk.data.subarray(at, at + chunk.dimensions)]);
      expect(rest).toEqual(all.slice(place.rows));
    }
    await source.close();
  }
});

test('files that are shaped are called as those that are not: by their stems', async () => {
  const file = path('named.csv');
  writeFileSync(file, '1,2\n3,4\n5,6\n');
  for (const frontEnd of [undefined, { deltas: 1 }, { normalisation: 'mean' }] as const) {
    const source = await openData(file, { frontEnd });
    const names: string[] = [];
    for await (const { part } of source) names.push(part.name);
    await source.close();
    expect(names).toEqual(['named']);
  }
});

test('groups are normalised together, over all files', async () => {
  const [first, second] = [
    archive('one.ark', { a: utterances.a!, c: utterances.c! }),
    archive('two.ark', { d: utterances.d! }),
  ];
  writeFileSync(path('utt2spk'), 'a x\nd x\nc y\n');
  writeFileSync(path('spk2utt'), 'x a d\ny c\n');
  const frontEnd = { deltas: 1, normalisation: 'mean-variance', normalisationOver: 'group' } as const;
  const { a, c, d } = Object.fromEntries(Object.entries(utterances).map(([key, rows]) => [key, addDeltas(rows, 1)]));
  const [expectedA, expectedD] = applyCmvn([a!, d!], true);
  for (const groups of [path('utt2spk'), path('spk2utt')]) {
    const found = await read([first, second], { frontEnd, groups });
    expectNear(found.a!, expectedA!);
    expectNear(found.d!, expectedD!);
    expectNear(found.c!, applyCmvn([c!], true)[0]!);
  }
  writeFileSync(path('some'), 'a x\nd x\n');
  const failure = (options: SourceOptions, data: RowData = [first, second]): Promise<string> =>
    read(data, { frontEnd, ...options }).then(() => 'nothing was wrong', String);
  expect(await failure({ groups: path('some') })).toContain('some has no group of c');
  expect(await failure({ groups: path('none') })).toContain('none cannot be read: there is no such file');
  expect(await failure({})).toContain('groups: received nothing, expected a file of utterances and their groups');
  writeFileSync(path('bad'), 'a\n');
  expect(await failure({ groups: path('bad') })).toContain('line 1: received "a", expected an utterance and its group');
  const piped = Readable.from([Buffer.from('a [ 1 2\n3 4 ]\n')]);
  expect(await failure({ groups: path('utt2spk'), format: 'ark' }, piped)).toContain(
    'means of groups need two readings',
  );
});

test('decisions from a file, in any order', async () => {
  const keep = (key: string): number[] => utterances[key]!.map((_, n) => Number(n % 3 !== 1));
  const expected = Object.fromEntries(
    Object.entries(utterances).map(([key, rows]) => [key, rows.filter((_, n) => n % 3 !== 1)]),
  );
  for (const order of ['abcd', 'dcba', 'bdac']) {
    const voiced = archive('vad.ark', Object.fromEntries([...order].map((key) => [key, keep(key)])));
    expect(await read(features, { voiced })).toEqual(expected);
    const shaped = await read(features, { voiced, frontEnd: { normalisation: 'mean' } });
    for (const [key, rows] of Object.entries(utterances))
      expectNear(
        shaped[key]!,
        applyCmvn([rows], false)[0]!.filter((_, n) => n % 3 !== 1),
      );
  }
  const failure = (voiced: string, options: SourceOptions = {}): Promise<string> =>
    read(features, { voiced, ...options }).then(() => 'nothing was wrong', String);
  expect(await failure(archive('vad.ark', { a: keep('a') }))).toContain('vad.ark has no decisions for utterance b');
  expect(await failure(archive('vad.ark', { a: [1, 0, 1] }))).toContain(
    'utterance a: 3 decisions which rows have voice, but 31 rows',
  );
  expect(
    await failure(
      archive('vad.ark', {
        a: [
          [1, 0],
          [0, 1],
        ],
      }),
    ),
  ).toContain('has 2 columns: decisions are one number a row');
  expect(await failure(path('vad.csv'))).toContain('vad.csv: expected decisions in an archive (.ark) or a list (.scp)');
  const weights = Array.from({ length: 96 }, () => 1);
  expect(await failure(archive('vad.ark', { a: keep('a') }), { weights })).toContain('weights: rows are left out');
});

test.each<[FrontEndSettings, string]>([
  [{ melBins: 20 }, 'melBins: '],
  [{ features: 'fbank' }, 'holds rows, not sound: of a front end they have deltas'],
  [{ splice: [1] as never }, 'splice: received [ 1 ], expected two whole numbers from 0 to 100'],
  [{ vadThreshold: 2 }, 'vadThreshold: says something only if vad is energy'],
  [{ deltaWindow: 3 }, 'deltaWindow: says something only if deltas is 1 or 2'],
])('%j is refused for features', async (frontEnd, message) => {
  await expect(readRows(features, { frontEnd })).rejects.toThrow(message);
});

test('a model remembers how its rows were made of features', async () => {
  const frontEnd = { deltas: 1, normalisation: 'mean', splice: [1, 1] } as const;
  const estimator = new GaussianMixture({ components: 2, covariance: 'diagonal', iterations: 2 });
  const model = await estimator.fit(features, { frontEnd, threads: 1 });
  expect(model.dimensions).toBe(18);
  expect(model.frontEnd).toMatchObject({ ...frontEnd, features: 'rows', columns: 3 });
  await model.save(path('model.h5'));
  const loaded = await MixtureModel.load(path('model.h5'));
  expect(loaded.frontEnd).toEqual(model.frontEnd);
  const shaped = await readRows(features, { frontEnd });
  const options = { threads: 1 } as const;
  const [ofFeatures, ofRows] = [await loaded.score(features, options), await loaded.score(shaped, options)];
  expect(ofFeatures.rows).toBe(ofRows.rows);
  expect(ofFeatures.criterion).toBeCloseTo(ofRows.criterion, 8);
  expect(await loaded.score(features, { ...options, frontEnd })).toEqual(ofFeatures);
  await expect(loaded.score(features, { frontEnd: { deltas: 2 } })).rejects.toThrow(
    'deltas: received 2, but the model has 1: leave it out',
  );
  writeFileSync(path('sound.wav'), wavBytes(tones(4000)));
  await expect(loaded.score(path('sound.wav'))).rejects.toThrow(
    'is sound, but the rows of the model were made of features',
  );
});

test('frames of sound are shaped alike', async () => {
  for (const name of ['x', 'y'])
    writeFileSync(
      path(`${name}.wav`),
      wavBytes(tones(name === 'x' ? 16_000 : 24_000).map((value) => value >> (name === 'x' ? 0 : 1))),
    );
  const wav = path('x.wav');
  const statics = await readRows(wav, { frontEnd: { deltas: 0 } });
  const voiced = computeVad(statics, { threshold: 0, scale: 1 });
  expect([voiced.includes(true), voiced.includes(false)]).toEqual([true, true]);
  const frontEnd = { normalisation: 'mean', splice: [1, 0], vad: 'energy', vadThreshold: 0, vadMeanScale: 1 } as const;
  expectNear(
    await readRows(wav, { frontEnd }),
    isVoiced(spliced(await readRows(wav, { frontEnd: { normalisation: 'mean' } }), 1, 0), voiced),
  );
  writeFileSync(path('utt2spk'), 'x s\ny s\n');
  const files = [wav, path('y.wav')];
  const grouped = await readRows(files, {
    frontEnd: { normalisation: 'mean', normalisationOver: 'group' },
    groups: path('utt2spk'),
  });
  const plain = await Promise.all(files.map((file) => readRows(file)));
  expectNear(grouped, applyCmvn(plain, false).flat());
});
