import { expect, test } from 'vitest';
import type { FileErrorCode } from '../src/error-codes.ts';
import { DataError, FileError, fileError, inOneLine, SettingError } from '../src/errors.ts';
import { fc } from './setup/properties.ts';

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
