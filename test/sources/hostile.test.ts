import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const path = temporaryDirectory();

const failure = async (file: string): Promise<string> =>
  readRows(file).then(
    () => 'rows',
    (error: Error) => `${error.name}: ${error.message}`,
  );

test.each(readdirSync(join(fixtures, 'cases', 'hostile')))('%s ends in an error of one line', async (name) => {
  const message = await failure(join(fixtures, 'cases', 'hostile', name));
  expect(message).toMatch(/^DataError: [^\n]*is damaged \([^\n]*\): write it again$/);
  expect(message).not.toContain('[object');
});

// Each bit of what a checksum covers, flipped by itself: an error, or the rows as they were where it covers nothing that counts.
test.each([
  ...['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'].map((codec) => `checksum-${codec}.parquet`),
  'gzip.parquet',
  'fletcher.h5',
])('%s: a flipped bit is never another number', async (name) => {
  const bytes = readFileSync(join(fixtures, 'columns', name));
  const rows = await readRows(join(fixtures, 'columns', name));
  const [start, end] = name.endsWith('.h5')
    ? chunkOf(bytes)
    : [4, bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8)];
  const step = name.endsWith('.h5') ? 97 : 23; // each failure of HDF5 costs a thread
  let refused = 0;
  for (let bit = 8 * start; bit < 8 * end; bit += step) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const file = path(`${bit}-${name}`);
    writeFileSync(file, damaged);
    const result = await readRows(file).catch((error: Error) => error);
    if (result instanceof Error) {
      expect([result.name, result.message]).toEqual(['DataError', expect.stringMatching(/^[^\n]*$/)]);
      refused++;
    } else expect(result, `bit ${bit}`).toEqual(rows);
  }
  expect(refused).toBeGreaterThan((0.75 * (8 * (end - start))) / step);
});

/** Where the numbers −5, −4, … are, and the checksum after them. */
function chunkOf(bytes: Buffer): [number, number] {
  const start = bytes.indexOf(Buffer.from(Float64Array.of(-5, -4, -3).buffer));
  return [start, start + 12 * 8 + 4];
}

test.each([
  ['its footer', 'an encrypted footer', (bytes: Buffer) => bytes.write('PARE', bytes.length - 4, 'latin1')],
  [
    'a footer that is no Thrift',
    'is damaged (its footer',
    (bytes: Buffer) => bytes.fill(0xff, bytes.length - 300, bytes.length - 100),
  ],
  ['a footer of nothing', 'is damaged (its footer', (bytes: Buffer) => bytes.writeUInt32LE(0, bytes.length - 8)],
  ['no end mark', 'does not end with the mark PAR1', (bytes: Buffer) => bytes.fill(0, bytes.length - 4)],
])('Parquet with %s is named', async (what, message, damage) => {
  const bytes = readFileSync(join(fixtures, 'columns', 'gzip.parquet'));
  damage(bytes);
  const file = path(`${what.replaceAll(' ', '-')}.parquet`);
  writeFileSync(file, bytes);
  expect(await failure(file)).toContain(message);
});
