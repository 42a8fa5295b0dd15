import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { Matrix } from 'ml-matrix';
import { expect, test, vi } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import type { RowData, RowSource } from '../../src/sources/data.ts';
import type { Rows } from '../../src/sources/rows.ts';
import { openData, openOnce } from '../../src/sources/source.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const expected = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const flat = Float64Array.from(expected.flat());

async function* oneByOne<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const sourceOf = (items: Rows[]): RowSource => ({ dimensions: 2, [Symbol.asyncIterator]: () => oneByOne(items) });

test.each([
  ['an array of arrays', () => expected],
  ['an array of typed arrays', () => expected.map((row) => Float64Array.from(row))],
  ['a Matrix', () => new Matrix(expected)],
  ['a flat float64 array', () => ({ data: flat, dimensions: 2 })],
  ['a flat float32 array', () => ({ data: Float32Array.from(flat), dimensions: 2 })],
  [
    'an array of chunks',
    () => [
      { data: flat.subarray(0, 4), dimensions: 2 },
      { data: flat.subarray(4), dimensions: 2 },
    ],
  ],
  ['a generator of rows', () => oneByOne(expected)],
  ['a generator of typed rows', () => oneByOne(expected.map((row) => Float64Array.from(row)))],
  ['a generator of matrices', () => oneByOne([new Matrix(expected.slice(0, 1)), new Matrix(expected.slice(1))])],
  ['a generator of chunks', () => oneByOne([{ data: flat, dimensions: 2 }])],
  ['a Readable of rows', () => Readable.from(expected)],
  ['a source of one’s own', () => ({ dimensions: 2, [Symbol.asyncIterator]: () => oneByOne<Rows>([flat]) })],
] as [string, () => RowData][])('%s, as often as one likes', async (_, make) => {
  const source = await openData(make());
  expect(source.dimensions).toBe(2);
  for (let pass = 0; pass < 3; pass++) {
    const chunks = await collect(source);
    expect(chunks.flatMap(({ data }) => [...data])).toEqual([...flat]);
    expect(source.rows).toBe(3);
  }
  await source.close();
});

test('a pipe of bytes in any pieces is spooled and leaves nothing behind', async () => {
  mkdirSync(path('temporary'));
  vi.stubEnv('TMPDIR', path('temporary'));
  const text = expected.map((row) => row.join()).join('\n');
  const source = await openData(Readable.from([...text].map((letter) => Buffer.from(letter))), { format: 'csv' });
  for (let pass = 0; pass < 3; pass++)
    expect((await collect(source)).flatMap(({ data }) => [...data])).toEqual([...flat]);
  expect(readdirSync(path('temporary'))).toEqual([]);
  await source.close();
  vi.unstubAllEnvs();
});

test('weights survive the spool', async () => {
  const weights = Float64Array.of(1, 0, 2.5);
  const source = await openData(oneByOne([{ data: flat, dimensions: 2, weights }]));
  await collect(source);
  const [chunk] = await collect(source);
  expect([...chunk!.data]).toEqual([...flat]);
  expect([...chunk!.weights!]).toEqual([...weights]);
  await source.close();
});

test('weights of later chunks count, though the first had none', async () => {
  const weights = Float64Array.of(2, 3, 4);
  const source = await openData(
    oneByOne([
      { data: flat, dimensions: 2 },
      { data: flat, dimensions: 2, weights },
    ]),
  );
  for (let pass = 0; pass < 2; pass++) {
    const [chunk, ...rest] = await collect(source);
    expect([[...chunk!.weights!], rest.length]).toEqual([[1, 1, 1, 2, 3, 4], 0]);
  }
  await source.close();
});

test('a spooled stream is not read by two at once, nor after its end', async () => {
  const source = await openData(oneByOne(expected), { chunkBytes: 16 });
  const first = source[Symbol.asyncIterator]();
  await first.next();
  await expect(collect(source)).rejects.toThrow('can be read again only after it was read to its end');
  await source.close();
  await expect(collect(source)).rejects.toThrow('was closed and cannot be read any more');
});

