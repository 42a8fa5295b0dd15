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
  ['0, 1, … in the first row', '0,1\n1,0\n', 'received 0 to 1, so it may be names or data: say header'],
  [
    'spaces between cells',
    '1 2\n3 4\n',
    'x, row 1, column 1: received "1 2", expected a finite decimal number: is the delimiter another one (delimiter: " ")',
  ],
  ['names beside numbers in the first row', 'a,1\n1,2\n', 'say header: true or false'],
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
  await expect(csv('1;2\n3;4\n', { header: false })).rejects.toThrow('is the delimiter another one (delimiter: ";")?');
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
async function outcome(
  text: string,
  delimiter: string,
  pieceBytes: number,
  columns: readonly string[] | undefined,
): Promise<unknown> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) =>
    bytes.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  );
  try {
    return await readRows(Readable.from(pieces), { format: 'csv', name: 'x', delimiter, ...(columns && { columns }) });
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
      fc.constantFrom(',', ';', '\t'),
      fc.boolean(),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom<readonly string[] | undefined>(undefined, ['b'], ['b', 'a']),
      async (rows, newline, delimiter, endsLine, pieceBytes, columns) => {
        const body = rows.map((cells) => cells.join(delimiter)).join(newline) + (endsLine ? newline : '');
        const fast = await outcome(`a${delimiter}b${newline}${body}`, delimiter, pieceBytes, columns);
        // a quote in the first line leaves all to csv-parse
        expect(fast).toEqual(await outcome(`"a"${delimiter}"b"${newline}${body}`, delimiter, pieceBytes, columns));
      },
    ),
    runs(500),
  );
});

test.each([
  ['\\r\\n first, \\n later', 'a,b\r\n1,2\n3,4\n'],
  ['\\n first, \\r\\n later', 'a,b\n1,2\n3,4\r\n'],
  ['either, without names', '1,2\n3,4\r\n'],
  ['\\r alone', 'a,b\r1,2\r3,4\r'],
  ['\\r alone, without names', '1,2\r3,4'],
  ['all of them, blank ones too', '"a","b"\n\r\n1,2\r\r3,4\r\n\n'],
])('CSV whose lines end with %s, in whatever pieces', async (_, text) => {
  for (const pieceBytes of [1, 2, 3, 7, 100]) {
    expect(await outcome(text, ',', pieceBytes, undefined)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  }
});

test.each(['mixed-line-ends', 'mixed-line-ends-header'])('%s.csv', async (name) => {
  const rows = await readRows(new URL(`../fixtures/cases/${name}.csv`, import.meta.url));
  expect(rows.flat()).toEqual(Array.from({ length: name.endsWith('header') ? 6 : 8 }, (_, i) => i + 1));
});

test.each(['UTF-16LE', 'UTF-16BE', 'UTF-32LE', 'UTF-32BE'])('text in %s is named', async (encoding) => {
  const encode = (text: string): Buffer => {
    const size = encoding.startsWith('UTF-16') ? 2 : 4;
    const bytes = Buffer.alloc(size * text.length);
    for (let i = 0; i < text.length; i++) {
      if (encoding.endsWith('LE')) bytes.writeUIntLE(text.charCodeAt(i), size * i, size);
      else bytes.writeUIntBE(text.charCodeAt(i), size * i, size);
    }
    return bytes;
  };
  for (const [format, text] of [
    ['csv', '1,2\n3,4\n'],
    ['tsv', '1\t2\n'],
    ['txt', '1 2\n3 4\n'],
    ['jsonl', '[1,2]\n'],
  ] as const) {
    for (const mark of ['', '\ufeff']) {
      const bytes = encode(mark + text);
      const pieces = Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]);
      await expect(readRows(pieces, { format, name: 'x' })).rejects.toThrow(
        `x is text in ${encoding.slice(0, 6)}: save it in UTF-8`,
      );
    }
  }
});

