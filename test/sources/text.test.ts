import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import type { FormatName } from '../../src/sources/formats.ts';
import type { ReadOptions } from '../../src/sources/table.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

const read =
  (format: FormatName) =>
  (text: string, options: ReadOptions = {}): Promise<number[][]> =>
    readRows(Readable.from([Buffer.from(text)]), { format, name: 'x', ...options });
const csv = read('csv');
const jsonl = read('jsonl');
const tsv = read('tsv');
const txt = read('txt');

test.each([
  ['a header', 'a,b\n1,2\n3,4\n', {}],
  ['no header', '1,2\n3,4\n', {}],
  ['numbered columns, as pandas writes', '0,1\n1,2\n3,4\n', { header: true }],
  ['numbers as a header', '7,8\n1,2\n3,4\n', { header: true }],
  ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n', {}],
  ['no newline at the end', 'a,b\n1,2\n3,4', {}],
  ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n', {}],
  ['a byte order mark before numbers', '\ufeff1,2\n3,4\n', {}],
  ['quotes', '"a","b"\n"1",2\n3,"4"\n', {}],
  ['semicolons', 'a;b\n1;2\n3;4\n', { delimiter: ';' }],
  ['tabs', 'a\tb\n1\t2\n3\t4\n', { delimiter: '\t' }],
  ['two characters between cells', '1::2\n3::4\n', { delimiter: '::' }],
  ['blank lines', '1,2\n\n3,4\n\n', {}],
  ['spaces around numbers', ' 1 , 2\n3,4 \n', {}],
  ['chosen columns by name', 'x,b,a\n9,2,1\n9,4,3\n', { columns: ['a', 'b'] }],
  ['chosen columns by number', '9,1,2\n9,3,4\n', { columns: [2, '3'] }],
  ['text in columns not chosen', 'id,a,b\nfoo,1,2\nbar,3,4\n', { columns: [2, 3] }],
] as [string, string, ReadOptions][])('CSV with %s', async (_, text, options) => {
  expect(await csv(text, options)).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test.each([
  ['nothing', '', 'x is empty'],
  ['blank lines only', '\n\n', 'x is empty'],
  ['a header only', 'a,b\n', 'x is empty: expected rows of 2 numbers'],
  ['a short row', '1,2\n3\n', 'x, row 2: received 1 columns, expected 2'],
  ['a long row', 'a,b\n1,2\n3,4,5\n', 'x, row 2: received 3 columns, expected 2'],
  ['text', 'a,b\n1,2\n3,four\n', 'x, row 2, column "b": received "four", expected a finite decimal number'],
  ['an empty cell', '1,2\n3,\n', 'x, row 2, column 2: received nothing'],
  ['a blank cell', '1,2\n3,  \n', 'x, row 2, column 2: received nothing'],
  ['hexadecimal', '1,2\n3,0x10\n', 'received "0x10"'],
  ['binary', '1,2\n3,0b1\n', 'received "0b1"'],
  ['NaN', '1,2\n3,NaN\n', 'x, row 2, column 2: received "NaN"'],
  ['infinity', '1,2\n-Infinity,4\n', 'received "-Infinity"'],
  ['a number too large', '1,2\n1e999,4\n', 'received "1e999"'],
  ['a decimal comma', '1;2\n3;4,5\n', 'x, row 2, column 2: received "4,5"', ';'],
  ['0, 1, … in the first row', '0,1\n1,0\n', 'received 0 to 1, so it may be names or data: say --header'],
  [
    'spaces between cells',
    '1 2\n3 4\n',
    'x, row 1, column 1: received "1 2", expected a finite decimal number: is the delimiter another one (--delimiter " ")',
  ],
  ['names beside numbers in the first row', 'a,1\n1,2\n', 'say --header or --no-header'],
  ['a stray quote', 'a,b\n1,2"3\n', 'x is no CSV: Invalid'],
  ['an unclosed quote', 'a,b\n1,"2\n3,4\n', 'Quote Not Closed'],
])('CSV with %s is refused', async (_, text, message, delimiter = ',') => {
  await expect(csv(text, { delimiter })).rejects.toThrow(message);
});

test('CSV with a column that is not there is refused, with what there is', async () => {
  await expect(csv('a,b\n1,2\n', { columns: ['c'] })).rejects.toThrow('x has no column "c"; it has a, b, or 1 to 2');
  await expect(csv('1,2\n', { columns: [3] })).rejects.toThrow('it has 1 to 2 (it has no column names)');
});

test('a whole number is always a place, and each column is chosen once', async () => {
  expect(await csv('0,1,2\n10,20,30\n', { columns: ['2', '3'], header: true })).toEqual([[20, 30]]);
  await expect(csv('a,b\n1,2\n', { columns: ['a', '1'] })).rejects.toThrow('column 1 is chosen twice');
});

test('tabs and names', async () => {
  expect(await tsv('a\tb\n1\t2\n3\t4\n', { columns: ['b'] })).toEqual([[2], [4]]);
  await expect(tsv('a\tb\n1\t2\n', { delimiter: ',' })).rejects.toThrow(
    'delimiter: x is of a format that has no such option',
  );
});

test('a byte order mark and nothing else on the first line', async () => {
  expect(await csv('\ufeff\n1,2\n3,4\n')).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('numbers with spaces between them, as numpy.savetxt writes them', async () => {
  const text = '# made by hand\n 1.5e+00  2\n\n3\t-4 # the last\n';
  expect(await txt(text)).toEqual([
    [1.5, 2],
    [3, -4],
  ]);
  expect(await txt('a b\n1 2\n', { columns: ['b'] })).toEqual([[2]]);
  await expect(txt('1 2\n3\n')).rejects.toThrow('x, row 2: received 1 columns, expected 2');
  await expect(txt('# nothing\n')).rejects.toThrow('x is empty');
});

test('another delimiter is suggested', async () => {
  await expect(csv('1;2\n3;4\n', { header: false })).rejects.toThrow('is the delimiter another one (--delimiter ";")?');
});

test('CSV of any finite numbers comes back as it was', async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(number, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 50 }),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (rows, delimiter, newline, quoted) => {
        const cell = (value: number): string => (quoted ? `"${value}"` : String(value));
        const text = rows.map((row) => row.map(cell).join(delimiter)).join(newline);
        expect(await csv(text, { delimiter, header: false })).toEqual(rows.map((row) => row.map((value) => value + 0)));
      },
    ),
  );
});

