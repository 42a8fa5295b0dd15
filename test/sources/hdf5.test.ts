import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import h5wasm, { File } from 'h5wasm/node';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const ROWS = 5000;
const COLUMNS = 39;
const values = Float64Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.round(1000 * Math.sin(i)) / 8);
const expected = Array.from({ length: ROWS }, (_, n) => [...values.subarray(n * COLUMNS, (n + 1) * COLUMNS)]);

async function make(name: string, fill: (file: File) => void): Promise<string> {
  await h5wasm.ready;
  const file = new File(path(name), 'w');
  fill(file);
  file.close();
  return path(name);
}

test.each([
  ['contiguous', {}],
  ['chunks of 100 rows', { chunks: [100, COLUMNS] }],
  ['chunks of 4096 rows, gzip', { chunks: [4096, COLUMNS], compression: 'gzip' as const }],
  ['chunks across the columns', { chunks: [7, 5], compression: 9 }],
])('%s', async (_, options) => {
  const file = await make(
    'data.h5',
    (h5) => void h5.create_dataset({ name: 'x', data: values, shape: [ROWS, COLUMNS], ...options }),
  );
  expect(await readRows(file)).toEqual(expected);
  expect(await readRows(`${file}:/x`)).toEqual(expected);
});

test('float32 and integers', async () => {
  const file = await make('types.h5', (h5) => {
    h5.create_dataset({ name: 'single', data: Float32Array.of(0.5, 1, 2, 3), shape: [2, 2] });
    const group = h5.create_group('group');
    group.create_dataset({ name: 'long', data: BigInt64Array.of(1n, -2n, 3n, 4n), shape: [2, 2] });
    group.create_dataset({ name: 'byte', data: Uint8Array.of(1, 2, 3, 255), shape: [2, 2] });
  });
  expect((await readRows(`${file}:/single`)).flat()).toEqual([0.5, 1, 2, 3]);
  expect((await readRows(`${file}:/group/long`)).flat()).toEqual([1, -2, 3, 4]);
  expect((await readRows(`${file}:/group/byte`)).flat()).toEqual([1, 2, 3, 255]);
  await expect(readRows(file)).rejects.toThrow(/has \/group\/byte, \/group\/long, \/single: name one dataset/);
  await expect(readRows(`${file}:/nothing`)).rejects.toThrow('has no dataset /nothing; it has /group/byte');
  await expect(readRows(`${file}:/group`)).rejects.toThrow('has no dataset /group');
});

test.each([
  ['one dimension', [4], 'a dataset of shape (4)'],
  ['three dimensions', [1, 2, 2], 'a dataset of shape (1, 2, 2); expected two dimensions'],
])('%s is refused', async (_, shape, message) => {
  const file = await make('shape.h5', (h5) => void h5.create_dataset({ name: 'x', data: new Float64Array(4), shape }));
  await expect(readRows(file)).rejects.toThrow(message);
});

test('text is refused', async () => {
  const file = await make(
    'text.h5',
    (h5) => void h5.create_dataset({ name: 'x', data: ['a', 'b', 'c', 'd'], shape: [2, 2] }),
  );
  await expect(readRows(file)).rejects.toThrow(
    'a dataset of type string; expected integers, float16, float32 or float64',
  );
});

test('NaN is refused with its row', async () => {
  const file = await make(
    'nan.h5',
    (h5) => void h5.create_dataset({ name: 'x', data: Float64Array.of(1, 2, 3, Number.NaN), shape: [2, 2] }),
  );
  await expect(readRows(file)).rejects.toThrow('nan.h5, row 2, column 2: received NaN');
});

test('files that are empty, foreign, cut short or damaged are refused in one line', async () => {
  const good = await make('good.h5', (h5) => {
    h5.create_dataset({ name: 'x', data: values, shape: [ROWS, COLUMNS], chunks: [500, COLUMNS], compression: 'gzip' });
  });
  const bytes = readFileSync(good);
  const damaged = Buffer.from(bytes);
  const middle = Math.floor(bytes.length / 2);
  damaged.fill(0xa5, middle, middle + 2000);
  const files: [string, Buffer][] = [
    ['empty.h5', Buffer.alloc(0)],
    ['foreign.h5', Buffer.from('1,2\n3,4\n')],
    ['signature.h5', bytes.subarray(0, 8)],
    ['half.h5', bytes.subarray(0, middle)],
    ['damaged.h5', damaged],
  ];
  for (const [name, content] of files) {
    writeFileSync(path(name), content);
    const error = (await readRows(path(name)).catch((thrown: unknown) => thrown)) as Error;
    expect(error.name, name).toBe('DataError');
    expect(error.message, name).toContain(name);
    expect(error.message.split('\n').length, name).toBe(1);
  }
});

// Made by h5py: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', name);
const grid = [0, 1, 2, 3].map((i) => [3 * i - 5, 3 * i - 4, 3 * i - 3]);

test.each(['half', 'half-big', 'double-big', 'long-big', 'fletcher', 'partial', 'three-bytes'])(
  'numbers of other machines and sizes: %s',
  async (name) => {
    expect(await readRows(fixture(`columns/${name}.h5`))).toEqual(grid);
  },
);

test('truth values are 0 and 1', async () => {
  expect(await readRows(fixture('columns/truth.h5'))).toEqual(
    grid.map((row) => row.map((value) => Number(value % 2 === 0))),
  );
});

test('a file behind a user block', async () => {
  expect(await readRows(fixture('cases/user-block.h5'))).toEqual(grid.map((row) => row.map((value) => value + 5)));
});

test.each([
  ['columns/bfloat16.h5', 'of type float of 16 bits, not those of IEEE 754'],
  ['columns/complex.h5', 'of type compound'],
  ['columns/null.h5', 'its dataspace is null'],
  ['columns/external.h5', 'whose rows are in an external file'],
  ['columns/virtual.h5', 'a virtual dataset, whose rows are in other files (nothing.h5)'],
  ['columns/unwritten.h5', 'most of it was never written'],
  ['cases/lzf.h5', 'compressed by the filter LZF (32000), which is not read'],
])('%s is refused by name', async (name, message) => {
  await expect(readRows(fixture(name))).rejects.toThrow(message);
});

test('names with control characters are escaped in messages', async () => {
  const file = await make('names.h5', (h5) => {
    for (const name of ['a\u001b[31m', 'b']) h5.create_dataset({ name, data: Float64Array.of(1), shape: [1, 1] });
  });
  await expect(readRows(file)).rejects.toThrow('has /a\\u001b[31m, /b: name one dataset');
});
