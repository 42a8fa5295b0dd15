import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import type { SourceOptions } from '../../src/sources/data.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { readRows } from '../helpers/read.ts';
import { fc, runs } from '../setup/properties.ts';

const path = temporaryDirectory();
const write = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(path(name), bytes);
  return path(name);
};

// zstd 1.5.4 of i * 7919 % 1000 / 8, i for i below 30,000: several blocks, a checksum.
const rowsZst = readFileSync(new URL('../fixtures/formats/rows.csv.zst', import.meta.url));
const rows = Array.from({ length: 30_000 }, (_, i) => [((i * 7919) % 1000) / 8, i]);
const rowsText = rows.map((row) => `${row.join(',')}\n`).join('');

/** A frame of Zstandard whose blocks are stored, or one byte many times, without a checksum. */
function zstdOf(blocks: (Buffer | { byte: number; times: number })[], windowByte = 0x50): Buffer {
  const parts = blocks.flatMap((block, i) => {
    const isRun = !Buffer.isBuffer(block);
    const header = Buffer.alloc(3);
    const size = isRun ? block.times : block.length;
    header.writeUIntLE((size << 3) | (isRun ? 2 : 0) | Number(i === blocks.length - 1), 0, 3);
    return [header, isRun ? Buffer.of(block.byte) : block];
  });
  return Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, windowByte), ...parts]);
}

const zstdText = (...texts: string[]): Buffer => zstdOf(texts.map((text) => Buffer.from(text)));
const skippable = Buffer.from('\x5a\x2a\x4d\x18\x05\0\0\0hello', 'latin1');

const inPieces = (bytes: Uint8Array, length: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.subarray(i * length, (i + 1) * length)),
  );

const piped = (bytes: Uint8Array, options: SourceOptions = {}, length = 1 << 16): Promise<number[][]> =>
  readRows(inPieces(bytes, length), { format: 'csv', name: 'x', ...options });

const two = [
  [1, 2],
  [3, 4],
];

const compressions = [
  ['.gz', (content: Buffer) => gzipSync(content)],
  ['.zst', (content: Buffer) => zstdOf([content])],
] as const;

const contents: readonly (readonly [ending: string, content: Buffer])[] = [
  ['.csv', Buffer.from('a,b\n1,2\n3,4\n')],
  ['.tsv', Buffer.from('1\t2\n3\t4\n')],
  ['.txt', Buffer.from('1 2\n3 4\n')],
  ['.jsonl', Buffer.from('[1,2]\n[3,4]\n')],
  ['.npy', npyBytes({}, Float64Array.of(1, 2, 3, 4))],
  ['.ark', Buffer.from('u [\n 1 2\n 3 4 ]\n')],
];

for (const [compression, compress] of compressions) {
  test.each(contents)(`%s${compression}, by its name, and its content`, async (ending, content) => {
    expect(await readRows(write(`x${ending}${compression}`, compress(content)))).toEqual(two);
    expect(await readRows(write(`X${ending.toUpperCase()}${compression.toUpperCase()}`, compress(content)))).toEqual(
      two,
    );
    expect(await readRows(write(`plain${ending}`, compress(content)))).toEqual(two);
    const format = ending.slice(1) as SourceOptions['format'];
    for (const length of [1, 3, 1 << 16]) expect(await piped(compress(content), { format }, length)).toEqual(two);
  });
}

test('gzip-inside.csv', async () => {
  expect(await readRows(new URL('../fixtures/cases/gzip-inside.csv', import.meta.url))).toEqual([...two, [5, 6]]);
});

test('what is larger than a block, as often as it is asked for', async () => {
  const file = write('rows.csv.zst', rowsZst);
  expect(await readRows(file)).toEqual(rows);
  expect(await piped(rowsZst, {}, 999)).toEqual(rows);
  expect(await readRows([file, write('rows.csv.gz', gzipSync(rowsText))])).toEqual([...rows, ...rows]);
});

