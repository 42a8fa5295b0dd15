import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { megamix } from './run.ts';

const path = temporaryDirectory();
const CENTRES = [
  [4, 0, 0],
  [0, 5, 1],
];
const data = { data: blobs(200, CENTRES, 3), dimensions: 3 };
const gmm = path('gmm.h5');
const kmeans = path('kmeans.h5');
const holes = path('holes.csv');
const silent = { code: 0, stdout: '', stderr: '' };

await (await new GaussianMixture({ components: 2, iterations: 4 }).fit(data)).save(gmm);
await (await new KMeans({ components: 2, distance: 'cosine', iterations: 4 }).fit(data)).save(kmeans);
writeFileSync(holes, '1,,2\n3,4,5\n,,1.5\n');

const numbersOf = (text: string): number[][] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').map(Number));

test('impute writes the rows whole, as the library does', async () => {
  const model = await MixtureModel.load(gmm);
  const expected = flatten((await collect(model.impute(holes))).map(({ data: numbers }) => numbers));
  const { code, stdout, stderr } = await megamix(['impute', gmm, holes, '-o', '-']);
  expect([code, stderr]).toEqual([0, '']);
  expect(numbersOf(stdout).flat()).toEqual(expected);
  expect(numbersOf(stdout)[1]).toEqual([3, 4, 5]);
  expect(await megamix(['impute', gmm, holes, '-o', path('whole.csv'), '--names'])).toEqual(silent);
  expect(readFileSync(path('whole.csv'), 'utf8')).toMatch(/^name,(\w+,?)+\nholes,1,/);
});

test('impute: what cannot be imputed is refused, and nothing is written', async () => {
  const { code, stderr } = await megamix(['impute', kmeans, holes, '-o', path('never.csv')]);
  expect([code, stderr]).toEqual([2, 'megamix: a kmeans has no density to impute by: fit a gmm\n']);
  const format = await megamix(['impute', gmm, holes, '-o', path('never.xlsx')]);
  expect([format.code, format.stderr]).toEqual([2, expect.stringContaining('never.xlsx')]);
});

test('predict gives distances from all components; fewer of them are no responsibilities', async () => {
  writeFileSync(path('rows.csv'), '1,2,3\n4,0.5,0\n');
  for (const file of [gmm, kmeans]) {
    const model = await MixtureModel.load(file);
    const expected = flatten((await collect(model.distances(path('rows.csv')))).map(({ data: numbers }) => numbers));
    const { code, stdout } = await megamix(['predict', file, path('rows.csv'), '--as', 'distances', '-o', '-']);
    expect([code, numbersOf(stdout).flat()]).toEqual([0, [...expected]]);
  }
  const { code, stderr } = await megamix([
    'predict',
    gmm,
    path('rows.csv'),
    '--as',
    'distances',
    '--top',
    '1',
    '-o',
    '-',
  ]);
  expect([code, stderr]).toEqual([2, 'megamix: --top: distances are no responsibilities: ask for resp or log-resp\n']);
});

test('a K-means of directions is fitted, shown and refused like any other', async () => {
  writeFileSync(path('flat.csv'), Array.from(data.data, (x, i) => `${x}${i % 3 === 2 ? '\n' : ','}`).join(''));
  const fit = ['fit', path('flat.csv'), '--components', '2', '--quiet', '-o', path('own.h5')];
  const settings = ['--model', 'kmeans', '--distance', 'cosine', '--iterations', '4'];
  expect(await megamix([...fit, ...settings])).toEqual(silent);
  const model = await MixtureModel.load(path('own.h5'));
  expect(model.distance).toBe('cosine');
  for (const mean of model.means.to2DArray()) expect(Math.hypot(...mean)).toBeCloseTo(1, 12);
  expect((await megamix(['info', path('own.h5')])).stdout).toMatch(/distance +cosine/);
  expect(JSON.parse((await megamix(['info', path('own.h5'), '--json'])).stdout)).toMatchObject({ distance: 'cosine' });
  const { code, stderr } = await megamix([...fit, '--model', 'gmm', '--distance', 'cosine']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--distance')]);
});
