import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Numbers } from '../../src/files/header-and-rows.ts';
import { openData } from '../../src/sources/source.ts';
import { rowWriter } from '../../src/storage/rows/rows.ts';
import { megamix } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

const path = temporaryDirectory();
const formats = ['ark', 'htk', 'parquet', 'arrow'];
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'formats', name);

const write = (file: string, runs: Iterable<Numbers>, columns: number | undefined): Promise<void> =>
  rowWriter(file)(file, { runs, columns });

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
    const stderr = i === 0 ? expect.stringContaining('the rows of 2 files or utterances') : '';
    expect(await megamix(['convert', from, path(name)])).toEqual({ code: 0, stdout: '', stderr });
    expect(await readRows(path(name))).toEqual(rows);
  }
  const source = await openData(path('d.ark'));
  for await (const { utterance } of source.arriving()) expect(utterance).toBe(path('c.htk').replaceAll(/\s/g, '-'));
  expect(
    (await megamix(['convert', fixture('float.scp'), path('again.ark')], undefined, join(fixture('.')))).code,
  ).toBe(0);
  const again: unknown[] = [];
  for await (const chunk of (await openData(path('again.ark'))).arriving()) again.push([chunk.utterance, chunk.rows]);
  expect(again).toEqual([
    ['utt-a', 7],
    ['utt-b', 5],
  ]);
});
