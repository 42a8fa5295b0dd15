import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { parse } from 'csv-parse';
import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { openData } from '../../src/sources/source.ts';
import { collect } from '../helpers/collect.ts';
import { readRows } from '../helpers/read.ts';

const text = '1,2\n3,4\n5,6\n';
const bytes = Buffer.from(text);
const expected = [
  [1, 2],
  [3, 4],
  [5, 6],
];
const csv: SourceOptions = { format: 'csv' };
const shared = (): SharedArrayBuffer => {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
};
const named = expected.map(([x, y]) => ({ x: x!, y: y! }));

test.each<[string, () => RowData, SourceOptions?]>([
  ['a Buffer', () => bytes, csv],
  ['Buffers, pieces of one file', () => [bytes.subarray(0, 5), bytes.subarray(5)], csv],
  ['a Uint8Array', () => Uint8Array.from(bytes), csv],
  ['an ArrayBuffer', () => Uint8Array.from(bytes).buffer, csv],
  ['a SharedArrayBuffer', shared, csv],
  ['a Blob', () => new Blob([bytes]), csv],
  ['a File, whose name tells its format', () => new File([bytes], 'rows.CSV')],
  ['a Response', () => new Response(text), csv],
  ['the body of a Response', () => new Response(text).body!, csv],
  ['a Request', () => new Request('http://localhost', { method: 'POST', body: text }), csv],
  ['a web stream of rows', () => ReadableStream.from(expected) as unknown as AsyncIterable<number[]>],
  ['a Readable of bytes', () => Readable.from([bytes]), csv],
  ['rows of Int32Array', () => expected.map((row) => Int32Array.from(row))],
  ['rows of Uint8ClampedArray', () => expected.map((row) => Uint8ClampedArray.from(row))],
  ['rows of BigInt64Array', () => expected.map((row) => BigInt64Array.from(row.map(BigInt)))],
  ['rows of BigInts', () => expected.map((row) => row.map(BigInt))],
  ['rows of another realm', () => runInNewContext('[Float64Array.of(1, 2), [3, 4], Int8Array.of(5, 6)]')],
  ['flat Uint8Array, which is numbers here', () => ({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), dimensions: 2 })],
  ['flat numbers', () => ({ data: expected.flat(), dimensions: 2 })],
  ['flat numbers of another realm', () => ({ data: runInNewContext('Float32Array.of(1,2,3,4,5,6)'), dimensions: 2 })],
  ['matrices', () => [new Matrix([[1, 2]]), new Matrix(expected.slice(1))]],
  ['objects', () => named],
  ['objects, one at a time', () => Readable.from(named)],
  ['objects in any order of keys', () => [named[0]!, { y: 4, x: 3 }, named[2]!]],
  ['objects of text', () => named.map(({ x, y }) => ({ x: ` ${x}`, y: `${y}e0` }))],
  ['what csv-parse gives', () => Readable.from([`x,y\n${text}`]).pipe(parse({ columns: true }))],
  ['chosen members', () => named.map(({ x, y }) => ({ name: 'a', y, x })), { columns: ['x', 'y'] }],
  ['a Set of rows', () => new Set(expected)],
])('%s', async (_, make, options = {}) => {
  const source = await openData(make(), options);
  for (let pass = 0; pass < 2; pass++) {
    expect((await collect(source)).flatMap(({ data }) => [...data])).toEqual(expected.flat());
  }
  await source.close();
});

