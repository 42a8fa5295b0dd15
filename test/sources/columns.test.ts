import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { openData } from '../../src/sources/source.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

// Made by pyarrow: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'formats', name);
const path = temporaryDirectory();
const expected = (name: string): Promise<number[][]> => readRows(`${fixture('expected.npz')}:/${name}`);
const many = Array.from({ length: 600 }, (_, n) => [0.5 * n, 1.5 * n, 2.5 * n]);
const both = ['parquet', 'arrow'];

test.each([
  ...['none', 'snappy', 'gzip', 'zstd', 'lz4', 'brotli', 'v2', 'split'].map((codec) => `many-${codec}.parquet`),
  ...['uncompressed', 'lz4', 'zstd'].map((codec) => `many-${codec}.feather`),
])('%s', async (name) => {
  expect(await readRows(fixture(name))).toEqual(many);
  expect(await readRows(fixture(name), { columns: ['z', 1] })).toEqual(many.map(([x, , z]) => [z, x]));
});

test('blocks of LZ4 that depend on those before', async () => {
  const rows = await readRows(fixture('big-lz4.feather'));
  expect(rows).toEqual(Array.from({ length: 40_000 }, (_, n) => [(n % 1000) * 0.25]));
});

test.each([...both.map((format) => `floats.${format}`), 'floats.arrows'])(
  '%s: single precision is kept',
  async (name) => {
    expect(await readRows(fixture(name))).toEqual(await expected('a'));
    for await (const { data } of (await openData(fixture(name))).arriving()) expect(data).toBeInstanceOf(Float32Array);
  },
);

test.each(['floats.arrow', 'floats.arrows', 'many-lz4.feather'])('%s from a pipe', async (name) => {
  const bytes = readFileSync(fixture(name));
  const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(7 * i, 7 * i + 7));
  expect(await readRows(Readable.from(pieces), { format: 'arrow' })).toEqual(await readRows(fixture(name)));
});

test('files of apache-arrow, which have their schema at the end alone', async () => {
  const file = path('script.arrow');
  const bytes = tableToIPC(tableFromArrays({ x: Float64Array.of(1, 2), y: Float64Array.of(3, 4) }), 'file');
  writeFileSync(file, bytes);
  expect(await readRows(file)).toEqual([
    [1, 3],
    [2, 4],
  ]);
  await expect(readRows(Readable.from([bytes]), { format: 'arrow', name: 'x' })).rejects.toThrow(
    'x: it has its schema at its end: give the path of a file',
  );
});

test('Parquet from a pipe is refused', async () => {
  const pipe = Readable.from([readFileSync(fixture('floats.parquet'))]);
  await expect(readRows(pipe, { format: 'parquet', name: 'x' })).rejects.toThrow(
    'x: Parquet cannot be read from a pipe',
  );
});

test.each(both)('%s: whole numbers of any size, halves, truth values', async (format) => {
  const columns = ['i8', 'u16', 'i32', 'u32', 'i64', 'u64', 'f16', 'b'];
  expect(await readRows(fixture(`whole.${format}`), { columns })).toEqual([
    [1, 1, 1, 1, 1, 1, 1, 1],
    [-128, 65535, -(2 ** 31), 2 ** 32 - 1, -(2 ** 53), 2 ** 63, 0.5, 0],
    [127, 0, 2 ** 31 - 1, 0, 2 ** 53, 0, -2, 1],
  ]);
});

test.each(both)('%s: nulls are missing numbers', async (format) => {
  const file = fixture(`nulls.${format}`);
  await expect(readRows(file)).rejects.toThrow(`nulls.${format}, row 2, column "x": received null`);
  await expect(readRows(file, { columns: ['y'] })).rejects.toThrow('row 3, column "y": received null');
  expect(await readRows(file, { onInvalid: 'skip' })).toEqual([[1, 4, 7]]);
  expect(await readRows(file, { onInvalid: 'missing' })).toEqual([
    [1, 4, 7],
    [Number.NaN, 5, 8],
    [3, Number.NaN, 9],
  ]);
});

