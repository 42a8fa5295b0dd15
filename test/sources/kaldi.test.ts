import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openData } from '../../src/sources/source.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { fc } from '../setup/properties.ts';

// Made by kaldi-native-io, kaldiio: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'formats', name);
const path = temporaryDirectory();

const expected = async (...names: string[]): Promise<number[][]> =>
  (await Promise.all(names.map((name) => readRows(`${fixture('expected.npz')}:/${name}`)))).flat();

const readBytes = (bytes: Uint8Array, options = {}): Promise<number[][]> =>
  readRows(Readable.from([bytes]), { format: 'ark', name: 'x.ark', ...options });

/** Which utterances there are, with their numbers of rows. */
async function utterances(file: string, options = {}): Promise<[string | undefined, number][]> {
  const source = await openData(file, options);
  const found: [string | undefined, number][] = [];
  for await (const { part, rows } of source.arriving()) found.push([part.utterance, rows]);
  return found;
}

test.each([
  ['float.ark', ['a', 'b']],
  ['kaldiio.ark', ['a', 'b']],
  ['double.ark', ['a64', 'b64']],
])('%s', async (file, names) => {
  const rows = await expected(...names);
  expect(await readRows(fixture(file))).toEqual(rows);
  const pieces = [...readFileSync(fixture(file))].map((byte) => Uint8Array.of(byte));
  expect(await readRows(Readable.from(pieces), { format: 'ark' })).toEqual(rows);
  expect(await utterances(fixture(file))).toEqual([
    ['utt-a', 7],
    ['utt-b', 5],
  ]);
});

test.each(['text.ark', 'cm', 'cm2', 'cm3'])('%s, to the precision of its writer', async (name) => {
  const isText = name === 'text.ark';
  const rows = await readRows(fixture(isText ? name : `${name}.ark`));
  const wanted = isText ? await expected('a', 'b') : await expected(name);
  expect(rows).toHaveLength(wanted.length);
  for (const [n, row] of rows.entries()) {
    for (const [j, value] of row.entries()) expect(Math.abs(value - wanted[n]![j]!)).toBeLessThan(isText ? 1e-5 : 4e-6);
  }
});

test('a list of utterances: from its own directory or the current one, whole files, some rows', async () => {
  for (const name of ['float.ark', 'float.scp', 'kaldiio.ark', 'kaldiio.scp', 'text.ark'])
    cpSync(fixture(name), path(name));
  const rows = await expected('a', 'b');
  expect(await readRows(path('float.scp'))).toEqual(rows);
  expect(await readRows(path('kaldiio.scp'))).toEqual(rows);
  expect(await utterances(path('float.scp'))).toEqual([
    ['utt-a', 7],
    ['utt-b', 5],
  ]);
  const list = path('some.scp');
  writeFileSync(list, `b float.ark:111[1:2]\n\na ${path('float.ark')}:6[3:3]\ntext text.ark:6[0:0]\n`);
  const some = await readRows(list);
  expect(some.slice(0, 3)).toEqual([rows[8], rows[9], rows[3]]);
  expect(some[3]![0]).toBeCloseTo(rows[0]![0]!, 5);
  expect(await readRows(Readable.from([readFileSync(list)]), { format: 'scp', name: 'list' }).catch(String)).toContain(
    'list, utterance b (float.ark:111) cannot be read: there is no such file',
  );
});

