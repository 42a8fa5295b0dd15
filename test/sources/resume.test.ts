import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { RowData, RowSource, SourceOptions } from '../../src/sources/data.ts';
import { partition, randomHoldOut } from '../../src/sources/partition.ts';
import type { Rows } from '../../src/sources/rows.ts';
import { openAgain } from '../../src/sources/source.ts';
import { Sweep } from '../../src/sources/sweep.ts';
import { writeRows } from '../../src/storage/rows/write.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { expectResumable, type Opened, resume, sweepAll } from '../helpers/sweeps.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

const numbers = (length: number, seed = 1): Float64Array =>
  Float64Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + seed) * 1000);

const textOf = (rows: number, columns: number, seed = 1): string => {
  const data = numbers(rows * columns, seed);
  return Array.from({ length: rows }, (_, n) => `${data.slice(n * columns, (n + 1) * columns).join()}\n`).join('');
};

const written = (name: string, contents: string | Uint8Array): string => {
  writeFileSync(path(name), contents);
  return path(name);
};

/** A repeatable source in pieces of odd sizes; some rows have weights, some of them 0. */
const ownSource = (rows: number, isWeighted = false): RowSource => ({
  dimensions: 2,
  name: 'own',
  async *[Symbol.asyncIterator](): AsyncGenerator<Rows> {
    const data = numbers(rows * 2);
    for (let start = 0, count = 1; start < rows; start += count, count = (count % 9) + 2) {
      const some = Math.min(count, rows - start);
      const weights =
        isWeighted && count % 3 ? Float64Array.from({ length: some }, (_, n) => (start + n) % 4) : undefined;
      yield { data: data.slice(start * 2, (start + some) * 2), dimensions: 2, weights };
    }
  },
});

async function* once<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

const source =
  (make: () => RowData, options: () => SourceOptions = () => ({})) =>
  async (): Promise<Opened> => {
    const opened = await openAgain(make(), options());
    return { training: opened.countable(), close: () => opened.close() };
  };

const separate =
  (make: () => RowData, makeHeldOut: () => RowData, options: SourceOptions) => async (): Promise<Opened> => {
    const training = await openAgain(make(), options);
    const heldOut = await openAgain(makeHeldOut(), options);
    const close = (): Promise<unknown> => Promise.all([training.close(), heldOut.close()]);
    return { training: training.countable(), heldOut: heldOut.countable(), close };
  };

const parted =
  (make: () => RowData, isHeldOut: (row: number) => boolean, options: () => SourceOptions) =>
  async (): Promise<Opened> => {
    const opened = await openAgain(make(), options());
    const [training, heldOut] = partition(opened.countable(), isHeldOut);
    return { training, heldOut, close: () => opened.close() };
  };

const csv = [written('a.csv', textOf(50, 2)), written('b.csv', textOf(3, 2, 2)), written('c.csv', textOf(41, 2, 3))];
const chunkBytes = 7 * 2 * 8;
const frontEnd = { normalisation: 'mean-variance' } as const;

