import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Numbers } from '../../src/files/header-and-rows.ts';
import { openData } from '../../src/sources/source.ts';
import { rowExtensions } from '../../src/storage/rows/rows.ts';
import { type RowFormatName, writeRows } from '../../src/storage/rows/write.ts';
import { megamix } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

const path = temporaryDirectory();
const formats = ['ark', 'htk', 'parquet', 'arrow'];
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'formats', name);

const write = (file: string, runs: Iterable<Numbers>, columns: number | undefined): Promise<number> =>
  writeRows(file, runs, { columns });

/** Where our own reader finds the rows of a file. */
const inside = (file: string): [string, { format?: 'h5' }] =>
  file.endsWith('.h5f') ? [`${file}:/features/features`, { format: 'h5' }] : [file, {}];

test.each(formats)('.%s: what is written is read, whatever the runs', async (format) => {
  const file = path(`round.${format}`);
  const value = fc.float({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      fc.array(fc.array(value, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
      async (columns, isDouble, parts) => {
        const Type = isDouble ? Float64Array : Float32Array;
        const runs = parts.map((part) => Type.from(part.flatMap((x) => new Array<number>(columns).fill(x))));
        await write(file, runs, columns);
        const rows = await readRows(file);
        expect(rows).toEqual(parts.flat().map((x) => new Array<number>(columns).fill(x)));
        const isKept = isDouble && format !== 'htk';
        for await (const { data } of (await openData(file)).arriving()) {
          expect(data).toBeInstanceOf(isKept ? Float64Array : Float32Array);
        }
      },
    ),
    runs(25),
  );
});

test.each(formats)('.%s: more than a group of rows, and labels', async (format) => {
  const [rows, columns] = [450_000, 11];
  const file = path(`many.${format}`);
  function* runs(): Generator<Numbers> {
    for (let start = 0; start < rows; start += 7500) {
      yield Float64Array.from({ length: 7500 * columns }, (_, i) => start * columns + i);
    }
  }
  await write(file, runs(), columns);
  let next = 0;
  for await (const { data } of (await openData(file)).arriving()) {
    for (const value of data) if (value !== next++) throw new Error(`${value} instead of ${next - 1}`);
  }
  expect(next).toBe(rows * columns);
  if (format === 'ark') return; // labels are vectors there: test/storage/ark.test.ts
  await write(file, [Int32Array.of(3, 0), Int32Array.of(2 ** 20)], undefined);
  expect(await readRows(file)).toEqual([[3], [0], [2 ** 20]]);
});

test('what HTK cannot hold is refused, and nothing is left', async () => {
  const file = path('never.htk');
  await expect(write(file, [Float64Array.of(1, 2), Float64Array.of(3, 1e300)], 2)).rejects.toThrow(
    'row 2, column 2: 1e+300 is too large for float32',
  );
  await expect(write(file, [new Float64Array(8192)], 8192)).rejects.toThrow('HTK has room for 8191');
  expect(existsSync(file)).toBe(false);
});

test('convert goes round all formats, and keeps utterances from archive to archive', async () => {
  const chain = ['float.ark', 'a.arrow', 'b.parquet', 'c.htk', 'd.ark', 'e.npy'];
  const rows = await readRows(fixture('float.ark'));
  for (const [i, name] of chain.slice(1).entries()) {
    const from = i === 0 ? fixture(chain[0]!) : path(chain[i]!);
    const stderr = i === 0 ? expect.stringContaining('the rows of several files or utterances') : '';
    expect(await megamix(['convert', from, path(name)])).toEqual({ code: 0, stdout: '', stderr });
    expect(await readRows(path(name))).toEqual(rows);
  }
  const source = await openData(path('d.ark'));
  for await (const { part } of source.arriving()) expect(part.name).toBe('c');
  expect(
    (await megamix(['convert', fixture('float.scp'), path('again.ark')], undefined, join(fixture('.')))).code,
  ).toBe(0);
  const again: unknown[] = [];
  for await (const chunk of (await openData(path('again.ark'))).arriving()) again.push([chunk.part.name, chunk.rows]);
  expect(again).toEqual([
    ['utt-a', 7],
    ['utt-b', 5],
  ]);
});

test.each(rowExtensions)('%s: chunks of a source and bare runs are written by the same function', async (extension) => {
  const rows = [
    [1, 2.5],
    [3, 4],
    [-5, 6],
  ];
  const file = path(`public${extension}`);
  await expect(writeRows(file, await openData(rows))).resolves.toBe(3);
  expect(await readRows(...inside(file))).toEqual(rows);
  const other = path('public.rows');
  const format = extension.slice(1) as RowFormatName;
  await expect(writeRows(other, [Float64Array.from(rows.flat())], { format, columns: 2 })).resolves.toBe(3);
  const readable = path(`other${extension}`);
  renameSync(other, readable);
  expect(await readRows(...inside(readable))).toEqual(rows);
  const unusable = [
    { data: Float64Array.of(1, 2), dimensions: 2 },
    { data: Float64Array.of(1), dimensions: 1 },
  ];
  await expect(writeRows(file, unusable)).rejects.toMatchObject({ name: 'DataError' });
  await expect(writeRows(path('x.rows'), [])).rejects.toMatchObject({ name: 'SettingError' });
});

test('labels are one number a row, and an abort leaves nothing behind', async () => {
  const file = path('labels.npy');
  await expect(writeRows(file, [Int32Array.of(1, 2), Int32Array.of(3)])).resolves.toBe(3);
  expect(readFileSync(file).toString('latin1')).toContain("'shape': (3,)");
  const left = path('left.csv');
  await expect(writeRows(left, [Float64Array.of(1)], { signal: AbortSignal.abort() })).rejects.toThrow();
  expect(existsSync(left)).toBe(false);
});
