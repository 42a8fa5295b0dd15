import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { readRows } from '../helpers/read.ts';

// Made by NumPy 2.4.6: savez(plain, frames=arange(6.).reshape(3, 2), labels=int32 [[1], [2], [3]], columns=asfortranarray(frames));
// savez_compressed(one, x=arange(20000, dtype='>f4').reshape(-1, 4)).
const fixture = (name: string): string => new URL(`../fixtures/${name}.npz`, import.meta.url).pathname;
const path = temporaryDirectory();
const frames = [
  [0, 1],
  [2, 3],
  [4, 5],
];

test('arrays by name', async () => {
  expect(await readRows(`${fixture('plain')}:/frames`)).toEqual(frames);
  expect(await readRows(`${fixture('plain')}:/labels`)).toEqual([[1], [2], [3]]);
});

test('the only array, compressed', async () => {
  const rows = await readRows(fixture('one'));
  expect(rows).toHaveLength(5000);
  expect(rows[4999]).toEqual([19996, 19997, 19998, 19999]);
});

test.each([
  ['no name where there are several', 'plain', '', 'has frames, labels, columns: name one array, as in'],
  ['a name that is not there', 'plain', ':/x', 'has no array x; it has frames, labels, columns'],
  ['column-major order', 'plain', ':/columns', 'column-major (Fortran) order can be read from a file only'],
])('%s is refused', async (_, name, inside, message) => {
  await expect(readRows(fixture(name) + inside)).rejects.toThrow(message);
});

test('what is damaged is refused, wherever', async () => {
  const bytes = readFileSync(fixture('plain'));
  const file = path('damaged.npz');
  for (let at = 0; at < bytes.length; at += 7) {
    const broken = Buffer.from(bytes);
    broken[at]! ^= 0x5a;
    writeFileSync(file, broken);
    const rows = await readRows(`${file}:/frames`).catch((error: Error) => {
      expect([error.name, error.message.includes('\n')]).toEqual(['DataError', false]);
      return undefined;
    });
    if (rows) expect(rows).toEqual(frames);
  }
  writeFileSync(file, bytes.subarray(0, 300));
  await expect(readRows(file)).rejects.toThrow('is no NumPy archive, or damaged');
  writeFileSync(file, 'text');
  await expect(readRows(file)).rejects.toThrow('is no NumPy archive, or damaged');
});

interface Member {
  name?: string;
  method?: number;
  flags?: number;
  zip64?: boolean;
  hasDescriptor?: boolean;
  content?: Buffer;
}

/** A zip archive, as other programs may write it. */
function zipOf(...members: Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const add = (...buffers: Buffer[]): void => {
    for (const buffer of buffers) {
      parts.push(buffer);
      at += buffer.length;
    }
  };
  for (const { name = 'x.npy', method = 0, flags = 0, zip64, hasDescriptor, content = npyBytes() } of members) {
    const data = method === 8 ? deflateRawSync(content) : content;
    const start = at;
    const sizes = (isCentral: boolean): { fixed: Buffer; extra: Buffer } => {
      const fixed = Buffer.alloc(12);
      const isLater = hasDescriptor && !isCentral;
      fixed.writeUInt32LE(isLater ? 0 : crc32(content), 0);
      fixed.writeUInt32LE(zip64 ? 0xffffffff : isLater ? 0 : data.length, 4);
      fixed.writeUInt32LE(zip64 ? 0xffffffff : isLater ? 0 : content.length, 8);
      if (!zip64) return { fixed, extra: Buffer.of() };
      const extra = Buffer.alloc(20);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(content.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
      return { fixed, extra };
    };
    const head = (isCentral: boolean): Buffer[] => {
      const { fixed, extra } = sizes(isCentral);
      const common = Buffer.alloc(8);
      common.writeUInt16LE(zip64 ? 45 : 20, 0);
      common.writeUInt16LE(flags | (hasDescriptor ? 8 : 0), 2);
      common.writeUInt16LE(method, 4);
      const lengths = Buffer.alloc(4);
      lengths.writeUInt16LE(name.length, 0);
      lengths.writeUInt16LE(extra.length, 2);
      const offset = Buffer.alloc(14);
      offset.writeUInt32LE(start, 10);
      const signature = Buffer.from(isCentral ? 'PK\x01\x02\x2d\0' : 'PK\x03\x04', 'latin1');
      const parts = [signature, common, Buffer.alloc(2), fixed, lengths];
      return [...parts, ...(isCentral ? [offset] : []), Buffer.from(name), extra];
    };
    add(...head(false), data);
    if (hasDescriptor) {
      const descriptor = Buffer.from('PK\x07\x08............', 'latin1');
      descriptor.writeUInt32LE(crc32(content), 4);
      descriptor.writeUInt32LE(data.length, 8);
      descriptor.writeUInt32LE(content.length, 12);
      add(descriptor);
    }
    directory.push(...head(true));
  }
  const end = Buffer.alloc(22);
  const central = Buffer.concat(directory);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

const readZip = (...members: Member[]): Promise<number[][]> => {
  const file = path('made.npz');
  writeFileSync(file, zipOf(...members));
  return readRows(file);
};

const two = [
  [1, 2],
  [3, 4],
];
const content = npyBytes({}, Float64Array.of(1, 2, 3, 4));

test.each<[string, Member]>([
  ['stored', {}],
  ['deflated', { method: 8 }],
  ['with sizes of 64 bits', { zip64: true }],
  ['deflated, with sizes of 64 bits', { zip64: true, method: 8 }],
  ['with its sizes after it', { hasDescriptor: true, method: 8 }],
])('an array that is %s', async (_, member) => {
  expect(await readZip({ ...member, content })).toEqual(two);
});

test.each<[string, Member[], string]>([
  ['encrypted', [{ flags: 1, method: 8 }], 'made.npz is encrypted: write it without a password'],
  ['encrypted by other means', [{ flags: 0x41 }], 'is encrypted'],
  ['compressed by bzip2', [{ method: 12 }], 'made.npz is compressed by bzip2; NumPy stores or deflates'],
  ['compressed by LZMA', [{ method: 14 }], 'is compressed by LZMA'],
  ['compressed by Zstandard', [{ method: 93 }], 'is compressed by Zstandard'],
  ['compressed by what nobody knows', [{ method: 77 }], 'is compressed by method 77 of zip'],
  ['twice there', [{}, {}], 'made.npz has two arrays x'],
  ['no array', [{ name: 'x.txt' }], 'made.npz has no arrays'],
  ['no array inside', [{ content: Buffer.from('1,2\n') }], 'made.npz is not an .npy file'],
  [
    'none of its header',
    [{ content: npyBytes({ shape: '(1000000000000, 2)' }), method: 8 }],
    'but it ends after 2 rows',
  ],
])('an array that is %s is refused in one line', async (_, members, message) => {
  const error: Error = await readZip(...members).catch((failure) => failure);
  expect(error.message).toContain(message);
  expect([error.name, error.message.includes('\n')]).toEqual(['DataError', false]);
});

test('a pipe is refused', async () => {
  const pipe = Readable.from([readFileSync(fixture('one'))]);
  await expect(readRows(pipe, { format: 'npz', name: 'x' })).rejects.toThrow('cannot be read from a pipe');
});

test('an archive that counts fewer entries than it has is refused', async () => {
  const bytes = readFileSync(fixture('plain'));
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  bytes.writeUInt16LE(1, end + 10); // of several: the one that is left would be taken for the only one
  const file = path('fewer.npz');
  writeFileSync(file, bytes);
  await expect(readRows(file)).rejects.toThrow('more entries than its end record counts');
});
