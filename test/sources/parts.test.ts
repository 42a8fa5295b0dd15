import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { partition } from '../../src/sources/partition.ts';
import { openData, type Source } from '../../src/sources/source.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const write = (name: string, text: string | Uint8Array): string => {
  writeFileSync(path(name), text);
  return path(name);
};

type Found = { name: string; number: number; index: number; rows: number[][]; times: number[] | undefined };

/** Rows and times by parts, as a reading gives them. */
async function partsOf(source: Source): Promise<Found[]> {
  const parts: Found[] = [];
  for await (const { part, data, dimensions, times } of source.arriving()) {
    const { name, number, index } = part;
    if (parts.at(-1)?.number !== number) parts.push({ name, number, index, rows: [], times: times && [] });
    const { rows, times: known } = parts.at(-1)!;
    for (let at = 0; at < data.length; at += dimensions) rows.push([...data.subarray(at, at + dimensions)]);
    for (const time of times ?? []) known!.push(time);
  }
  return parts;
}

async function readParts(data: RowData, options: SourceOptions = {}): Promise<Found[]> {
  await using source = await openData(data, options);
  return await partsOf(source);
}

const namesOf = (parts: readonly Found[]): [string, number][] => parts.map(({ name, rows }) => [name, rows.length]);

test('files are called by their names without directory and ending', async () => {
  mkdirSync(path('sub'));
  const files = [
    write('sub/a.csv', '1,2\n3,4\n'),
    write('b.c.jsonl', '[5,6]\n'),
    write('packed.csv.gz', gzipSync('7,8\n')),
    write('.tsv', '9\t10\n'),
  ];
  expect(namesOf(await readParts(files))).toEqual([
    ['a', 2],
    ['b.c', 1],
    ['packed', 1],
    ['.tsv', 1],
  ]);
  expect((await readParts(files)).map(({ index, number }) => [index, number])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(namesOf(await readParts([[1, 2]], { name: 'mine' }))).toEqual([['mine', 1]]);
});

test('utterances of files count through, and those of one name stay two', async () => {
  const two = write('two.ark', 'u [\n 1 2\n 3 4 ]\nu [\n 5 6 ]\nv [\n 7 8 ]\n');
  const found = await readParts([two, two]);
  expect(found.map(({ name, number, index }) => [name, number, index])).toEqual([
    ['u', 0, 0],
    ['u', 1, 0],
    ['v', 2, 0],
    ['u', 3, 1],
    ['u', 4, 1],
    ['v', 5, 1],
  ]);
});

test.each([
  ['snip', { snipEdges: true }, 0.0125],
  ['mirror', { snipEdges: false }, 0.005],
  ['odd', { frameLength: 25.125, frameShift: 10.125, snipEdges: true }, 201 / 2 / 8000],
  ['normalised', { normalisation: 'mean' }, 0.0125],
  ['running', { normalisation: 'mean', normalisationOver: 'running' }, 0.0125],
] as const)('sound has the times of the middles of its frames: %s', async (_, frontEnd, first) => {
  const file = write('call.wav', wavBytes(tones(80_000)));
  const [found, ...others] = await readParts(file, { frontEnd });
  expect([found!.name, others]).toEqual(['call', []]);
  expect(found!.times).toHaveLength(found!.rows.length);
  const shift = Math.floor(('frameShift' in frontEnd ? frontEnd.frameShift : 10) * 8) / 8000;
  for (const [n, time] of found!.times!.entries()) expect(time).toBeCloseTo(first + n * shift, 12);
});

test('an impulse is in the frames about its time', async () => {
  const samples = Array.from({ length: 16_000 }, (_, i) => (i === 8_037 ? 20_000 : Math.round(3 * Math.sin(i * i))));
  for (const snipEdges of [true, false]) {
    const frontEnd = { features: 'fbank', deltas: 0, snipEdges, useEnergy: true, preEmphasis: 0 } as const;
    const [{ rows, times }] = (await readParts(write('click.wav', wavBytes(samples)), { frontEnd })) as [Found];
    const loud = times!.filter((_, n) => rows[n]![0]! > 15);
    const middle = (loud[0]! + loud.at(-1)!) / 2;
    expect(Math.abs(middle - 8_037 / 8000)).toBeLessThan(0.0051);
  }
});

const TEXT = {
  csv: 'who,x,y,when,w\nu,1,2,0.1,1\nu,3,4,0.2,2\nv,5,6,0.1,1\nu,7,8,0.1,1\n',
  tsv: 'who\tx\ty\twhen\tw\nu\t1\t2\t0.1\t1\nu\t3\t4\t0.2\t2\nv\t5\t6\t0.1\t1\nu\t7\t8\t0.1\t1\n',
  txt: 'who x y when w\nu 1 2 0.1 1\nu 3 4 0.2 2\nv 5 6 0.1 1\nu 7 8 0.1 1\n',
  jsonl: [
    ['u', 1, 2, 0.1, 1],
    ['u', 3, 4, 0.2, 2],
    ['v', 5, 6, 0.1, 1],
    ['u', 7, 8, 0.1, 1],
  ]
    .map(([who, x, y, when, w]) => `${JSON.stringify({ who, x, y, when, w })}\n`)
    .join(''),
};

test.each(Object.entries(TEXT))('columns of names and times: .%s', async (format, text) => {
  const file = write(`named.${format}`, text);
  const options = { utteranceColumn: 'who', timeColumn: 'when', weightColumn: 'w' };
  const expected = [
    ['u', [1, 2], [3, 4], 0.1, 0.2],
    ['v', [5, 6], 0.1],
    ['u', [7, 8], 0.1],
  ];
  const flat = (parts: readonly Found[]): unknown => parts.map(({ name, rows, times }) => [name, ...rows, ...times!]);
  expect(flat(await readParts(file, options))).toEqual(expected);
  const live = Readable.from([...Buffer.from(text)].map((byte) => Uint8Array.of(byte)));
  expect(flat(await readParts(live, { ...options, format: format as 'csv' }))).toEqual(expected);
  await using source = await openData(file, options);
  const weights: number[] = [];
  for await (const chunk of source) weights.push(...chunk.weights!);
  expect(weights).toEqual([1, 2, 1, 1]);
  await expect(readParts(file, { ...options, timeColumn: 'who' })).rejects.toThrow('cannot be both times and names');
  await expect(readParts(file, { ...options, columns: ['x', 'who'] })).rejects.toThrow(
    'cannot be both data and names of utterances',
  );
  expect((await readParts(file, { ...options, columns: ['y'] }))[1]!.rows).toEqual([[6]]);
});

test('times in numbers alone, and names that are numbers', async () => {
  const file = write('plain.csv', '0,0.5,1,2\n0,0.6,3,4\n7,0.5,5,6\n');
  const options = { header: false, utteranceColumn: 1, timeColumn: 2 };
  const found = await readParts(file, options);
  expect(found.map(({ name, rows, times }) => [name, rows, times])).toEqual([
    [
      '0',
      [
        [1, 2],
        [3, 4],
      ],
      [0.5, 0.6],
    ],
    ['7', [[5, 6]], [0.5]],
  ]);
  await expect(readParts(write('n.npy', ''), { utteranceColumn: 1 })).rejects.toThrow('utteranceColumn:');
  await expect(readParts([[1, 2]], { timeColumn: 1 })).rejects.toThrow('timeColumn: the data comes as rows');
});

test('rows that are picked keep their times; so do held-out rows', async () => {
  const text = Array.from({ length: 9 }, (_, n) => `${n},${n / 10}\n`).join('');
  const file = write('nine.csv', text);
  await using source = await openData(file, { header: false, timeColumn: 2 });
  const [training, heldOut] = partition(source, (row) => row % 3 === 0);
  expect(await partsOf(heldOut)).toMatchObject([{ rows: [[0], [3], [6]], times: [0, 0.3, 0.6] }]);
  expect((await partsOf(training))[0]!.times).toEqual([0.1, 0.2, 0.4, 0.5, 0.7, 0.8]);
  const skipping = await readParts(write('bad.csv', '1,0.1\nx,0.2\n3,0.3\n'), {
    header: false,
    timeColumn: 2,
    onInvalid: 'skip',
  });
  expect(skipping).toMatchObject([{ rows: [[1], [3]], times: [0.1, 0.3] }]);
});

test('what is read once keeps names and times for every pass', async () => {
  const D = 400;
  async function* stream() {
    for (let number = 0; number < 5; number++) {
      for (let piece = 0; piece < 2; piece++) {
        const rows = 130 + number;
        const times = Float64Array.from({ length: rows }, (_, n) => n / 100 + piece);
        yield {
          data: new Float64Array(rows * D).fill(number),
          dimensions: D,
          name: number < 3 ? 'u' : `${number}`,
          times,
        };
      }
    }
  }
  await using source = await openData(stream());
  const first = await partsOf(source);
  expect(namesOf(first)).toEqual([
    ['u', 786],
    ['3', 266],
    ['4', 268],
  ]);
  expect(await partsOf(source)).toEqual(first);
  const bytes = readFileSync(write('once.ark', 'u [\n 1 2\n 3 4 ]\nu [\n 5 6 ]\nv [\n 7 8 ]\n'));
  await using piped = await openData(Readable.from([bytes]), { format: 'ark' });
  const names = namesOf(await partsOf(piped));
  expect(names).toEqual([
    ['u', 2],
    ['u', 1],
    ['v', 1],
  ]);
  expect(namesOf(await partsOf(piped))).toEqual(names);
});

test('chunks of a source are data that keep their parts', async () => {
  const file = write('again.ark', 'u [\n 1 2\n 3 4 ]\nu [\n 5 6 ]\n');
  await using source = await openData(file);
  const found = await readParts(source.arriving());
  expect(namesOf(found)).toEqual([
    ['u', 2],
    ['u', 1],
  ]);
  await expect(readParts([{ data: Float64Array.of(1, 2), dimensions: 1, times: Float64Array.of(1) }])).rejects.toThrow(
    'received 1 times for 2 rows',
  );
});

test.each(['mixed.parquet', 'mixed.arrow'])('columns of names and times: %s', async (file) => {
  const mixed = join(import.meta.dirname, '..', 'fixtures', 'formats', file);
  const found = await readParts(mixed, { utteranceColumn: 'utterance', timeColumn: 'y', columns: ['x'] });
  expect(found.map(({ name, rows, times }) => [name, rows, times])).toEqual([
    ['a', [[1]], [3]],
    ['b', [[2]], [4]],
  ]);
  const numbered = await readParts(mixed, { utteranceColumn: 'x', columns: ['y'] });
  expect(namesOf(numbered)).toEqual([
    ['1', 1],
    ['2', 1],
  ]);
  await expect(readParts(mixed, { utteranceColumn: 'when', columns: ['x'] })).rejects.toThrow(
    'names no utterances: expected text, or whole numbers',
  );
});
