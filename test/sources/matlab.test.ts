import { join } from 'node:path';
import h5wasm, { File } from 'h5wasm/node';
import { expect, test } from 'vitest';
import { fileInput } from '../../src/sources/file-input.ts';
import { formats } from '../../src/sources/formats.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

// Made as MATLAB makes them: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'inputs', name);
const path = temporaryDirectory();
const expected = (name: string): Promise<number[][]> => readRows(`${fixture('expected.npz')}:/${name}`);

test('a matrix has the rows that MATLAB shows', async () => {
  expect(await readRows(fixture('one.mat'))).toEqual(await expected('anna'));
  expect(await readRows(`${fixture('one.mat')}:/mfcc`)).toEqual(await expected('anna'));
});

test('of several variables one is named; a field has a path', async () => {
  const file = fixture('several.mat');
  await expect(readRows(file)).rejects.toThrow(/has \/counts, \/mfcc, .*\/speech\/rows: name one variable, as in /);
  expect(await readRows(`${file}:/mfcc`)).toEqual((await expected('anna')).map((row) => row.map(Math.fround)));
  expect(await readRows(`${file}:/counts`)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
  expect(await readRows(`${file}:/speech/rows`)).toEqual(await expected('ben'));
});

test.each([
  ['several.mat:/title', 'a variable of class char; expected a matrix of numbers'],
  ['several.mat:/nothing', 'is an empty matrix'],
  ['several.mat:/sparse', 'a sparse matrix, which is not read: save it as full'],
  ['several.mat:/none', 'has no variable /none; it has /counts'],
  ['version-5.mat', 'is a MATLAB file of version 5 to 7, which is not read: save it as version 7.3'],
])('%s is refused', async (file, message) => {
  await expect(readRows(fixture(file))).rejects.toThrow(message);
});

test('a matrix of many slices, whole and from a row on', async () => {
  const [rows, columns] = [70_001, 3];
  const data = Float64Array.from({ length: rows * columns }, (_, i) => i);
  await h5wasm.ready;
  const file = new File(path('long.mat'), 'w');
  file.create_dataset({ name: 'x', data, shape: [columns, rows], chunks: [2, 1000] });
  file.close();
  const row = (n: number): number[] => Array.from({ length: columns }, (_, j) => j * rows + n);
  const all = await readRows(path('long.mat'));
  expect(all).toHaveLength(rows);
  for (const n of [0, 1, 43_999, 44_000, rows - 1]) expect(all[n]).toEqual(row(n));
  const table = await formats.mat.open(fileInput('x', path('long.mat')), {}, { row: 60_000 });
  const begins = table.begins!;
  expect([begins > 0, begins <= 60_000]).toEqual([true, true]);
  for await (const { data: first } of table.batches) {
    expect([...first.subarray(0, 3)]).toEqual(row(begins));
    break;
  }
  await table.close();
});