test('data read once are not spooled, and not read again', async () => {
  const source = await openOnce(oneByOne(expected));
  const read = await collect(source.arriving());
  expect(read.reduce((sum, { rows }) => sum + rows, 0)).toBe(expected.length);
  await expect(collect(source)).rejects.toThrow('was read before');
});

test('several files and globs are one stream, each row numbered in its file', async () => {
  mkdirSync(path('many'));
  writeFileSync(path('many/b.csv'), '3,4\n');
  writeFileSync(path('many/a.csv'), '1,2\n');
  writeFileSync(path('last.jsonl'), '[5,6]\n');
  expect(await readRows([path('many/*.csv'), path('last.jsonl')])).toEqual(expected);
  const chunks = await collect(await openData([path('many/*.csv'), path('last.jsonl')]));
  expect(chunks.map(({ part }) => part)).toEqual([
    { index: 0, name: 'a', number: 0 },
    { index: 1, name: 'b', number: 1 },
    { index: 2, name: 'last', number: 2 },
  ]);
  writeFileSync(path('many/b.csv'), '3,4\n5,nan\n');
  await expect(readRows(path('many/*.csv'))).rejects.toThrow('b.csv, row 2, column 2: received "nan"');
});

test('a name with the letters of a glob is a name first', async () => {
  writeFileSync(path('odd[1].csv'), '1,2\n');
  expect(await readRows(path('odd[1].csv'))).toEqual([[1, 2]]);
});

test.each([
  ['a missing file', () => path('missing.npy'), 'missing.npy cannot be read: there is no such file'],
  ['a glob without matches', () => path('none-*.npy'), 'no file matches'],
  ['a directory of several formats', () => path(''), 'is a directory with files of several formats'],
  ['a directory like a file', () => path('many.csv'), 'is a directory'],
  ['an unknown ending', () => path('last.xyz'), 'does not end with .npy, .npz, .csv'],
  ['no files', () => [], 'is empty'],
  ['null', () => null as never, 'received null'],
  ['a number', () => 7 as never, 'received number'],
  ['an empty generator', () => oneByOne([]), 'is empty'],
  ['rows of no columns', () => [[]], 'have no columns'],
  ['ragged arrays', () => [[1, 2], [3]], 'row 2: received 1 columns, expected 2'],
  ['ragged rows of a stream', () => oneByOne([[1, 2], [3]]), 'row 2: received 1 columns, expected 2'],
  ['text among numbers', () => [[1, 'x' as never]], 'row 1, column 2: received "x", expected a number'],
  ['a hole', () => [[1, 2], undefined as never], 'row 2: received undefined, expected an array of 2 numbers'],
  [
    'NaN',
    () => [
      [1, 2],
      [3, Number.NaN],
    ],
    'row 2, column 2: received NaN',
  ],
  ['infinity', () => [[1, Number.POSITIVE_INFINITY]], 'row 1, column 2: received Infinity'],
  ['half a row', () => ({ data: flat.subarray(0, 5), dimensions: 2 }), 'expected a multiple of its 2 columns'],
  ['bytes of no format', () => Readable.from([Buffer.from('1,2\n')]), 'received bytes: say which format'],
  [
    'too few weights',
    () => ({ data: flat, dimensions: 2, weights: Float64Array.of(1) }),
    'received 1 row weights for 3 rows',
  ],
  [
    'weights that are no typed array',
    () => ({ data: flat, dimensions: 2, weights: [1, 1, 1] as never }),
    'no Float64Array',
  ],
  ['half a dimension', () => ({ data: flat, dimensions: 1.5 }), 'received dimensions 1.5, expected a whole number'],
  ['a URL of the web', () => new URL('https://example.org/x.npy'), 'only file: URLs can be read'],
  [
    'a source of rows wider than it says',
    () => sourceOf([[1, 2, 3]]),
    'row 1: received 3 columns, expected 2, its dimensions',
  ],
  [
    'a source of chunks narrower than it says',
    () => sourceOf([{ data: flat, dimensions: 1 }]),
    'row 1: received 1 columns, expected 2',
  ],
  ['text late in a stream', () => oneByOne([...expected, [1, 'x' as never]]), 'row 4, column 2: received "x"'],
  [
    'a negative weight',
    () => ({ data: flat, dimensions: 2, weights: Float64Array.of(1, -1, 1) }),
    'row 2: received the weight -1',
  ],
] as [string, () => RowData, string][])('%s is refused', async (_, make, message) => {
  if (!existsSync(path('many.csv'))) mkdirSync(path('many.csv'));
  if (!existsSync(path('last.xyz'))) writeFileSync(path('last.xyz'), '1');
  await expect(readRows(make())).rejects.toThrow(message);
});

