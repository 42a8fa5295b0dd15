import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes, type FileErrorCode } from '../src/error-codes.ts';
import { DataError, FileError, FitError, fileError, inOneLine, MegaMixError, SettingError } from '../src/errors.ts';
import { GaussianMixture } from '../src/estimator.ts';
import type { RowData } from '../src/sources/data.ts';
import { revived, sent } from '../src/util/error-transfer.ts';
import { temporaryDirectory } from './helpers/files.ts';
import { readRows } from './helpers/read.ts';
import { fc } from './setup/properties.ts';

const path = temporaryDirectory();

test.each([
  ['what a terminal obeys', 'a\x1b[31mb\x07\x9b', 'a\\x1b[31mb\\x07\\x9b'],
  ['ends of lines', 'a\r\n\tb\u2028\u0085', 'a\\r\\n\\tb\\u2028\\x85'],
  ['NUL', '\0[\0', '\\x00[\\x00'],
  ['what turns text around', 'a\u202eb\u2066', 'a\\u202eb\\u2066'],
  ['half a character', 'a\ud83d', 'a\\ud83d'],
  ['anything else, as it is', 'größer “x” ≥ 1 😀 \\n', 'größer “x” ≥ 1 😀 \\n'],
])('a message shows %s', (_, text, shown) => {
  expect(new DataError('bad-cell', text).message).toBe(shown);
  expect(new SettingError('bad-setting', text).message).toBe(shown);
});

test('a message of any text is one line of bounded length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
      const line = inOneLine(text);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      expect(Buffer.from(line).toString()).toBe(line); // no half characters
      expect(line.length).toBeLessThan(7000);
    }),
  );
  const long = inOneLine(`begin ${'x'.repeat(1e6)} end`);
  expect(long).toMatch(/^begin x+ … x+ end$/);
  expect(long.length).toBeLessThan(1100);
});

test.each([
  ['EMFILE', 'file-busy', 'x cannot be read: too many files are open (ulimit -n)'],
  ['ENAMETOOLONG', 'not-a-file', 'x cannot be read: the name is too long'],
  ['ESOMETHING', 'io-failed', 'x cannot be read: ESOMETHING'],
])('%s in words', (code, expected, message) => {
  const error = Object.assign(new Error(`${code}: as Node says it, open 'x'`), { code, syscall: 'open' });
  expect(fileError(error, 'x', 'read')).toEqual(
    new FileError(expected as FileErrorCode, message, { path: 'x', cause: error }),
  );
});

test('what is no failure of the system stays as it is', () => {
  for (const error of [
    new TypeError('x is undefined'),
    new DataError('empty', 'x'),
    Object.assign(new Error('x'), { code: 7 }),
  ]) {
    expect(fileError(error, 'x', 'read')).toBe(error);
  }
});

/** What each kind of data that cannot be used says of itself. */
const kinds: [what: string, attempt: () => Promise<unknown>, fields: Partial<DataError | SettingError | FileError>][] =
  [
    [
      'a cell of CSV',
      () => read('a.csv', 'x,y\n1,2\n3,z\n'),
      { code: 'bad-cell', source: path('a.csv'), row: 2, column: 'y' },
    ],
    ['a cell without a name', () => read('b.csv', '1,2\n3,z\n'), { code: 'bad-cell', row: 2, column: 2 }],
    ['a ragged row', () => read('c.csv', '1,2\n3\n'), { code: 'ragged-row', source: path('c.csv'), row: 2 }],
    ['another delimiter', () => read('d.csv', '1;2\n3;4\n'), { code: 'bad-cell', row: 1, setting: 'delimiter' }],
    ['names or data', () => read('e.csv', 'x,2\n3,4\n'), { code: 'needs-setting', row: 1, setting: 'header' }],
    ['an empty file', () => read('f.csv', ''), { code: 'empty', source: path('f.csv') }],
    [
      'no such column',
      () => read('g.csv', '1,2\n', { columns: [3] }),
      { code: 'unknown-column', column: 3, setting: 'columns' },
    ],
    ['a line that is no JSON', () => read('h.jsonl', '[1]\n{\n'), { code: 'wrong-format', row: 2 }],
    ['a member of JSON', () => read('i.jsonl', '{"x":1}\n{"x":null}\n'), { code: 'bad-cell', row: 2, column: 'x' }],
    ['no .npy', () => read('j.npy', 'no array at all'), { code: 'wrong-format', source: path('j.npy') }],
    ['an unknown ending', () => read('k.what', '1,2\n'), { code: 'needs-setting', setting: 'format' }],
    [
      'a utterance',
      () => read('l.ark', 'a  [\n 1 2\n 3 x ]\n'),
      { code: 'bad-cell', source: path('l.ark'), row: 2, column: 2 },
    ],
    ['damaged gzip', () => read('m.csv.gz', '\x1f\x8bnothing'), { source: path('m.csv.gz') }],
    ['NaN in memory', () => rows([[1], [Number.NaN]]), { code: 'bad-cell', source: 'rows', row: 2, column: 1 }],
    ['text in memory', () => rows([[1], ['x']]), { code: 'bad-cell', source: 'rows', row: 2, column: 1 }],
    ['a missing member', () => rows([{ x: 1 }, {}]), { code: 'bad-cell', source: 'rows', row: 2, column: 'x' }],
    ['a wide row', () => rows([[1], [1, 2]]), { code: 'ragged-row', source: 'rows', row: 2 }],
    ['a missing row', () => rows([[1], [Number.NaN]], { onInvalid: 'missing' }), { code: 'missing-numbers', row: 2 }],
    ['no data', () => rows(7), { code: 'not-rows', source: 'rows' }],
    [
      'a weight',
      () => rows({ data: new Float64Array(2), dimensions: 1, weights: Float64Array.of(1, -1) }),
      { code: 'bad-weights', row: 2 },
    ],
    ['an option', () => rows([[1]], { onInvalid: 'ignore' }), { code: 'bad-setting', setting: 'onInvalid' }],
    [
      'an option that there is none of',
      () => rows([[1]], { column: [1] }),
      { code: 'unknown-setting', setting: 'column' },
    ],
    [
      'an option that rows have not',
      () => rows([[1]], { delimiter: ';' }),
      { code: 'setting-conflict', setting: 'delimiter' },
    ],
    [
      'no such file',
      () => readRows(path('none.csv')),
      { code: 'file-not-found', path: path('none.csv'), systemCode: 'ENOENT' },
    ],
    ['no such files', () => readRows(path('none*.csv')), { code: 'file-not-found', path: path('none*.csv') }],
    [
      'an empty directory',
      () => readRows(mkdirSync(path('empty/directory'), { recursive: true })!),
      { code: 'not-a-file', path: path('empty') },
    ],
  ];