test.each<[string, FormatName, string, string, string?]>([
  ['in a row of names', 'csv', '1,5;2,5\n3;4\n', 'column 1: received "1,5", expected', ';'],
  [
    'with the other delimiter',
    'csv',
    '1,5;2,5\n3,5;4,5\n',
    'the delimiter another one (delimiter: ";")? and decimals need a point',
  ],
  [
    'below names',
    'csv',
    'x;y\n1,5;2,5\n',
    'received 3 columns, expected 1 as in the first row: is the delimiter another one',
  ],
  ['between thousands', 'csv', '1.234,5;1\n', 'received "1.234,5"', ';'],
  ['with tabs', 'tsv', '1,5\t2,5\n', 'decimals need a point'],
  ['with blanks', 'txt', '1,5 2,5\n', 'decimals need a point'],
])('a decimal comma %s is named', async (_, format, text, message, delimiter) => {
  await expect(read(format)(text, delimiter ? { delimiter } : {})).rejects.toThrow(message);
});

test.each(['NaN,NaN', 'NA,', '1e999,inf', '0x10,null'])('a first row of %s is not taken for names', async (row) => {
  await expect(csv(`${row}\n1,2\n`)).rejects.toThrow('so it may be names or data: say header: true or false');
  expect(await csv(`${row}\n1,2\n`, { header: true })).toEqual([[1, 2]]);
});

test('a column whose name comes twice is chosen by number', async () => {
  await expect(csv('a,b,a\n1,2,3\n', { columns: ['a'] })).rejects.toThrow(
    'x has several columns "a": choose by number, such as 1 or 3',
  );
  expect(await csv('a,b,a\n1,2,3\n', { columns: [3, 'b'] })).toEqual([[3, 2]]);
});

