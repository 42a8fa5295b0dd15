import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { SourceOptions } from '../../src/sources/data.ts';
import { openOnce } from '../../src/sources/source.ts';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();

async function npyOf(rows: readonly number[][]): Promise<Buffer> {
  const file = path('rows.npy');
  await writeNpy(
    file,
    (async function* () {
      yield Float64Array.from(rows.flat());
    })(),
    2,
  );
  return buffer(createReadStream(file));
}

const header = (
  await npyOf([
    [0, 0],
    [0, 0],
    [0, 0],
  ])
).subarray(0, -48);
const bytesOf = (...row: number[]): Uint8Array => new Uint8Array(Float64Array.from(row).buffer);

/** What is written before the first row, and each row. */
const formats: [string, SourceOptions, (string | Uint8Array)[], (row: number[]) => string | Uint8Array][] = [
  ['csv', { format: 'csv' }, [], (row) => `${row.join(',')}\n`],
  ['csv with names', { format: 'csv' }, ['x,y\n'], (row) => `${row.join(',')}\r\n`.replace('\r', '')],
  ['csv, carriage returns', { format: 'csv' }, ['x,y\r\n'], (row) => `${row.join(',')}\r\n`],
  ['csv with quotes', { format: 'csv' }, ['"x","y"\n'], (row) => `"${row.join('","')}"\n`],
  ['csv with quotes on the way', { format: 'csv' }, ['x,y\n'], (row) => `"${row[0]}",${row[1]}\n`],
  ['csv, a delimiter of two', { format: 'csv', delimiter: '::' }, [], (row) => `${row.join('::')}\n`],
  ['tsv', { format: 'tsv' }, [], (row) => `${row.join('\t')}\n`],
  ['txt', { format: 'txt' }, ['# numbers\n'], (row) => ` ${row.join('  ')}\n`],
  ['jsonl', { format: 'jsonl' }, [], (row) => `${JSON.stringify(row)}\n`],
  ['jsonl of objects', { format: 'jsonl', columns: ['y', 'x'] }, [], ([y, x]) => `${JSON.stringify({ x, y })}\n`],
  ['npy', { format: 'npy' }, [header], (row) => bytesOf(...row)],
];

describe.each(formats)('%s', (_, options, before, write) => {
  test('a row is given as soon as it is there, and rows that came together are', async () => {
    const pipe = new PassThrough();
    for (const piece of before) pipe.write(piece);
    pipe.write(write([1, 2]));
    const source = await openOnce(pipe, options);
    const chunks = source.arriving();
    const next = async (): Promise<number[]> => [...(await chunks.next()).value!.data];
    expect(await next()).toEqual([1, 2]);
    const [third, second] = [Buffer.from(write([5, 6])), Buffer.from(write([3.5, -4]))];
    pipe.write(second.subarray(0, 3));
    const pending = next();
    pipe.write(second.subarray(3));
    expect(await pending).toEqual([3.5, -4]);
    pipe.end(third);
    expect(await next()).toEqual([5, 6]);
    expect((await chunks.next()).done).toBe(true);
    await source.close();
  });
});

test('rows before one that cannot be used are given first', async () => {
  for (const [format, text] of [
    ['csv', '1,2\n3,4\n5,x\n'],
    ['jsonl', '[1,2]\n[3,4]\n[5]\n'],
  ] as const) {
    const source = await openOnce(Readable.from([Buffer.from(text)]), { format });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { data } of source.arriving()) seen.push(...data);
    })();
    await expect(reading).rejects.toThrow('row 3');
    expect(seen).toEqual([1, 2, 3, 4]);
  }
});

test('what is wrong in lines with quotes is told by its line, as of a file', async () => {
  const lines = ['x,y', '1,2', '"3",4', '"5",6', '7,8"9'];
  const read = async (pieces: string[]) => {
    const source = await openOnce(Readable.from(pieces.map((text) => Buffer.from(text))), {
      format: 'csv',
      name: 'it',
    });
    for await (const _ of source.arriving());
  };
  const one = read([`${lines.join('\n')}\n`]);
  await expect(one).rejects.toThrow('at line 5');
  await expect(read(lines.map((line) => `${line}\n`))).rejects.toThrow((await one.catch((error) => error)).message);
});

test('a quote that is open at the end of a piece', async () => {
  const pieces = ['x,y\n"1', '",2\n3,', '4\n'].map((text) => Buffer.from(text));
  expect(await readRows(Readable.from(pieces), { format: 'csv' })).toEqual([
    [1, 2],
    [3, 4],
  ]);
  const names = ['"a\n', 'b",y\n1,2\n'].map((text) => Buffer.from(text));
  expect(await readRows(Readable.from(names), { format: 'csv' })).toEqual([[1, 2]]);
});

test('a named pipe is read once, from its beginning', async () => {
  const pipe = path('pipe.csv');
  execFileSync('mkfifo', [pipe]);
  const rows = Array.from({ length: 30_000 }, (_, n) => [n, n / 2]);
  const writer = createWriteStream(pipe);
  writer.end(`x,y\n${rows.map((row) => row.join(',')).join('\n')}\n`);
  expect(await readRows(pipe)).toEqual(rows);
});