test.each(kinds)('codes and fields: %s', async (_, attempt, fields) => {
  const error = await failureOf(attempt());
  expect(error).toBeInstanceOf(MegaMixError);
  expect(error).toMatchObject(fields);
  const { code } = error as MegaMixError;
  expect((error as Error).name).toBe(errorCodes[code].error);
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: errorCodes[code].error, ...fields });
});

test('causes are kept, and a fault of the disk is no fault of data', async () => {
  const missing = await failureOf(readRows(path('none.npy')));
  expect(missing).toBeInstanceOf(FileError);
  expect(missing).not.toBeInstanceOf(DataError);
  expect((missing as Error).cause).toMatchObject({ code: 'ENOENT', syscall: 'open' });
  expect(await failureOf(read('n.jsonl', '[1\n'))).toMatchObject({ cause: expect.any(SyntaxError) });
  const model = await new GaussianMixture({ components: 1 }).fit([[1], [2], [4]]);
  expect(await failureOf(model.save(path('none/model.h5')))).toMatchObject({
    name: 'FileError',
    code: 'file-not-found',
    cause: expect.objectContaining({ code: 'ENOENT' }),
  });
});

test('what a model does not have, and numbers of components, are settings', async () => {
  const model = await new GaussianMixture({ components: 1 }).fit([[1], [2], [4]]);
  expect(() => model.covariance(1)).toThrow(expect.objectContaining({ name: 'SettingError', setting: 'k' }));
  expect(await failureOf(model.predict([[1, 2]]))).toMatchObject({ code: 'wrong-width', source: 'the data' });
  expect(await failureOf(model.predict([[1], [1e300]]))).toMatchObject({ code: 'too-large-numbers', row: 2 });
});

test('an error is the same after it was sent to another thread', () => {
  for (const error of [
    new DataError('bad-cell', 'x', { source: 'a', row: 1, column: 'b', cause: new TypeError('c') }),
    new SettingError('bad-setting', 'x', { setting: 'components' }),
    new FitError('singular', 'x', { cause: 'text' }),
    fileError(Object.assign(new Error('x'), { code: 'EIO', syscall: 'read' }), 'a', 'read') as FileError,
  ]) {
    const back = revived(structuredClone(sent(error)));
    expect(back).toBeInstanceOf(error.constructor);
    expect(JSON.stringify(back)).toBe(JSON.stringify(error));
    expect(String(back)).toBe(String(error));
    expect((back.cause as Error | undefined)?.message).toBe(
      error.cause === undefined ? undefined : error.cause instanceof Error ? error.cause.message : error.cause,
    );
  }
  expect(revived(sent(Object.assign(new Error('x'), { code: 'ENOENT' })))).toMatchObject({
    message: 'x',
    code: 'ENOENT',
  });
});

const failureOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  );

async function read(name: string, text: string, options?: object): Promise<unknown> {
  writeFileSync(path(name), text, 'latin1');
  return readRows(path(name), options);
}

const rows = (data: unknown, options?: object): Promise<unknown> =>
  readRows(data as RowData, { name: 'rows', ...options });
