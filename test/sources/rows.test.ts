import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { openData } from '../../src/sources/source.ts';
import { megamix } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { readRows } from '../helpers/read.ts';

const path = temporaryDirectory();
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path(name), content);
  return path(name);
};

async function weightsOf(data: RowData, options: SourceOptions): Promise<{ rows: number[][]; weights: number[] }> {
  const source = await openData(data, options);
  const weights: number[] = [];
  for await (const chunk of source) weights.push(...chunk.weights!);
  await source.close();
  return { rows: await readRows(data, options), weights };
}

const csv = write('data.csv', 'a,w,b\n1,0.5,2\n3,2,4\n5,0,6\n');
const parts = [write('part1.csv', '1,2\n'), write('part2.csv', '3,4\n5,6\n')];
const expected = {
  rows: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  weights: [0.5, 2, 0],
};

test('row weights from a column, by name or by number', async () => {
  expect(await weightsOf(csv, { weightColumn: 'w' })).toEqual(expected);
  expect(await weightsOf(csv, { weightColumn: 2, columns: ['a', 'b'] })).toEqual(expected);
  expect(await weightsOf(csv, { weightColumn: 'w', columns: ['b'] })).toMatchObject({ rows: [[2], [4], [6]] });
  const npy = write('data.npy', npyBytes({ shape: '(3, 3)' }, Float64Array.of(1, 0.5, 2, 3, 2, 4, 5, 0, 6)));
  expect(await weightsOf(npy, { weightColumn: 2 })).toEqual(expected);
  const jsonl = write('data.jsonl', '{"a":1,"w":0.5,"b":2}\n{"a":3,"w":2,"b":4}\n{"a":5,"w":0,"b":6}\n');
  expect(await weightsOf(jsonl, { weightColumn: 'w' })).toEqual(expected);
});

test('row weights from a file, an array or a stream, over all files of the data', async () => {
  const list = write('w.npy', npyBytes({ shape: '(3,)' }, Float64Array.of(0.5, 2, 0)));
  const text = write('w.txt', '0.5\n2\n0\n');
  for (const weights of [list, text, [0.5, 2, 0], Float64Array.of(0.5, 2, 0), [[0.5], [2], [0]]]) {
    expect(await weightsOf(parts, { weights })).toEqual(expected);
  }
  const source = await openData(parts, { weights: Readable.from([[0.5], [2], [0]]) });
  for (let pass = 0; pass < 2; pass++) {
    const weights: number[] = [];
    for await (const chunk of source) weights.push(...chunk.weights!);
    expect(weights).toEqual(expected.weights);
  }
  await source.close();
});

test.each<[string, RowData, SourceOptions, string]>([
  ['too few', parts, { weights: [1, 2] }, 'the row weights ends after 2 row weights, but there are more rows of data'],
  ['too many', parts, { weights: [1, 2, 3, 4] }, 'the row weights has more row weights than the 3 rows of data'],
  ['two columns', parts, { weights: parts }, 'part1.csv and 1 more has 2 columns: row weights are one number a row'],
  [
    'negative',
    parts,
    { weights: [1, 2, -1] },
    'part2.csv, row 2: received the weight -1, expected a finite number ≥ 0',
  ],
  ['no number', parts, { weights: [1, Number.NaN, 1] }, 'received NaN, expected a finite number'],
  ['given twice', csv, { weightColumn: 'w', weights: [1, 2, 3] }, 'has row weights already'],
  ['an unknown column', csv, { weightColumn: 'x' }, 'has no column "x"'],
  ['a column that is data', csv, { weightColumn: 'w', columns: ['w', 'a'] }, 'cannot be both data and weights'],
  ['the only column', write('one.csv', '1\n2\n'), { weightColumn: 1 }, 'has one column only'],
  ['a column of rows in memory', [[1, 2]], { weightColumn: 1 }, 'give weights'],
])('row weights: %s is refused', async (_, data, options, message) => {
  await expect(readRows(data, options)).rejects.toThrow(message);
});

const broken: [string, string, string][] = [
  ['csv', '1,2\n3,x\n5,6\n7\n9,10\n', 'row 2, column 2: received "x"'],
  ['csv', '1,2\n3,NaN\n5,6\n,8\n9,10\n', 'row 2, column 2: received "NaN"'],
  ['jsonl', '[1,2]\n{"a":1}\n[5,6]\nnull\n[9,10]\n', 'row 2: received an object'],
  ['jsonl', '[1,2]\n[3,\n[5,6]\n[7,"8"]\n[9,10]\n', 'row 2: no JSON'],
  ['txt', '1 2\n3 inf\n5 6\n7 8 9\n9 10\n', 'row 2, column 2: received "inf"'],
];
const good = [
  [1, 2],
  [5, 6],
  [9, 10],
];