test.each([
  ['a', 'line 1: received "a", expected a key and file:offset'],
  ['a gunzip -c a.gz |', 'line 1: received "gunzip -c a.gz |": commands and pipes are not run'],
  ['a -', 'commands and pipes are not run'],
  ['a nowhere.ark:6', 'utterance a (nowhere.ark:6) cannot be read: there is no such file'],
  ['a float.ark:6000', 'utterance a (float.ark:6000): there is nothing there'],
  ['a float.ark:7', 'utterance a (float.ark:7): received "BFM'],
  ['a float.ark:6[2:10]', 'it has 7 rows, but the list asks for rows 2 to 10'],
  ['a float.ark:6[7:8]', 'it has 7 rows, but the list asks for rows 7 to 8'],
  ['a float.ark:6[2:1]', 'received the range [2:1], expected rows from 0'],
  ['a float.ark:6[:,0:3]', 'it has 3 columns, but the list asks for columns 0 to 3 (from 0)'],
  ['a float.ark:6[]', 'received the range [], expected rows from 0'],
  ['a float.ark:6[0:1,]', 'received the range [0:1,], expected rows from 0'],
  ['a float.ark:6[0:1,0:1,0:1]', 'expected rows from 0, or rows and columns'],
  ['a float.ark:6[-1:1]', 'received the range [-1:1], expected rows from 0'],
  ['a float.ark:99999999999999999999', 'expected a key and file:offset'],
  ['a :6', 'expected a key and file:offset'],
  ['a\u0007 float.ark:6', 'line 1: received "a\\u0007 float.ark:6", expected a key'],
  ['', 'is empty'],
])('a list with %j is refused', async (line, message) => {
  cpSync(fixture('float.ark'), path('float.ark'));
  writeFileSync(path('bad.scp'), `${line}\n`);
  const error = (await readRows(path('bad.scp')).catch((thrown: unknown) => thrown)) as Error;
  expect([error.name, error.message]).toEqual([
    message.includes('no such file') ? 'FileError' : 'DataError',
    expect.stringContaining(message),
  ]);
});

test('rows and columns of a list, and ranges that end a little beyond', async () => {
  cpSync(fixture('float.ark'), path('float.ark'));
  const rows = (await expected('a')).slice(0, 7);
  const list = path('ranges.scp');
  for (const [range, wanted] of [
    ['[2:3,0:1]', rows.slice(2, 4).map((row) => row.slice(0, 2))],
    ['[:,1:1]', rows.map((row) => row.slice(1, 2))],
    ['[:,:]', rows],
    ['[0:6,:]', rows],
    ['[:]', rows],
  ] as const) {
    writeFileSync(list, `a float.ark:6${range}\n`);
    expect(await readRows(list), range).toEqual(wanted);
  }
  writeFileSync(list, 'a float.ark:6[5:9,1:2]\nb float.ark:6[6:7,1:2]\n');
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', onWarning);
  const source = await openData(list);
  for (const _ of [1, 2]) {
    const chunks = await collect(source.arriving());
    expect(chunks.map(({ rows, dimensions }) => [rows, dimensions])).toEqual([
      [2, 2],
      [1, 2],
    ]);
  }
  await setImmediate();
  process.off('warning', onWarning);
  expect(warnings.filter((message) => message.includes('ranges.scp'))).toHaveLength(1);
  expect(warnings.find((message) => message.includes('ranges.scp'))).toContain(
    'ranges.scp, utterance a (float.ark:6): it has 7 rows, but the list asks for rows 5 to 9 (from 0): those that are there were taken, ' +
      'as Kaldi does (and 1 more such ranges)',
  );
});

test('as Kaldi: up to 2 rows beyond the next one', async () => {
  cpSync(join(fixture('..'), 'cases', 'k.ark'), path('k.ark'));
  const all = (await readRows(path('k.ark'))).slice(0, 10);
  for (const last of [9, 10, 11, 12]) {
    writeFileSync(path('k.scp'), `x k.ark:2[5:${last}]\n`);
    expect(await readRows(path('k.scp'))).toEqual(all.slice(5));
  }
  writeFileSync(path('k.scp'), 'x k.ark:2[5:13]\n');
  await expect(readRows(path('k.scp'))).rejects.toThrow('it has 10 rows, but the list asks for rows 5 to 13');
});

test('utterances of one name stay two', async () => {
  const bytes = Buffer.from('u [\n 1 2\n 3 4 ]\nu [\n 5 6 ]\n');
  const source = await openData(Readable.from([bytes]), { format: 'ark' });
  const chunks = await collect(source.arriving());
  const found = chunks.map(({ part, rows }) => [part.name, part.number, rows]);
  expect(found.filter(([, number]) => number === 0).every(([name]) => name === 'u')).toBe(true);
  expect(new Set(found.map(([, number]) => number))).toEqual(new Set([0, 1]));
  await source.close();
});

test('keys of one byte a letter stay what they are', async () => {
  const bytes = Buffer.from('caf\xe9 [ 1 ]\ncaf\xe8 [ 2 ]\n', 'latin1');
  const source = await openData(Readable.from([bytes]), { format: 'ark' });
  expect((await collect(source.arriving())).map(({ part }) => part.name)).toEqual(['café', 'cafè']);
  await source.close();
});

