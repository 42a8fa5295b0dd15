import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { expectSame } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';
import { finish, megamix, start } from './run.ts';

const path = temporaryDirectory();
const ROWS = 8000; // more than one chunk
const values = blobs(
  ROWS,
  [
    [0, 0, 1, 2, 3, 4, 5, 6, 7, 8],
    [9, 9, 1, 2, 3, 4, 5, 6, 7, 8],
  ],
  3,
);
const npy = path('data.npy');
await writeNpy(
  npy,
  (async function* () {
    yield values;
  })(),
  10,
);
const model = path('model.h5');
await (await new GaussianMixture({ components: 2, iterations: 1 }).fit(npy)).save(model);

test('convert keeps every number, from format to format and back', async () => {
  const chain = ['npy', 'csv', 'tsv', 'jsonl', 'h5', 'npy'];
  for (const [i, extension] of chain.slice(1).entries()) {
    const from = i === 0 ? npy : path(`step${i}.${chain[i]}`);
    const to = path(`step${i + 1}.${extension}`);
    expect(await megamix(['convert', from, to])).toEqual({ code: 0, stdout: '', stderr: '' });
    expectSame((await readRows(to)).flat(), values);
  }
  expect(readFileSync(path('step5.npy'))).toEqual(readFileSync(npy));
});

test('convert joins files, chooses columns, reads a pipe and writes one', async () => {
  const [a, b] = [path('a.csv'), path('b.csv')];
  writeFileSync(a, 'x,y\n1,2\n');
  writeFileSync(b, 'x,y\n3,4\n');
  expect((await megamix(['convert', a, b, '-', '--columns', 'y'])).stdout).toBe('2\n4\n');
  expect((await megamix(['convert', '-', path('piped.jsonl'), '--format', 'csv'], '5,6\n7,8\n')).code).toBe(0);
  expect(readFileSync(path('piped.jsonl'), 'utf8')).toBe('[5,6]\n[7,8]\n');
});

test('convert: what goes wrong leaves nothing behind', async () => {
  const bad = path('bad.csv');
  writeFileSync(bad, '1,2\n3,x\n');
  for (const extension of ['npy', 'csv', 'h5']) {
    const to = path(`never.${extension}`);
    const { code, stderr } = await megamix(['convert', bad, to]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('bad.csv, row 2, column 2: received "x"')]);
    expect(existsSync(to)).toBe(false);
  }
  expect((await megamix(['convert', npy])).code).toBe(2);
  const { code, stderr } = await megamix(['convert', npy, path('x.xlsx')]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining(
      '.npy, .csv, .tsv, .jsonl, .h5, .h5f, .ark, .htk, .parquet or .arrow; ark,scp:OUT.ark,OUT.scp; or -',
    ),
  ]);
  const single = path('single.npy');
  await writeNpy(
    single,
    (async function* () {
      yield Float32Array.from(values.subarray(0, 10));
    })(),
    10,
  );
  expect((await megamix(['convert', single, npy, path('mixed.npy')])).stderr).toContain('name a file of float64 first');
  expect((await megamix(['convert', npy, single, path('mixed.npy')])).code).toBe(0);
  expect(await readRows(path('mixed.npy'))).toHaveLength(ROWS + 1);
});

test('a reader of convert that goes away ends it', async () => {
  const child = start(['convert', npy, '-']);
  child.stdout!.once('data', () => child.stdout!.destroy());
  expect((await finish(child)).code).toBe(0);
});

test('sample draws the rows that the library draws', async () => {
  const drawn = path('drawn.npy');
  const { code, stdout } = await megamix(['sample', model, '--count', '30000', '--seed', '4', '-o', drawn]);
  expect([code, stdout]).toEqual([0, '']);
  const expected = [...(await MixtureModel.load(model)).sample(30_000, { seed: 4 })].flatMap(({ data }) => [...data]);
  expectSame((await readRows(drawn)).flat(), expected);
  expect(statSync(drawn).size).toBe(128 + 30_000 * 10 * 8);
  const few = (await megamix(['sample', model, '--count', '3', '--seed', '4', '-o', '-'])).stdout;
  expect(few.trim().split(/[,\n]/).map(Number)).toEqual(expected.slice(0, 30));
});

test('sample: wrong counts, models without a density', async () => {
  const { code, stderr } = await megamix(['sample', model, '--count', '1.5', '-o', '-']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('received 1.5, expected a whole number')]);
  await megamix(['fit', npy, '--model', 'kmeans', '--components', '2', '--iterations', '1', '-o', path('k.h5')]);
  expect((await megamix(['sample', path('k.h5'), '--count', '1', '-o', '-'])).stderr).toContain('no density');
});

test('score tells AIC and BIC where there are any, info how many parameters', async () => {
  const { stdout } = await megamix(['score', model, npy, '--json']);
  const { criterion, aic, bic } = JSON.parse(stdout);
  const { parameterCount } = await MixtureModel.load(model);
  expect(aic).toBeCloseTo(2 * parameterCount - 2 * criterion, 6);
  expect(bic).toBeCloseTo(Math.log(ROWS) * parameterCount - 2 * criterion, 6);
  expect((await megamix(['score', model, npy])).stdout).toMatch(/AIC +\d/);
  const info = await megamix(['info', model]);
  expect(info.stdout).toMatch(/parameters +131 free\n +entropy +0\.69/);
  expect(JSON.parse((await megamix(['info', model, '--json'])).stdout)).toMatchObject({ parameters: parameterCount });
});