test.each(broken)('invalid rows of %s are skipped, counted and told: %j', async (format, text, first) => {
  const file = write(`broken.${format}`, text);
  await expect(readRows(file, { header: format === 'jsonl' ? undefined : false })).rejects.toThrow(first);
  const source = await openData(file, { onInvalid: 'skip', header: format === 'jsonl' ? undefined : false });
  for (let pass = 0; pass < 2; pass++) {
    const rows: number[][] = [];
    for await (const { data } of source)
      for (let at = 0; at < data.length; at += 2) rows.push([...data.slice(at, at + 2)]);
    expect(rows).toEqual(good);
    expect(source.skipped).toEqual({ rows: 2, first: expect.stringContaining(first) });
  }
});

test('invalid rows of numbers are skipped, weights and all', async () => {
  const values = Float64Array.of(1, 2, Number.NaN, 4, 5, 6, 7, Number.POSITIVE_INFINITY, 9, 10);
  const npy = write('broken.npy', npyBytes({ shape: '(5, 2)' }, values));
  expect(await weightsOf(npy, { onInvalid: 'skip', weights: [1, 2, 3, 4, 5] })).toEqual({
    rows: good,
    weights: [1, 3, 5],
  });
  await expect(readRows(npy, { onInvalid: 'skip', weights: [1, 2, Number.NaN, 4, 5] })).rejects.toThrow(
    'the row weights, row 3, column 1: received NaN',
  );
  expect(await weightsOf(npy, { onInvalid: 'skip', weights: [1, 2, -3, 4, 5] })).toMatchObject({ weights: [1, 5] });
  await expect(readRows(npy, { onInvalid: 'ignore' as never })).rejects.toThrow('expected error, skip');
});

test('what was wrong in a pipe is told as it came, after any number of passes', async () => {
  const source = await openData(Readable.from([Buffer.from('1,2\n3,x\n5,6\n')]), {
    format: 'csv',
    header: false,
    onInvalid: 'skip',
  });
  for (let pass = 0; pass < 3; pass++) {
    let rows = 0;
    for await (const chunk of source) rows += chunk.rows;
    expect([rows, source.skipped]).toEqual([
      2,
      { rows: 1, first: expect.stringContaining('row 2, column 2: received "x"') },
    ]);
  }
  await source.close();
});

test('nothing but invalid rows is no data', async () => {
  const npy = write('nothing.npy', npyBytes({ shape: '(2, 2)' }, new Float64Array(4).fill(Number.NaN)));
  await expect(readRows(npy, { onInvalid: 'skip' })).rejects.toThrow('is empty');
});

test('a fit by the command line: weights and skipping', async () => {
  const lines = Array.from({ length: 100 }, (_, n) => `${Math.sin(n)},${Math.cos(3 * n)},${n % 3}`);
  const data = write('weighted.csv', `x,y,w\n${lines.join('\n')}\nNaN,1,1\n`);
  const output = path('weighted.h5');
  const args = ['fit', data, '--model', 'gmm', '--components', '2', '--iterations', '2', '--json', '-o', output];
  const { code, stdout, stderr } = await megamix([...args, '--weight-column', 'w', '--on-invalid', 'skip']);
  expect([code, stderr]).toEqual([
    0,
    `warning: skipped 1 row that cannot be used; the first: ${data}, row 101, column "x": received "NaN", expected a finite decimal number: repair or remove the row\n`,
  ]);
  const rows = Float64Array.from({ length: 200 }, (_, i) => (i % 2 ? Math.cos(3 * ((i - 1) / 2)) : Math.sin(i / 2)));
  const weights = Float64Array.from({ length: 100 }, (_, n) => n % 3);
  const model = await new GaussianMixture({ components: 2, iterations: 2 }).fit({ data: rows, dimensions: 2, weights });
  expect(JSON.parse(stdout).criterion).toEqual(model.criterion.map((value) => expect.closeTo(value, 8)));
  const both = await megamix([...args, '--weight-column', 'w', '--weights', data]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('cannot be used with')]);
});