test.each([
  [
    '[ 1 2 ; 3 4 ]\n',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    '[1 2\n 3 4]\n'.replace('[1', '[ 1'),
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    '[\n 1 2\n\n 3 4\n]\r\n',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['[]\nv [ 1 2 ]\n', [[1, 2]]],
])('text as Kaldi reads it: %j', async (text, rows) => {
  expect(await readBytes(Buffer.from(`u ${text}`))).toEqual(rows);
});

test('vectors are weights, and no features', async () => {
  await expect(readRows(fixture('vector.ark'))).rejects.toThrow('utterance utt-a: a vector (FV); expected a matrix');
  const source = await openData(fixture('float.ark'), {
    weights: (await expected('a', 'b')).map(([x]) => Math.abs(x!)),
  });
  const list = path('weights.ark');
  writeFileSync(list, 'a [ 1 2 3 4 5 6 7 ]\nb  [ 1 2 3 4 5 ]\n');
  const weighted = await openData(fixture('float.ark'), { weights: list });
  for (const [each, first] of [
    [source, 1.0531],
    [weighted, 1],
  ] as const) {
    for await (const chunk of each) {
      expect(chunk.weights).toHaveLength(12);
      expect(chunk.weights![0]).toBeCloseTo(first, 3);
    }
  }
  const same = await openData(fixture('float.ark'), { weights: fixture('vector.ark') });
  await expect(same[Symbol.asyncIterator]().next()).rejects.toThrow('expected a finite number ≥ 0');
});

const header = (type: string, rows: number, columns: number): Buffer => {
  const bytes = Buffer.from(`u \0B${type} \x04....\x04....`, 'latin1');
  bytes.writeInt32LE(rows, bytes.length - 9);
  bytes.writeInt32LE(columns, bytes.length - 4);
  return bytes;
};
const compressed = (type: string, rows: number, columns: number): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(rows, 8);
  bytes.writeInt32LE(columns, 12);
  return Buffer.concat([Buffer.from(`u \0B${type} `), bytes]);
};
const huge = 2 ** 31 - 1;

test.each([
  ['nothing', Buffer.alloc(0), 'x.ark is empty'],
  ['an unknown type', header('XM', 1, 1), 'x.ark, utterance u: received the type "XM", expected a matrix: FM, DM, CM'],
  ['a type without end', Buffer.from(`u \0B${'F'.repeat(99)}`), 'utterance u: received the type ""'],
  ['no type', Buffer.from('u \0A'), 'received the type "\\u0000A"'],
  [
    'gzip',
    Buffer.from([0x1f, 0x8b, 8, 0, 0]),
    'x.ark cannot be decompressed by gzip: it ends within its compressed data',
  ],
  ['gzip behind a key', Buffer.from('u \x1f\x8b\x08\0', 'latin1'), 'utterance u: received bytes compressed by gzip'],
  ['sound', Buffer.from('u RIFF....WAVE'), 'utterance u: received sound (WAV), expected a matrix'],
  [
    'alignments',
    Buffer.from('u \0B\x04\x01\0\0\0\x04\x07\0\0\0', 'latin1'),
    'the type of whole numbers, such as alignments',
  ],
  [
    'a sparse matrix',
    Buffer.from('u \0BSM \x04\x01\0\0\0', 'latin1'),
    'received the type "SM", a sparse matrix, expected',
  ],
  ['a number that is infinite', Buffer.from('u [ 1 inf ]\n'), 'row 1, column 2: received "inf"'],
  ['a number that is none', Buffer.from('u [ 1 nan ]\n'), 'row 1, column 2: received "nan"'],
  ['an escape in a key', Buffer.from('u\x1b[2J [ 1 ]\n'), 'is no Kaldi archive'],
  ['a key without a matrix', Buffer.from('abc'), 'the key "abc" has no matrix'],
  ['a key and a line', Buffer.from('a [ 1 ]\nabc\n'), 'the key "abc" after utterance a has no matrix'],
  ['transcripts', Buffer.from('a one two\n'), 'utterance a: received "one two\\n", expected a matrix'],
  ['noise', Buffer.from([1, 2, 3, 0, 255]), 'x.ark is no Kaldi archive, or damaged: expected a key'],
  ['a key of megabytes', Buffer.alloc(1e6, 65), 'is no Kaldi archive'],
  ['huge sizes', header('FM', huge, huge), `it claims ${huge} rows of ${huge} numbers: the file is damaged`],
  ['many rows', header('DM', huge, 40), `claims ${huge} rows of 40 numbers, but ends after 0 rows`],
  ['negative sizes', header('FM', -1, 3), 'it claims -1 rows of 3 numbers: the file is damaged'],
  ['no columns', header('FM', 3, 0), 'it claims 3 rows of 0 numbers'],
  ['many compressed rows', compressed('CM', huge, 40), 'more than the 256 MiB that are held at a time'],
  ['compressed rows that are not there', compressed('CM', 1e6, 39), '39000312 bytes, but ends after 0'],
  ['many rows by two bytes', compressed('CM2', huge, 40), 'but ends after 0 rows'],
  ['text in a row', Buffer.from('u [\n 1 2\n 3 x ]\n'), 'x.ark, utterance u, row 2, column 2: received "x"'],
  ['a ragged row', Buffer.from('u [\n 1 2\n 3 ]\n'), 'utterance u, row 2: received 1 columns, expected 2'],
  [
    'an infinite number',
    Buffer.concat([header('FM', 1, 1), Buffer.from([0, 0, 128, 127])]),
    'row 1 (utterance u), column 1: received Infinity',
  ],
])('%s is refused', async (_, bytes, message) => {
  const error = (await readBytes(bytes).catch((thrown: unknown) => thrown)) as Error;
  expect([error.name, error.message]).toEqual(['DataError', expect.stringContaining(message)]);
});