test('files of different columns are refused', async () => {
  writeFileSync(path('two.csv'), '1,2\n');
  writeFileSync(path('three.csv'), '1,2,3\n');
  await expect(openData([path('two.csv'), path('three.csv')])).rejects.toThrow(
    /three.csv has 3 columns, but .*two.csv has 2/,
  );
});

test('a source that changes between passes is refused', async () => {
  let rows = 4;
  const shrinking: RowSource = {
    dimensions: 2,
    name: 'shrinking',
    async *[Symbol.asyncIterator]() {
      for (let n = 0; n < rows; n++) yield [n, n];
      rows--;
    },
  };
  const source = await openData(shrinking);
  await collect(source);
  await expect(collect(source)).rejects.toThrow('shrinking has 3 rows now, 4 before');
  const file = path('growing.csv');
  writeFileSync(file, '1,2\n');
  const growing = await openData(file, { cacheBytes: 0 });
  await collect(growing);
  writeFileSync(file, '1,2\n3,4\n');
  await expect(collect(growing)).rejects.toThrow('growing.csv has 2 rows now, 1 before');
});

test('an error of the input is passed on and its stream closed', async () => {
  const stream = new PassThrough();
  stream.write('1,2\n');
  const reading = readRows(stream, { format: 'csv' });
  stream.destroy(new Error('the cable was cut'));
  await expect(reading).rejects.toThrow('the cable was cut');
  const left = Readable.from(expected);
  const source = await openData(left);
  for await (const _ of source) break;
  await source.close();
  expect(left.destroyed).toBe(true);
});

test('a stalled input can be given up', async () => {
  const controller = new AbortController();
  const stalled = new PassThrough();
  const reading = openData(stalled, { format: 'npy', signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(reading).rejects.toThrow(/abort/i);
});

test('a stalled source of one’s own can be given up', async () => {
  const controller = new AbortController();
  const stalled: RowSource = { dimensions: 2, [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
  const source = await openData(stalled, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(collect(source)).rejects.toThrow(/abort/i);
});

test('options that a format does not take are refused', async () => {
  writeFileSync(path('lines.jsonl'), '[1,2]\n');
  await expect(openData(path('lines.jsonl'), { delimiter: ';' })).rejects.toThrow('delimiter: ');
  await expect(openData(Readable.from([Buffer.from('[1,2]')]), { format: 'jsonl', header: true })).rejects.toThrow(
    'header: the data is of a format that has no such option',
  );
  await expect(openData(path('lines.jsonl'), { chunkBytes: Number.NaN })).rejects.toThrow('chunkBytes: received NaN');
});

test('back-pressure reaches the input', async () => {
  let given = 0;
  async function* counting() {
    for (; given < 100_000; given++) yield [given, 1];
  }
  const source = await openData(counting(), { chunkBytes: 1600 });
  for await (const _ of source) break;
  expect(given).toBeLessThan(1000);
  await source.close();
});

test('a web stream of bytes, or of rows', async () => {
  const bytes = new Blob(['1,2\n3,4\n']).stream();
  expect(await readRows(bytes as never, { format: 'csv' })).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const rows = new ReadableStream<number[]>({
    start(controller) {
      controller.enqueue([1, 2]);
      controller.close();
    },
  });
  expect(await readRows(rows as never)).toEqual([[1, 2]]);
});

test('a source knows its rows after a fit of it', async () => {
  async function* rows() {
    for (let n = 0; n < 40; n++) yield [n, n % 3];
  }
  const source = await openData(rows());
  await new KMeans({ components: 2, iterations: 1 }).fit(source);
  expect(source.rows).toBe(40);
  await source.close();
});
