import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openData } from '../../src/sources/source.ts';
import { readRows } from '../helpers/read.ts';

// Made with Python's struct, as The HTK Book says: see make.py there.
const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'formats', name);
const expected = (name: string): Promise<number[][]> => readRows(`${fixture('expected.npz')}:/${name}`);
const readBytes = (bytes: Uint8Array): Promise<number[][]> =>
  readRows(Readable.from([bytes]), { format: 'htk', name: 'x.htk' });

test.each(['plain.htk', 'mfcc_d_k.mfc'])('%s', async (name) => {
  const rows = await expected('a');
  expect(await readRows(fixture(name))).toEqual(rows);
  const pieces = [...readFileSync(fixture(name))].map((byte) => Uint8Array.of(byte));
  expect(await readRows(Readable.from(pieces), { format: 'htk' })).toEqual(rows);
  const source = await openData(fixture(name));
  expect(source.rows).toBe(7);
  for await (const { part } of source.arriving()) expect(part.name).toBe(name.split('.')[0]);
});

test.each(['mfcc_c.htk', 'mfcc_c_k.htk'])('%s: compressed', async (name) => {
  const wanted = await expected(name);
  expect(await readRows(fixture(name))).toEqual(wanted.map((row) => row.map(Math.fround)));
});

test('whole numbers between −1 and 1', async () => {
  expect(await readRows(fixture('irefc.htk'))).toEqual([
    [0, 1],
    [-1, Math.fround(1 / 32767)],
  ]);
});

function changed(name: string, offset: number, value: number, bytes: 2 | 4): Buffer {
  const content = readFileSync(fixture(name));
  if (bytes === 2) content.writeInt16BE(value, offset);
  else content.writeInt32BE(value, offset);
  return content;
}

test.each([
  ['nothing', Buffer.alloc(0), 'x.htk is empty'],
  ['a waveform', readFileSync(fixture('waveform.htk')), 'an HTK file that is a waveform (kind 0); expected features'],
  ['discrete symbols', changed('plain.htk', 10, 10, 2), 'discrete symbols (kind 10)'],
  ['an unknown kind', changed('plain.htk', 10, 63, 2), 'of an unknown kind (kind 63)'],
  [
    'more samples than there are',
    changed('plain.htk', 0, 9, 4),
    'its header claims 9 samples of 12 bytes, but there are 7: the file was cut short',
  ],
  [
    'fewer samples than there are',
    changed('plain.htk', 0, 5, 4),
    'its header claims 5 samples of 12 bytes, but there are 7: write it again',
  ],
  ['2³¹ samples', changed('plain.htk', 0, 2 ** 31 - 1, 4), 'claims 2147483647 samples of 12 bytes, but there are 7'],
  [
    'more compressed samples',
    changed('mfcc_c.htk', 0, 12, 4),
    'its header claims 12 samples of 6 bytes, but there are 11',
  ],
  ['negative samples', changed('plain.htk', 0, -1, 4), 'claims -1 samples of 12 bytes'],
  ['no bytes a sample', changed('plain.htk', 8, 0, 2), 'claims 7 samples of 0 bytes'],
  ['half a number', changed('plain.htk', 8, 10, 2), 'claims 7 samples of 10 bytes'],
  ['fewer than the scales', changed('mfcc_c.htk', 0, 3, 4), 'claims 3 samples of 6 bytes'],
  ['half of its bytes swapped', readFileSync(fixture('plain.htk')).swap16(), 'x.htk'],
  [
    'indices of a codebook',
    changed('plain.htk', 10, 0o40011, 2),
    'with indices of a codebook beside its features (_V)',
  ],
])('%s is refused', async (_, bytes, message) => {
  const error = (await readBytes(bytes).catch((thrown: unknown) => thrown)) as Error;
  expect([error.name, error.message]).toEqual(['DataError', expect.stringContaining(message)]);
});

test.each([0o11, 0o6, 0o1506, 0o106, 0o13, 0o20406])('the other byte order, kind %i', async (kind) => {
  const bytes = changed('plain.htk', 10, kind, 2);
  const values = bytes.subarray(12).swap32();
  const header = Buffer.alloc(12);
  header.writeInt32LE(7, 0);
  header.writeInt32LE(100_000, 4);
  header.writeInt16LE(12, 8);
  header.writeUInt16LE(kind, 10);
  await expect(readBytes(Buffer.concat([header, values]))).rejects.toThrow(
    'x.htk: an HTK file in little-endian byte order (NATURALWRITEORDER), expected big-endian',
  );
});

test.each([1, 2, 3, 4, 6, 7, 8, 9, 11])('features of kind %i, with any qualifiers', async (kind) => {
  const rows = await expected('a');
  for (const qualifiers of [0, 0o100, 0o700, 0o1500, 0o24500, 0o101400]) {
    const bytes = changed('plain.htk', 10, 0, 2);
    bytes.writeUInt16BE(kind | qualifiers, 10);
    expect(await readBytes(bytes)).toEqual(rows);
  }
});

test.each(['mfcc_d_k.mfc', 'mfcc_c_k.htk'])(
  '%s: any bit that is flipped under its checksum is an error',
  async (name) => {
    const bytes = readFileSync(fixture(name));
    for (let at = 12; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 1 << bit;
        expect(await readBytes(damaged).catch(String), `bit ${bit} of byte ${at}`).toMatch(
          /DataError: .*(?:its checksum \(_K\) is \d+, but that of its numbers \d+|expected a finite number)/,
        );
      }
    }
  },
);

test.each(['plain.htk', 'mfcc_d_k.mfc', 'mfcc_c.htk', 'mfcc_c_k.htk'])(
  '%s cut short anywhere, or longer, is refused',
  async (name) => {
    const bytes = readFileSync(fixture(name));
    for (let length = 0; length < bytes.length; length++) {
      expect(await readBytes(bytes.subarray(0, length)).catch((error: Error) => error.name), `${length} bytes`).toBe(
        'DataError',
      );
    }
    await expect(readBytes(Buffer.concat([bytes, Buffer.alloc(1)]))).rejects.toThrow('but there are');
  },
);