test.each<[string, () => Promise<Opened>]>([
  [
    'one file',
    source(
      () => csv[0]!,
      () => ({ chunkBytes }),
    ),
  ],
  [
    'several files',
    source(
      () => csv,
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a glob',
    source(
      () => path('[ac].csv'),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'compressed',
    source(
      () => written('d.csv.gz', gzipSync(textOf(33, 2))),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'separate held-out data',
    separate(
      () => csv,
      () => csv[2]!,
      { chunkBytes },
    ),
  ],
  [
    'a partition',
    parted(
      () => csv,
      randomHoldOut(0.3, 2),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a partition by number',
    parted(
      () => csv,
      (row) => row % 20 === 19,
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a partition with few rows held out',
    parted(
      () => ownSource(300),
      (row) => row % 150 === 149,
      () => ({ chunkBytes }),
    ),
  ],
  [
    'weights of a file',
    source(
      () => csv,
      () => ({ chunkBytes, weights: written('w.csv', textOf(94, 1).replaceAll('-', '')) }),
    ),
  ],
  [
    'weights in memory',
    source(
      () => csv,
      () => ({ chunkBytes, weights: Float64Array.from({ length: 94 }, (_, n) => n % 3) }),
    ),
  ],
  [
    'weights of a stream',
    source(
      () => csv,
      () => ({ chunkBytes, weights: once(Array.from({ length: 94 }, (_, n) => [n % 5])) }),
    ),
  ],
  [
    'weights of chunks',
    source(
      () => ownSource(100, true),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a partition of weighted rows',
    parted(
      () => csv,
      randomHoldOut(0.4),
      () => ({ chunkBytes, weights: Float64Array.from({ length: 94 }, (_, n) => n % 3) }),
    ),
  ],
  [
    'a weight column',
    source(
      () => written('e.csv', 'a,b,w\n'.concat(textOf(50, 3).replaceAll('-', ''))),
      () => ({ chunkBytes, header: true, weightColumn: 'w' }),
    ),
  ],
  [
    'rows that are skipped',
    parted(
      () => [
        written(
          'f.csv',
          textOf(50, 2)
            .replaceAll(/-1\d*\./g, 'NaN.')
            .replaceAll('NaN.', 'x'),
        ),
        csv[1]!,
      ],
      randomHoldOut(0.3),
      () => ({ chunkBytes, onInvalid: 'skip' }),
    ),
  ],
  [
    'rows with missing numbers',
    source(
      () => [written('g.csv', textOf(50, 2).replaceAll(/-1[\d.]*,/g, 'NaN,')), csv[1]!],
      () => ({ chunkBytes, onInvalid: 'missing' }),
    ),
  ],
  [
    'sound',
    source(
      () => [written('s.wav', wavBytes(tones(9000))), written('t.wav', wavBytes(tones(5000)))],
      () => ({ chunkBytes: 5 * 13 * 8 }),
    ),
  ],
  [
    'sound, normalised',
    source(
      () => [path('s.wav'), path('t.wav')],
      () => ({ chunkBytes: 5 * 13 * 8, frontEnd }),
    ),
  ],
  [
    'sound too short, skipped',
    source(
      () => [path('s.wav'), written('u.wav', wavBytes(tones(9))), path('t.wav')],
      () => ({ chunkBytes: 5 * 13 * 8, onInvalid: 'skip' }),
    ),
  ],
  [
    'a user’s source',
    source(
      () => ownSource(100),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a stream of rows',
    source(
      () => once(Array.from({ length: 100 }, (_, n) => [n, Math.sqrt(n)])),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a partition of a stream',
    parted(
      () => once(Array.from({ length: 100 }, (_, n) => [n, Math.sqrt(n)])),
      randomHoldOut(0.5),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'a stream of bytes',
    source(
      () => once([textOf(20, 2), textOf(30, 2, 5)]),
      () => ({ chunkBytes, format: 'csv' }),
    ),
  ],
  [
    'rows in memory',
    source(
      () => ({ data: numbers(200), dimensions: 2 }),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'weighted rows in memory',
    parted(
      () => ({ data: numbers(200), dimensions: 2, weights: Float64Array.from({ length: 100 }, (_, n) => n % 2) }),
      randomHoldOut(0.2),
      () => ({ chunkBytes }),
    ),
  ],
  [
    'bytes in memory',
    source(
      () => Buffer.from(textOf(60, 2)),
      () => ({ chunkBytes, format: 'csv' }),
    ),
  ],
])('%s: what is left after any place is the same to the bit', async (_, open) => {
  await expectResumable(open);
});

test.each([
  'formats/many-none.parquet',
  'formats/many-v2.parquet',
  'formats/many-zstd.feather',
  'formats/float.scp',
  'formats/float.ark',
  'formats/text.ark',
  'formats/cm.ark',
  'formats/plain.htk',
  'formats/mfcc_c.htk',
  'formats/mfcc_c_k.htk',
  'formats/rows.csv.zst',
  'fuzz/doubles.npy',
  'fuzz/columns.npy',
  'fuzz/stored.npz',
  'fuzz/deflated.npz',
  'fuzz/contiguous.h5',
  'fuzz/gzip.h5',
  'fuzz/arrays.jsonl',
  'fuzz/blanks.txt.gz',
  'fuzz/tabs.tsv',
])('%s, twice over: likewise', async (name) => {
  const first = await openAgain(fixture(name));
  const { dimensions } = first;
  await first.close();
  await expectResumable(
    parted(
      () => [fixture(name), fixture(name)],
      randomHoldOut(0.25),
      () => ({ chunkBytes: 3 * 8 * dimensions }),
    ),
    { most: 5 },
  );
});

const COLUMNS = 1000;
const wide = { data: Float32Array.from(numbers(400 * COLUMNS)), dimensions: COLUMNS };

test.each<[string, () => Promise<string>]>([
  ['npy', async () => written('w.npy', npyBytes({ descr: "'<f4'", shape: `(400, ${COLUMNS})` }, wide.data))],
  [
    'npy of columns',
    async () => written('wc.npy', npyBytes({ descr: "'<f4'", shape: `(400, ${COLUMNS})`, fortran: 'True' }, wide.data)),
  ],
  ...(['h5', 'parquet', 'arrow', 'ark', 'htk', 'csv'] as const).map((format): [string, () => Promise<string>] => [
    format,
    async () => {
      await writeRows(path(`w.${format}`), [wide]);
      return path(`w.${format}`);
    },
  ]),
])('several reads of a file: %s', async (_, write) => {
  const file = await write();
  await expectResumable(
    source(
      () => file,
      () => ({ chunkBytes: 90 * 8 * COLUMNS }),
    ),
    { most: 4 },
  );
  await expectResumable(
    parted(
      () => file,
      randomHoldOut(0.1),
      () => ({ chunkBytes: 50 * 8 * COLUMNS }),
    ),
    { most: 4 },
  );
});

test.each(['ark', 'scp'])('a compressed .%s file is read along', async (extension) => {
  copyFileSync(fixture('formats/float.ark'), path('float.ark'));
  const file = written(`float.${extension}.gz`, gzipSync(readFileSync(fixture(`formats/float.${extension}`))));
  await expectResumable(
    source(
      () => [file, file],
      () => ({ chunkBytes: 2 * 3 * 8 }),
    ),
  );
});

test('of many chunks between the places of both sides some are read again', async () => {
  const rows = Array.from({ length: 5000 }, (_, n) => Float64Array.of(n, n));
  const own = { dimensions: 2, [Symbol.asyncIterator]: () => once(rows.map((data) => ({ data, dimensions: 2 }))) };
  const isHeldOut = (row: number): boolean => row % 1000 === 10;
  const open = parted(
    () => own,
    isHeldOut,
    () => ({ chunkBytes }),
  );
  const { training, heldOut, close } = await open();
  const sweep = new Sweep(training, heldOut);
  for await (const _ of sweep);
  const place = structuredClone(sweep.placeAfter(3000, 2));
  const known = [training.known, heldOut!.known];
  await close();
  const { blocks, passed } = await resume(await open(), { blocks: 0, rows: 0, place, known });
  const numbersOf = (side: boolean): number[] =>
    blocks.filter((block) => block.isHeldOut === side).flatMap(({ data }) => [...data].filter((_, i) => i % 2 === 0));
  expect(numbersOf(false)).toEqual(
    rows
      .map(([n]) => n!)
      .filter((n) => !isHeldOut(n))
      .slice(3000),
  );
  expect(numbersOf(true)).toEqual([2010, 3010, 4010]);
  expect(place.mark.arrived[0].rows).toBeGreaterThan(1990); // of the rows held out the third is row 2010
  expect(passed.at(-1)).toBe(3002);
  expect(() => sweep.placeAfter(10, 0)).toThrow('a later one was asked for before');
});

test('rows that are fewer than before are an error, also before the place', async () => {
  const open = source(
    () => csv,
    () => ({ chunkBytes }),
  );
  const { places } = await sweepAll(await open(), 0);
  const late = places.at(-2)!;
  writeFileSync(csv[2]!, textOf(40, 2, 3));
  await expect(resume(await open(), late)).rejects.toThrow('has 40 rows now, 41 before');
  writeFileSync(csv[2]!, textOf(41, 2, 3));
  const wide = async (rows: number): Promise<string> =>
    written(
      'short.npy',
      npyBytes({ descr: "'<f4'", shape: `(${rows}, ${COLUMNS})` }, new Float32Array(rows * COLUMNS)),
    );
  const openWide = source(
    () => path('short.npy'),
    () => ({ chunkBytes: 90 * 8 * COLUMNS }),
  );
  await wide(400);
  const { place } = (await sweepAll(await openWide(), 0)).places.at(-2)!;
  await wide(100);
  const unknown = { blocks: 0, rows: 0, place, known: [] };
  await expect(resume(await openWide(), unknown)).rejects.toThrow(/has 100 rows now, more than \d+ before/);
});