test('lines of a table that end with \\r are lines', async () => {
  expect(await txt('1 2\r3 4\r')).toEqual([
    [1, 2],
    [3, 4],
  ]);
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

test('columns of JSON lines have the order of the first line, whatever their names', async () => {
  expect(await jsonl('{"time":1,"1":2,"0":3}\n{"0":6,"1":5,"time":4}\n')).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(await jsonl('{"time":1,"1":2,"0":3}\n', { columns: [2] })).toEqual([[2]]);
  const named = '{"a\\"b:" : 1, "c" : "x:y", "\\u0031": {"c":[{"d":2}]}, "__proto__": 3}\n';
  expect(await jsonl(named, { columns: ['__proto__', 'a"b:'] })).toEqual([[3, 1]]);
  const fixture = (ending: string) => new URL(`../fixtures/cases/numbered-names.${ending}`, import.meta.url);
  expect(await readRows(fixture('jsonl'))).toEqual(await readRows(fixture('csv'), { header: true }));
});

test.each([
  ['', '{"a":1,"b":2,"a":3}'],
  [' with blanks', '{"a" :1,"b": 2 ,\t"a"\t: 3}'],
  [' written in two ways', '{"a":1,"b":2,"\\u0061":3}'],
  [' beside colons in text', '{"a":1,"t":"12:30:00","q":"\\":","b":2,"a":3}'],
  [' beside others deeper down', '{"a":1,"c":{"a":[{"a":5}]},"b":2,"a":3}'],
])('a key that comes twice is refused%s', async (_, line) => {
  await expect(jsonl(`${line}\n`, { columns: ['b'] })).rejects.toThrow('x, row 1: the key "a" comes twice');
  const once = line.replace('{"a"', '{"d"');
  expect(await jsonl(`${once}\n`, { columns: ['b', 'a'] })).toEqual([[2, 3]]);
});

test('NaN and infinities as Python writes them are numbers that are not finite', async () => {
  const text = '{"a": 1, "b": 2}\n{"a": NaN, "b": -Infinity}\n{"a": 3, "b": NaN}\n';
  await expect(jsonl(text)).rejects.toThrow('x, row 2, column "a": received NaN, expected a finite decimal number');
  await expect(jsonl('[Infinity]')).rejects.toThrow('column 1: received Infinity');
  await expect(jsonl('[-Infinity, "NaN."]')).rejects.toThrow('column 1: received -Infinity');
  await expect(jsonl('[1, "NaN"]')).rejects.toThrow('column 2: received "NaN"');
  const skipping = { onInvalid: 'skip' } as const;
  expect(await jsonl(text, skipping as ReadOptions)).toEqual([[1, 2]]);
  const missing = await jsonl(text.replace(/.*Infinity.*\n/, ''), { onInvalid: 'missing' } as ReadOptions);
  expect(missing).toEqual([
    [1, 2],
    [3, Number.NaN],
  ]);
});

test('lines that are no JSON are skipped where that is asked for, the first too', async () => {
  const text = 'log\n\0[\n[1,2]\n{\n[3,4]\n';
  expect(await jsonl(text, { onInvalid: 'skip' } as ReadOptions)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  await expect(jsonl('log\nlog\n', { onInvalid: 'skip' } as ReadOptions)).rejects.toThrow('x, row 1: no JSON');
});

test.each([
  ['in one line', '[[1,2],[3,4]]\n'],
  ['of objects', '[{"a":1},{"a":2}]'],
  ['in several lines', '[\n  [1,2],\n  [3,4]\n]\n'],
  ['with a row a line', '[[1,2],\n[3,4]]\n'],
])('a file that is one JSON array %s is told how to be written', async (_, text) => {
  await expect(jsonl(text)).rejects.toThrow("write a row on every line (as jq -c '.[]' does)");
});

// After JSONTestSuite (github.com/nst/JSONTestSuite): y_ must be read, n_ must not; as lines.
test.each([
  ['[1E22]', 1e22],
  ['[123e65]', 1.23e67],
  ['[0e+1]', 0],
  ['[-0]', -0],
  ['[ 4]', 4],
  ['[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]', -1e-78],
  ['[20e1]', 200],
  ['[1e-2]', 0.01],
  ['\t[5]\r', 5],
])('y_ %j', async (line, value) => {
  expect(await jsonl(`${line}\n`)).toEqual([[value]]);
});

test.each([
  '[-01]',
  '[-2.]',
  '[.2e-3]',
  '[0.1.2]',
  '[0.3e+]',
  '[0e]',
  '[0x1]',
  '[1 000.0]',
  '[1eE2]',
  '[2.e+3]',
  '[+1]',
  '[++1]',
  '[.-1]',
  '[- 1]',
  '[-NaN]',
  '[+Inf]',
  '[Inf]',
  '[-Infinity1]',
  '[1Infinity]',
  '[nan]',
  '[NaN1]',
  '[-foo]',
  '[-1x]',
  '[0,]',
  '[,1]',
  '[1,,2]',
  '[1,]',
  '[1',
  '1]',
  '[1]]',
  '[1]x',
  '[1]#',
  '[[1]',
  "['1']",
  '[1:2]',
  '[tru]',
  '{"a":1,}',
  '{a:1}',
  '{"a" 1}',
  '{"a":1',
  '{"a"::1}',
  "{'a':1}",
  '{"a":1}/**/',
  '[\u00a01]',
  '[\u20601]',
  '\u2060[1]',
  '[1\u000c]',
  '[１]',
  '*',
  '<null>',
  '[\x00]',
  '[a\x00]',
  '[1}',
])('n_ %j', async (line) => {
  const error: Error = await jsonl(`${line}\n`).catch((failure) => failure);
  expect(error).toBeInstanceOf(DataError);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be in a message
  expect(error.message).not.toMatch(/[\x00-\x1f]/);
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

test.for(['csv', 'tsv', 'txt', 'jsonl'] as const)(
  '%s of blank lines without end is refused, some are read',
  async (format) => {
    const row = format === 'jsonl' ? '[1,2]\n' : '1\t2\n'.replace('\t', format === 'csv' ? ',' : '\t');
    const blanks = (count: number) =>
      function* () {
        yield Buffer.from(row);
        for (let n = 0; n < count; n++) yield Buffer.alloc(2 ** 20, '\n');
        yield Buffer.from(row);
      };
    const rowsAfter = (count: number) => readRows(Readable.from(blanks(count)()), { format, name: 'x' });
    expect(await rowsAfter(15)).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await expect(rowsAfter(20)).rejects.toThrow('x: 16 MiB of blank lines; expected rows');
  },
);