test('several members and frames are one text; those that are to be stepped over are', async () => {
  const gzip = Buffer.concat([gzipSync('1,'), gzipSync(''), gzipSync('2\n3,4\n'), Buffer.alloc(7)]);
  const zstd = Buffer.concat([skippable, zstdText('1,', '2\n'), skippable, zstdText(''), zstdText('3,4\n')]);
  for (const length of [1, 4, 1 << 16]) {
    expect(await piped(gzip, {}, length)).toEqual(two);
    expect(await piped(zstd, {}, length)).toEqual(two);
  }
});

test.each<[string, () => Buffer, string]>([
  ['gzip that is cut short', () => gzipSync(rowsText).subarray(0, -20), 'by gzip: it ends within its compressed data'],
  ['gzip of half a header', () => gzipSync('1,2\n').subarray(0, 5), 'by gzip: it ends within its compressed data'],
  [
    'gzip cut within its second member',
    () => Buffer.concat([gzipSync('1,2\n'), gzipSync('3,4\n').subarray(0, 9)]),
    'it ends within',
  ],
  ['gzip of another checksum', () => flip(gzipSync('1,2\n'), -8), 'has not the checksum that it says'],
  ['gzip of another length', () => flip(gzipSync('1,2\n'), -4), 'has not the length that it says'],
  ['text after gzip', () => Buffer.concat([gzipSync('1,2\n'), Buffer.from('3,4\n')]), 'comes something else'],
  [
    'a member whose start is damaged',
    () => Buffer.concat([gzipSync('1,2\n'), flip(gzipSync('3,4\n'), 0)]),
    'comes something else',
  ],
  [
    'a member whose first byte is 0',
    () => Buffer.concat([gzipSync('1,2\n'), Buffer.of(0), gzipSync('3,4\n').subarray(1)]),
    'comes something else',
  ],
  [
    'a member after zeros',
    () => Buffer.concat([gzipSync('1,2\n'), Buffer.alloc(9), gzipSync('3,4\n')]),
    'comes something else',
  ],
  ['Zstandard that is cut short', () => rowsZst.subarray(0, -20), 'by zstd: it ends within its compressed data'],
  ['Zstandard without its checksum', () => rowsZst.subarray(0, -4), 'it ends within'],
  ['Zstandard cut after a block', () => zstdText('1,2\n', '3,4\n').subarray(0, -7), 'it ends within'],
  ['Zstandard of another checksum', () => flip(rowsZst, -1), 'x cannot be decompressed by zstd: it is damaged'],
  ['Zstandard with a flipped bit inside', () => flip(rowsZst, 5000), 'damaged'],
  [
    'text after Zstandard',
    () => Buffer.concat([zstdText('1,2\n'), Buffer.from('3,4\n')]),
    'after a frame comes something else',
  ],
  ['a block of no kind', () => flip(zstdText('1,2\n'), 6, 6), 'it is damaged'],
  ['a dictionary', () => Buffer.from('\x28\xb5\x2f\xfd\x01\x50\x07\x01\0\0', 'latin1'), 'it needs a dictionary'],
  [
    'a window of 2 TiB',
    () => zstdOf([Buffer.from('1,2\n')], 31 << 3),
    'it needs a window of 2097152 MiB, more than 128',
  ],
  [
    'bzip2',
    () => Buffer.from('BZh91AY&SY\0\0\0\0', 'latin1'),
    'x is compressed by bzip2; gzip and Zstandard can be read: decompress it first',
  ],
  ['xz', () => Buffer.from('\xfd7zXZ\0\0', 'latin1'), 'x is compressed by xz'],
  ['LZ4', () => Buffer.from('\x04\x22\x4d\x18\x64', 'latin1'), 'x is compressed by LZ4'],
  ['zip', () => Buffer.from('PK\x03\x04\x14', 'latin1'), 'x is compressed by zip'],
  ['nothing in gzip', () => gzipSync(''), 'x is empty'],
  ['nothing in Zstandard', () => zstdText(''), 'x is empty'],
])('%s is refused, however it comes', async (_, make, message) => {
  const bytes = make();
  for (const length of [1, 10, 1 << 20]) {
    const error: Error = await piped(bytes, {}, length).catch((failure) => failure);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain(message);
  }
});