test('another number of columns is told with its key', async () => {
  await expect(readRows(fixture('ragged.ark'))).rejects.toThrow(
    'ragged.ark, utterance utt-c (row 8): received 2 columns, expected 3 as in utt-a',
  );
});

test('utterances without rows are none', async () => {
  const one = Buffer.concat([header('FM', 1, 1), Buffer.alloc(4)]);
  const bytes = Buffer.concat([header('FM', 0, 0), Buffer.from('t  [ ]\n'), one, compressed('CM', 0, 0), one]);
  expect(await readBytes(bytes)).toEqual([[0], [0]]);
  await expect(readBytes(header('FM', 0, 0))).rejects.toThrow('x.ark is empty');
});

test.each(['float', 'double', 'text', 'cm', 'cm2', 'cm3'])('%s cut short anywhere is refused', async (name) => {
  const bytes = readFileSync(fixture(`${name}.ark`));
  const firstEnd = (await readRows(fixture(`${name}.ark`))).length === 35 ? -1 : bytes.indexOf('utt-b');
  for (let length = 0; length < bytes.length - Number(name === 'text'); length++) {
    if (length === firstEnd || (name === 'text' && length === firstEnd - 1)) continue; // a whole archive by itself
    const result = await readBytes(bytes.subarray(0, length)).catch((error: Error) => error.name);
    expect(result, `${length} bytes`).toBe('DataError');
  }
});

test('rows that cannot be used are skipped, or what is there of them used', async () => {
  const bytes = Buffer.from('u [\n 1 2\n nan 3\n x 4 ]\nv [\n 5 6 ]\n');
  expect(await readBytes(bytes, { onInvalid: 'skip' })).toEqual([
    [1, 2],
    [5, 6],
  ]);
  expect(await readBytes(Buffer.from('u [\n 1 2\n nan 3 ]\n'), { onInvalid: 'missing' })).toEqual([
    [1, 2],
    [Number.NaN, 3],
  ]);
});

test('any bytes give rows or a DataError', async () => {
  const bytes = readFileSync(fixture('cm.ark'));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 30 }), fc.nat(150), async (noise, at) => {
      const damaged = Buffer.from(bytes);
      damaged.set(noise.subarray(0, Math.max(0, damaged.length - at)), Math.min(at, damaged.length));
      await readBytes(damaged).catch((error: Error) => expect(error.name).toBe('DataError'));
    }),
  );
});