test.each(both)('%s: what is no number is refused, and the others are named', async (format) => {
  const file = fixture(`mixed.${format}`);
  await expect(readRows(file)).rejects.toThrow(
    /column "utterance" of type .* is no number: choose columns, as in columns: \["x", "y"\]/,
  );
  await expect(readRows(file, { columns: ['when'] })).rejects.toThrow(/column "when" of type .* is no number/);
  await expect(readRows(file, { columns: ['t'] })).rejects.toThrow(
    'has no column "t"; it has utterance, x, when, y, or 1 to 4',
  );
  expect(await readRows(file, { columns: ['y', 'x'] })).toEqual([
    [3, 1],
    [4, 2],
  ]);
  const weighted = await openData(file, { columns: ['y'], weightColumn: 'x' });
  for await (const { data, weights } of weighted)
    expect([[...data], [...weights!]]).toEqual([
      [3, 4],
      [1, 2],
    ]);
});

test.each(both)('%s: one column of vectors', async (format) => {
  expect(await readRows(fixture(`vectors.${format}`))).toEqual(await expected('a'));
});

test('lists of other lengths are refused', async () => {
  await expect(readRows(fixture('lists.parquet'))).rejects.toThrow(
    'lists.parquet, row 2: received 3 columns, expected 2',
  );
  await expect(readRows(fixture('lists.arrow'))).rejects.toThrow('lists.arrow, row 2: received 3 columns, expected 2');
});

test.each(['floats.arrow', 'floats.arrows', 'floats.parquet'])('%s cut short anywhere is refused', async (name) => {
  const bytes = readFileSync(fixture(name));
  const file = path(`short-${name}`);
  for (let length = 0; length < bytes.length; length++) {
    const part = bytes.subarray(0, length);
    if (name.endsWith('.parquet')) writeFileSync(file, part);
    const data = name.endsWith('.parquet') ? file : Readable.from([part]);
    const result = await readRows(data, { format: name.endsWith('.parquet') ? 'parquet' : 'arrow' }).catch(
      (error: Error) => `${error.name} of ${error.message.split('\n').length} line`,
    );
    expect(result, `${length} bytes`).toBe('DataError of 1 line');
  }
});

test.each([
  ['an empty file', 'arrow', Buffer.alloc(0), 'is empty: expected an Arrow file'],
  ['text', 'arrow', Buffer.from('1,2\n3,4\n5,6\n'), 'is no Arrow file or stream'],
  ['Feather version 1', 'feather', Buffer.from('FEA1............FEA1'), 'is of Feather version 1'],
  ['a schema of 2 GiB', 'arrow', Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]), 'is no Arrow file or stream'],
  ['an empty file', 'parquet', Buffer.alloc(0), 'is empty: expected a Parquet file'],
  ['text', 'parquet', Buffer.from('1,2\n3,4\n5,6\n'), 'is no Parquet file'],
  [
    'a footer of 2 GiB',
    'parquet',
    Buffer.from('PAR1....\xff\xff\xff\x7fPAR1', 'latin1'),
    'a footer of 2147483647 bytes',
  ],
])('%s as %s is refused', async (_, extension, bytes, message) => {
  const file = path(`bad.${extension}`);
  writeFileSync(file, bytes);
  const error = (await readRows(file).catch((thrown: unknown) => thrown)) as Error;
  expect([error.name, error.message]).toEqual(['DataError', expect.stringContaining(message)]);
});

test.each(['floats.arrow', 'many-lz4.feather', 'floats.parquet', 'many-v2.parquet'])(
  '%s with any damage gives rows or a DataError',
  async (name) => {
    const bytes = readFileSync(fixture(name));
    const file = path(`damaged-${name}`);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.nat(bytes.length - 1), async (noise, at) => {
        const damaged = Buffer.from(bytes);
        damaged.set(noise.subarray(0, damaged.length - at), at);
        writeFileSync(file, damaged);
        await readRows(file).catch((error: Error) =>
          expect([error.name, error.message]).toEqual(['DataError', error.message]),
        );
      }),
      runs(100),
    );
  },
);