test.each<[string, () => unknown, string, object?]>([
  ['bytes of no format', () => bytes, 'received bytes: say which format'],
  ['pieces of no format', () => [bytes, bytes], 'received bytes: say which format'],
  ['a format in capitals', () => bytes, 'format: received "CSV", expected npy, npz, csv', { format: 'CSV' }],
  ['rows with a format', () => expected, 'format: the data comes as rows', csv],
  ['columns of rows without names', () => expected, 'columns: the data comes as rows', { columns: [1] }],
  ['a row among bytes', () => Readable.from([bytes, [1, 2]]), 'received [ 1, 2 ] among its bytes', csv],
  ['bytes among rows', () => [[1, 2], bytes], 'row 2: received Buffer(12)'],
  ['an answer that is none', () => new Response('', { status: 404, statusText: 'Gone' }), 'answered 404 Gone', csv],
  ['an answer of nothing', () => new Response(null), 'it has no body', csv],
  ['a BigInt that is no double', () => [[1n, 2n ** 53n + 1n]], 'column 2: received 9007199254740993n'],
  ['one in a typed array', () => BigInt64Array.of(1n, 2n ** 53n + 1n), 'column 2: received 9007199254740993n'],
  ['one beyond all doubles', () => [[10n ** 400n]], 'column 1: received 1000'],
  ['text in an array', () => [['1', '2']], 'row 1, column 1: received "1", expected a number: make numbers'],
  ['a hole in a row', () => [[1, 2], Array(2)], 'row 2, column 1: received undefined'],
  ['a hole among rows', () => [[1, 2], ...Array(1)], 'row 2: received undefined, expected an array of 2 numbers'],
  ['a hole among paths', () => Object.assign(Array(2), ['a.csv']), 'row 1, column 1: received "a.csv"'],
  ['a promise', () => Promise.resolve([[1]]), 'expected a path, rows, bytes with a format, or a stream: await it'],
  ['promises of rows', () => [[1, 2], Promise.resolve([1, 2])], 'row 2: received Promise'],
  ['a date', () => [[1, new Date(0)]], 'row 1, column 2: received 1970-01-01T00:00:00.000Z'],
  ['true', () => [[1, true]], 'row 1, column 2: received true'],
  ['a function', () => () => 1, 'received a function'],
  ['a class of one’s own', () => new (class Rows {})(), 'received Rows {}, expected a path'],
  [
    'an object that throws',
    () => [Object.defineProperty({}, 'x', { enumerable: true, get: fail })],
    'be looked at: no',
  ],
  ['a proxy that throws', () => new Proxy([], { get: fail }), 'it cannot be looked at: no'],
  ['an array as a cell', () => [{ x: [1, 2] }], 'row 1, column "x": received [ 1, 2 ]'],
  ['a member that is missing', () => [{ x: 1, y: 2 }, { x: 1 }], 'row 2, column "y": received nothing'],
  ['a member too many', () => [{ x: 1 }, { x: 1, y: 2 }], 'row 2: received a column "y"'],
  ['text that is no number', () => [{ x: '1' }, { x: '0x10' }], 'row 2, column "x": received "0x10"'],
  ['objects, then an array', () => [{ x: 1 }, [1]], 'row 2: received an array, expected an object with x'],
  ['an array, then objects', () => [[1], { x: 1 }], 'row 2: received an object, expected an array of 1 numbers'],
  ['the same in a stream', () => Readable.from([[1], { x: 1 }]), 'row 2: received an object'],
  ['columns called by numbers', () => [{ time: 1, 1: 2, 0: 3 }], 'does not keep the order of columns'],
  ['an unknown column', () => [{ x: 1 }], 'has no column "z"; it has x, or 1 to 1', { columns: ['z'] }],
  ['nothing', () => [{}], 'its rows have no columns'],
  ['an empty array as a row', () => Readable.from([[1, 2], []]), 'row 2: received 0 columns, expected 2'],
])('%s is refused', async (_, make, message, options = {}) => {
  const error = await readRows(make() as RowData, options).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: expect.stringMatching(/^(Data|File|Setting)Error$/) });
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).not.toContain('\n');
});

function fail(): never {
  throw new Error('no');
}

test('row weights of objects', async () => {
  const rows = [
    { x: 1, w: 2, y: 3 },
    { x: 4, w: '0.5', y: 6 },
  ];
  const [chunk] = await collect(await openData(rows, { weightColumn: 'w' }));
  expect([[...chunk!.data], [...chunk!.weights!]]).toEqual([
    [1, 3, 4, 6],
    [2, 0.5],
  ]);
  const weights = await collect(await openData(expected, { weights: Int32Array.of(1, 2, 3) }));
  expect([...weights[0]!.weights!]).toEqual([1, 2, 3]);
});

test('rows in memory that cannot be used are skipped, or used without what is missing', async () => {
  const source = await openData([[1, 2], [3], [4, 'x' as never], [5, 6]], { onInvalid: 'skip' });
  const [chunk] = await collect(source);
  expect([...chunk!.data]).toEqual([1, 2, 5, 6]);
  expect(source.skipped).toEqual({ rows: 2, first: expect.stringContaining('row 2: received 1 columns') });
  const [missing] = await collect(
    await openData(
      [
        { x: 1, y: '' },
        { x: null, y: 2 },
      ],
      { onInvalid: 'missing' },
    ),
  );
  expect([...missing!.data]).toEqual([1, Number.NaN, Number.NaN, 2]);
});

test('a fit of bytes is the fit of their rows', async () => {
  const settings = { components: 2, iterations: 2 };
  const rows = Array.from({ length: 40 }, (_, n) => [Math.sin(n + 1), Math.cos(n * n)]);
  const file = Buffer.from(rows.map((row) => `${row.join()}\n`).join(''));
  const ofRows = await new GaussianMixture(settings).fit(rows);
  const ofBytes = await new GaussianMixture(settings).fit([file.subarray(0, 100), file.subarray(100)], csv);
  expect(ofBytes.criterion).toEqual(ofRows.criterion);
  const heldOut = await new GaussianMixture(settings).fit(new Blob([file]), { ...csv, heldOut: rows });
  expect(heldOut.heldOutCriterion).toEqual(heldOut.criterion);
});

test('K-means predicts labels and distances', async () => {
  const model = await new KMeans({ init: { means: [[0], [10]] }, iterations: 0 }).fit([[0], [10]]);
  expect(await model.predict([{ x: 1 }, { x: 7 }])).toEqual({
    labels: Int32Array.of(0, 1),
    distances: Float64Array.of(1, 3),
    logProbabilities: null,
    responsibilities: null,
  });
});
