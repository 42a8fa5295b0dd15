import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RowData, SourceOptions } from '../../src/sources/data.ts';
import { type SourceFingerprint, whatChanged } from '../../src/sources/fingerprint.ts';
import { partition, randomHoldOut } from '../../src/sources/partition.ts';
import { openAgain } from '../../src/sources/source.ts';
import { writeArk } from '../../src/storage/rows/ark.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();

const write = (name: string, contents: string | Uint8Array): string => {
  writeFileSync(path(name), contents);
  return path(name);
};

async function fingerprintOf(data: RowData, options: SourceOptions = {}): Promise<SourceFingerprint> {
  const source = await openAgain(data, options);
  try {
    const found = await source.countable().fingerprint();
    return JSON.parse(JSON.stringify(found)) as SourceFingerprint;
  } finally {
    await source.close();
  }
}

const npy = (rows: number, columns = 2): Buffer =>
  npyBytes({ shape: `(${rows}, ${columns})` }, new Float64Array(rows * columns).fill(1));

const large = (): Buffer => npy(200_000);
const changed = (bytes: Buffer, at: number): Buffer => {
  bytes[at]! ^= 1;
  return bytes;
};

const text = '1,2\n3,4\n5,6\n';

test.each<[string, () => Promise<SourceFingerprint>, () => Promise<SourceFingerprint>, string | undefined]>([
  ['the same file', () => fingerprintOf(write('a.csv', text)), () => fingerprintOf(path('a.csv')), undefined],
  [
    'a longer file',
    () => fingerprintOf(write('b.csv', text)),
    () => fingerprintOf(write('b.csv', `${text}7,8\n`)),
    'b.csv has 16 bytes now, 12 before',
  ],
  [
    'another cell',
    () => fingerprintOf(write('c.csv', text)),
    () => fingerprintOf(write('c.csv', text.replace('4', '9'))),
    'c.csv has other contents than before',
  ],
  [
    'another shape',
    () => fingerprintOf(write('d.npy', npy(6, 2))),
    () => fingerprintOf(write('d.npy', npy(4, 3))),
    'd.npy has 3 columns now, 2 before',
  ],
  [
    'the first bytes of a large file',
    () => fingerprintOf(write('e.npy', large())),
    () => fingerprintOf(write('e.npy', changed(large(), 1000))),
    'e.npy has other contents',
  ],
  [
    'the last byte of a large file',
    () => fingerprintOf(write('e.npy', large())),
    () => fingerprintOf(write('e.npy', changed(large(), large().length - 1))),
    'e.npy has other contents',
  ],
  [
    'a large file as it was',
    () => fingerprintOf(write('e.npy', large())),
    () => fingerprintOf(write('e.npy', large())),
    undefined,
  ],
  [
    'a file more',
    () => fingerprintOf([write('f.csv', text)]),
    () => fingerprintOf([path('f.csv'), write('g.csv', text)]),
    'g.csv is new',
  ],
  [
    'a file less',
    () => fingerprintOf([path('f.csv'), path('g.csv')]),
    () => fingerprintOf([path('g.csv')]),
    'f.csv is gone',
  ],
  [
    'a file twice',
    () => fingerprintOf([path('f.csv')]),
    () => fingerprintOf([path('f.csv'), path('f.csv')]),
    'f.csv is new',
  ],
  [
    'another order',
    () => fingerprintOf([path('f.csv'), path('g.csv')]),
    () => fingerprintOf([path('g.csv'), path('f.csv')]),
    'g.csv comes now where',
  ],
  [
    'columns',
    () => fingerprintOf(path('f.csv'), { columns: [1, 2] }),
    () => fingerprintOf(path('f.csv')),
    'columns: was [1,2], is none',
  ],
  [
    'onInvalid',
    () => fingerprintOf(path('f.csv')),
    () => fingerprintOf(path('f.csv'), { onInvalid: 'skip' }),
    'onInvalid: was "error", is "skip"',
  ],
  [
    'chunkBytes',
    () => fingerprintOf(path('f.csv'), { chunkBytes: 100 }),
    () => fingerprintOf(path('f.csv'), { chunkBytes: 200 }),
    'chunkBytes: was 100, is 200',
  ],
  [
    'the front end',
    () => fingerprintOf(write('s.wav', wavBytes(tones(4000)))),
    () => fingerprintOf(path('s.wav'), { frontEnd: { melBins: 20 } }),
    'frontEnd.melBins: was 23, is 20',
  ],
  [
    'other weights',
    () => fingerprintOf(path('f.csv'), { weights: [1, 2, 3] }),
    () => fingerprintOf(path('f.csv'), { weights: [1, 2, 4] }),
    'the row weights has other contents',
  ],
  [
    'no weights',
    () => fingerprintOf(path('f.csv'), { weights: [1, 2, 3] }),
    () => fingerprintOf(path('f.csv')),
    'the rows have no weights now',
  ],
  [
    'weights',
    () => fingerprintOf(path('f.csv')),
    () => fingerprintOf(path('f.csv'), { weights: [1, 2, 3] }),
    'the rows have weights now, none before',
  ],
  ['rows in memory', () => fingerprintOf([[1, 2]]), () => fingerprintOf([[1, 3]]), 'the data has other contents'],
  ['the same rows in memory', () => fingerprintOf([[1, 2]]), () => fingerprintOf([[1, 2]]), undefined],
  [
    'bytes in memory',
    () => fingerprintOf(Buffer.from(text), { format: 'csv' }),
    () => fingerprintOf(Buffer.from(text.replace('6', '7')), { format: 'csv' }),
    'the data has other contents',
  ],
  [
    'a Blob',
    () => fingerprintOf(new Blob([text]), { format: 'csv' }),
    () => fingerprintOf(new Blob([text, text]), { format: 'csv' }),
    'the data has 24 bytes now, 12 before',
  ],
  [
    'a user’s source',
    () => fingerprintOf(ownSource(3)),
    () => fingerprintOf(ownSource(4)),
    'own has 4 rows now, 3 before',
  ],
])('%s', async (_, before, now, expected) => {
  const change = whatChanged(await before(), await now());
  if (expected === undefined) expect(change).toBeUndefined();
  else expect(change).toContain(expected);
});

