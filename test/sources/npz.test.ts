import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

// Made by NumPy 2.4.6: savez(plain, frames=arange(6.).reshape(3, 2), labels=int32 [[1], [2], [3]], columns=asfortranarray(frames));
// savez_compressed(one, x=arange(20000, dtype='>f4').reshape(-1, 4)).
const fixture = (name: string): string => new URL(`../fixtures/${name}.npz`, import.meta.url).pathname;
const path = temporaryDirectory();
const frames = [
  [0, 1],
  [2, 3],
  [4, 5],
];

test('arrays by name', async () => {
  expect(await readRows(`${fixture('plain')}:/frames`)).toEqual(frames);
  expect(await readRows(`${fixture('plain')}:/labels`)).toEqual([[1], [2], [3]]);
});

test('the only array, compressed', async () => {
  const rows = await readRows(fixture('one'));
  expect(rows).toHaveLength(5000);
  expect(rows[4999]).toEqual([19996, 19997, 19998, 19999]);
});

test.each([
  ['no name where there are several', 'plain', '', 'has frames, labels, columns: name one array, as in'],
  ['a name that is not there', 'plain', ':/x', 'has no array x; it has frames, labels, columns'],
  ['column-major order', 'plain', ':/columns', 'column-major (Fortran) order can be read from a file only'],
])('%s is refused', async (_, name, inside, message) => {
  await expect(readRows(fixture(name) + inside)).rejects.toThrow(message);
});

test('what is damaged is refused, wherever', async () => {
  const bytes = readFileSync(fixture('plain'));
  const file = path('damaged.npz');
  for (let at = 0; at < bytes.length; at += 7) {
    const broken = Buffer.from(bytes);
    broken[at]! ^= 0x5a;
    writeFileSync(file, broken);
    const rows = await readRows(`${file}:/frames`).catch((error: Error) => {
      expect(error.name).toBe('DataError');
      return undefined;
    });
    if (rows) expect(rows).toEqual(frames);
  }
  writeFileSync(file, bytes.subarray(0, 300));
  await expect(readRows(file)).rejects.toThrow('is no NumPy archive, or damaged');
  writeFileSync(file, 'text');
  await expect(readRows(file)).rejects.toThrow('is no NumPy archive, or damaged');
});

test('a pipe is refused', async () => {
  const pipe = Readable.from([readFileSync(fixture('one'))]);
  await expect(readRows(pipe, { format: 'npz', name: 'x' })).rejects.toThrow('cannot be read from a pipe');
});