function flip(bytes: Buffer, at: number, bits = 1): Buffer {
  const flipped = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  flipped[index] = flipped[index]! ^ bits;
  return flipped;
}

test('no damage to what has a checksum gives another number, or waits for ever', async () => {
  const gzip = gzipSync(rowsText.slice(0, 2000));
  const whole = await piped(gzip);
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (isGzip, where, bits, cuts) => {
        const bytes = isGzip ? gzip : rowsZst;
        const at = where % bytes.length;
        const damaged = cuts ? bytes.subarray(0, at) : flip(bytes, at, bits);
        const read = await piped(damaged).catch((error) => error);
        if (read instanceof DataError) return;
        expect(read).toEqual(isGzip ? whole : rows); // bits that say nothing of the content, such as the time in gzip's header
      },
    ),
    runs(150),
  );
});

test('names that promise what the content does not hold', async () => {
  await expect(readRows(write('plain.csv.gz', '1,2\n'))).rejects.toThrow(
    'plain.csv.gz does not begin as gzip does, as its name says: if it is not compressed, rename it',
  );
  await expect(readRows(write('empty.csv.zst', ''))).rejects.toThrow('empty.csv.zst is empty');
  await expect(readRows(write('x.h5.gz', gzipSync('x')))).rejects.toThrow(
    '.h5 cannot be read compressed as a whole: decompress it first (gzip -dk',
  );
  for (const ending of ['.npz', '.parquet'])
    await expect(readRows(write(`x${ending}.zst`, 'x'))).rejects.toThrow('(zstd -d');
  await expect(readRows(write('x.csv.xz', '\xfd7zXZ\0'))).rejects.toThrow('does not begin as xz does');
  await expect(readRows(write('x.gz', gzipSync('1,2\n')))).rejects.toThrow(
    '(or these and .gz or .zst): say which format',
  );
  expect(await readRows(path('x.gz'), { format: 'csv' })).toEqual([[1, 2]]);
  await expect(readRows(write('x.npy.gz', gzipSync(npyBytes({ fortran: 'True' }))))).rejects.toThrow(
    'from a file only, not compressed',
  );
});

test('a bomb is read as it comes: what it holds is never held', async () => {
  const run = { byte: 0x0a, times: 1 << 17 };
  const bytes = zstdOf([Buffer.from('1,2\n'), ...Array.from({ length: 1500 }, () => run), Buffer.from('3,4\n')]); // 190 MiB of \n
  const before = process.memoryUsage();
  const held = (): number => {
    const { external, heapUsed } = process.memoryUsage();
    return external + heapUsed - before.external - before.heapUsed;
  };
  let most = 0;
  let looks = 0;
  const timer = setInterval(() => {
    most = Math.max(most, held());
    looks++;
  }, 5);
  expect(await piped(bytes, { format: 'jsonl' }).catch((error: Error) => error.message)).toContain('no JSON');
  await expect(readRows(write('bomb.csv.zst', bytes))).rejects.toThrow('blank lines');
  clearInterval(timer);
  expect(looks).toBeGreaterThan(0);
  expect(most).toBeLessThan(120e6);
});

test('what is not read to its end is let go of', async () => {
  const file = write('again.csv.zst', rowsZst);
  const { openData } = await import('../../src/sources/source.ts');
  for (let n = 0; n < 60; n++) {
    const source = await openData(file);
    for await (const _ of source) break;
    await source.close();
  }
  expect(await readRows(file)).toEqual(rows);
});

test('an abort ends a file that gives no rows', async () => {
  const run = { byte: 0x0a, times: 1 << 17 };
  const file = write('blank.csv.zst', zstdOf(Array.from({ length: 100_000 }, () => run))); // 12 GiB of \n
  const begun = performance.now();
  await expect(readRows(file, { signal: AbortSignal.timeout(200) })).rejects.toThrow(/abort|timeout/i);
  expect(performance.now() - begun).toBeLessThan(5000);
});