/** Rows, or that they are refused: of two faults either may be told first. */
async function outcome(text: string, pieceBytes: number, columns: readonly string[] | undefined): Promise<unknown> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) =>
    bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
  try {
    return await readRows(Readable.from(pieces), { format: 'csv', name: 'x', ...(columns && { columns }) });
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return 'refused';
  }
}

test('lines of plain numbers, read fast, give what csv-parse gives of them, whatever comes between', async () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => value.toFixed(4)),
    fc.stringMatching(/^[+-]?[0-9]{1,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?$/),
    fc.stringMatching(/^[+-]?\.?[0-9]{0,3}\.?[eE]?-?[0-9]{0,3}$/),
  );
  const odd = fc.constantFrom(
    '',
    ' ',
    ' 7 ',
    '"5"',
    '"6""',
    'x',
    '1e999',
    '0x10',
    '1_0',
    'é',
    '\t3',
    '3\r',
    'NaN',
    '-',
  );
  const cell = fc.oneof({ weight: 60, arbitrary: number }, { weight: 1, arbitrary: odd });
  const row = fc.oneof(
    { weight: 30, arbitrary: fc.tuple(cell, cell) },
    { weight: 1, arbitrary: fc.array(cell, { maxLength: 3 }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 30 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom<readonly string[] | undefined>(undefined, ['b'], ['b', 'a']),
      async (rows, newline, endsLine, pieceBytes, columns) => {
        const body = rows.map((cells) => cells.join(',')).join(newline) + (endsLine ? newline : '');
        const fast = await outcome(`a,b${newline}${body}`, pieceBytes, columns);
        // a quote in the first line leaves all to csv-parse
        expect(fast).toEqual(await outcome(`"a","b"${newline}${body}`, pieceBytes, columns));
      },
    ),
    runs(500),
  );
});

test('what ends the first record of a live stream ends all others, in whatever pieces they come', async () => {
  for (const pieceBytes of [1, 7, 100]) {
    expect(await outcome('"a","b"\n3\r,0.5', pieceBytes, undefined)).toEqual([[3, 0.5]]);
    expect(await outcome('"a","b"\r\n1,2\r\n3,4\r\n', pieceBytes, undefined)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  }
});

test.each([
  ['arrays', '[1,2]\n[3,4]\n'],
  ['objects', '{"a":1,"b":2}\n{"b":4,"a":3}\n'],
  ['CRLF, blank lines, no newline at the end', '[1,2]\r\n\r\n[3,4]'],
  ['a byte order mark', '\ufeff[1,2]\n[3,4]\n'],
])('JSON lines of %s', async (_, text) => {
  expect(await jsonl(text)).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('JSON lines: chosen members', async () => {
  expect(await jsonl('{"id":"x","a":1,"b":2}\n{"id":"y","a":3,"b":4}\n', { columns: ['b', 'a'] })).toEqual([
    [2, 1],
    [4, 3],
  ]);
});

test.each([
  ['nothing', '', 'x is empty'],
  ['text', '[1,2]\nhello\n', 'x, row 2: no JSON'],
  ['a bare number', '1\n2\n', 'x, row 1: received 1, expected an array'],
  ['null', 'null\n', 'x, row 1: received null'],
  ['a string cell', '[1,2]\n[3,"4"]\n', 'x, row 2, column 2: received "4"'],
  ['a null cell', '[1,null]\n', 'x, row 1, column 2: received null'],
  ['an infinite number', '[1,1e999]\n', 'expected a finite decimal number'],
  ['a short row', '[1,2]\n[3]\n', 'x, row 2: received 1 columns, expected 2'],
  ['a missing member', '{"a":1,"b":2}\n{"a":3}\n', 'x, row 2: received 1 columns, expected 2'],
  ['an object among arrays', '[1,2]\n{"a":3}\n', 'x, row 2: received an object, expected an array'],
  ['no columns', '[]\n', 'received no columns'],
  ['an array nested 100,000 deep', `[${'['.repeat(1e5)}${']'.repeat(1e5)}]\n`, 'received an array'],
  ['members of no array', '{"constructor":1}\n{}\n', 'x, row 2: received 0 columns, expected 1'],
  ['a member too many', '{"a":1}\n{"a":1,"b":2}\n', 'x, row 2: received 2 columns, expected 1'],
  ['nested arrays', '[[1,2]]\n', 'x, row 1, column 1: received an array'],
])('JSON lines with %s are refused', async (_, text, message) => {
  await expect(jsonl(text)).rejects.toThrow(message);
});

test('a line or a record without end is refused before it fills the memory', async () => {
  const endless = (piece: string) =>
    (function* () {
      for (let i = 0; i < 100; i++) yield Buffer.from(piece.repeat(1 << 20));
    })();
  await expect(readRows(Readable.from(endless('1')), { format: 'jsonl', name: 'x' })).rejects.toThrow(
    'a line of more than 16 MiB',
  );
  await expect(readRows(Readable.from(endless('1')), { format: 'csv', name: 'x' })).rejects.toThrow(
    /max_record_size|Max Record Size/i,
  );
});
