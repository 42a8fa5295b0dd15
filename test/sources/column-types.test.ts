import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

// Made by pyarrow: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'columns', name);
const path = temporaryDirectory();
const ROWS = 100;
const rowsOf = (row: (i: number) => number[]): number[][] => Array.from({ length: ROWS }, (_, i) => row(i));
const table = rowsOf((i) => [i, -i / 2]);
const decimals = rowsOf((i) => [(7 * i - 300) / 100, (7 * i - 300) / 100]);

test.each([
  ...['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'].map((codec) => [`checksum-${codec}.parquet`, table] as const),
  ['delta.parquet', rowsOf((i) => [1000 * i - 7, -i * 2 ** 40])],
  ['decimals.parquet', decimals],
  ['decimals.arrows', decimals],
  ['lists-pages.parquet', table],
  ['delta-dictionary.arrows', [[1.5], [2.5], [1.5], [3.5]]],
  ['table-lz4.arrows', table],
  ['table-zstd.arrows', table],
] as const)('%s', async (name, rows) => {
  expect(await readRows(fixture(name))).toEqual(rows.map((row) => row.map((value) => value + 0)));
});

const { NaN: missing } = Number;

test.each([
  [
    'lists-nulls.parquet',
    [
      [1, 2],
      [missing, missing],
      [3, missing],
    ],
  ],
  ['dictionary.arrows', [[1.5], [missing], [2.5], [1.5]]],
  ['runs.arrows', [[1], [1], [missing], [3], [3]]],
  [
    'list-view.arrows',
    [
      [1, 2],
      [missing, missing],
      [3, 4],
    ],
  ],
  [
    'large-list.arrows',
    [
      [1, 2],
      [missing, missing],
      [3, 4],
    ],
  ],
])('%s: what is null is missing', async (name, rows) => {
  const first = rows.findIndex((row) => row.every(Number.isNaN));
  const unknown = rows.findIndex((row) => row.some(Number.isNaN));
  await expect(readRows(fixture(name))).rejects.toThrow(`row ${unknown + 1}`);
  // a row of which nothing is known is refused by name
  if (first >= 0) await expect(readRows(fixture(name), { onInvalid: 'missing' })).rejects.toThrow(`row ${first + 1}`);
  expect(await readRows(fixture(name), { onInvalid: 'skip' })).toEqual(rows.filter((row) => !row.some(Number.isNaN)));
});

test('lists of numbers as pandas and polars write them', async () => {
  const file = join(import.meta.dirname, '..', 'fixtures', 'cases', 'lists.arrow');
  const rows = Array.from({ length: 12 }, (_, i) => [i, i / 2, -i]);
  expect(await readRows(file)).toEqual(rows);
  expect(await readRows(Readable.from([readFileSync(file)]), { format: 'arrow' })).toEqual(rows);
});

test('Arrow before 0.15, which had no mark before lengths', async () => {
  const now = join(import.meta.dirname, '..', 'fixtures', 'formats', 'floats.arrows');
  const bytes = readFileSync(now);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const metadata = bytes.readInt32LE(at + 4);
    parts.push(bytes.subarray(at + 4, at + 8 + metadata));
    at += 8 + metadata;
    const next = bytes.indexOf(Buffer.from([255, 255, 255, 255]), at);
    const end = next < 0 ? bytes.length : next;
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  writeFileSync(path('old.arrows'), Buffer.concat(parts));
  expect(await readRows(path('old.arrows'))).toEqual(await readRows(now));
});

test.each([
  ['refused.parquet', 'v', 'LIST of STRING'],
  ['refused.parquet', 'w', 'LIST of LIST of DOUBLE'],
  ['refused.parquet', 's', 'group'],
  ['refused.arrows', 't', 'Utf8View'],
  ['refused.arrows', 'l', 'List<Utf8>'],
  ['refused.arrows', 'd', 'Date'],
  ['refused.arrows', 's', 'Struct<Float64>'],
])('%s: column %s is named as %s', async (name, column, type) => {
  await expect(readRows(fixture(name), { columns: [column] })).rejects.toThrow(
    `column "${column}" of type ${type} is no number`,
  );
});

test('columns of other types are passed over', async () => {
  expect(await readRows(fixture('refused.arrows'), { columns: ['x'] })).toEqual([[1]]);
});