const ownSource = (rows: number) => ({
  name: 'own',
  dimensions: 1,
  rows,
  async *[Symbol.asyncIterator]() {
    yield new Float64Array(rows);
  },
});

test('files that a list names are a part of it', async () => {
  mkdirSync(path('lists'));
  const archive = (value: number): Promise<void> =>
    writeArk(path('lists/u.ark'), {
      runs: (async function* () {
        yield { data: Float32Array.of(value, 2), part: { number: 0, name: 'u' } };
      })(),
      columns: 2,
    });
  await archive(1);
  const list = write('lists/l.scp', 'u u.ark:2\nv u.ark:2\n');
  const before = await fingerprintOf(list);
  expect(before.parts[0]!.files).toHaveLength(1);
  expect(whatChanged(before, await fingerprintOf(list))).toBeUndefined();
  await archive(3);
  expect(whatChanged(before, await fingerprintOf(list))).toMatch(
    /^of the files that .*l.scp names, .*u.ark has other contents/,
  );
});

test('of a partition, which rows are held out is a part', async () => {
  const source = await openAgain(path('f.csv'));
  const of = async (isHeldOut: (row: number) => boolean): Promise<SourceFingerprint> =>
    (await partition(source, isHeldOut)[0].fingerprint())!;
  expect(whatChanged(await of(randomHoldOut(0.1)), await of(randomHoldOut(0.1)))).toBeUndefined();
  expect(whatChanged(await of(randomHoldOut(0.1)), await of(randomHoldOut(0.1, 1)))).toBe(
    'other rows are held out than before',
  );
  expect(whatChanged(await of((row) => row > 1e9), await of(() => false))).toBe('other rows are held out than before');
  const mask = [true, false, false];
  const known = await of((row) => mask[row]!); // of other rows it says nothing
  expect(whatChanged(known, await of((row) => mask[row]!))).toBeUndefined();
  await source.close();
});

test('the time of a file is no part of it', async () => {
  const before = await fingerprintOf(write('t.csv', text));
  writeFileSync(path('t.csv'), readFileSync(path('t.csv')));
  expect(await fingerprintOf(path('t.csv'))).toEqual(before);
});
