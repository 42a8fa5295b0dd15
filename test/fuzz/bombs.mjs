import { constants, deflateRawSync, gzipSync } from 'node:zlib';

const PIECE = 2 ** 24;
const REPEATS = 400;

/** Members of gzip one after the other, of which each is 16 MB of the same. @param {string} text */
const gzipped = (text) => {
  const member = gzipSync(text.repeat(PIECE / text.length), { level: 9 });
  return Buffer.concat(Array(REPEATS).fill(member));
};

/** Blocks of Zstandard that repeat one byte 128 KiB times, 400 GB in all. @param {string} byte @param {readonly number[]} header */
const zstandard = (byte, header) => {
  const block = Buffer.from([2, 0, 16, byte.charCodeAt(0)]); // not the last, a repeated byte, 2^17 times
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...header]), Buffer.alloc(4 * 3_000_000, block)]);
};

/** One array of 4 GB of zeros, in blocks of deflate that end so that the same can follow. */
function zipped() {
  const rows = 2.5e8;
  const dictionary = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, 2), }`.padEnd(117);
  const header = Buffer.from(`\x93NUMPY\x01\0\x76\0${dictionary}\n`, 'latin1');
  const open = { finishFlush: constants.Z_FULL_FLUSH };
  const zeros = deflateRawSync(Buffer.alloc(PIECE), open);
  const pieces = Array(Math.ceil((16 * rows) / PIECE)).fill(zeros);
  const body = Buffer.concat([deflateRawSync(header, open), ...pieces, Buffer.of(3, 0)]);
  const name = Buffer.from('x.npy');
  const entry = Buffer.alloc(26); // what both headers say of it
  entry.writeUInt16LE(20, 0);
  entry.writeUInt16LE(8, 4);
  entry.writeUInt32LE(body.length, 14);
  entry.writeUInt32LE(16 * rows + header.length, 18);
  entry.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), entry, name, body]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), entry, Buffer.alloc(14), name]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}

/** Small window; the largest that can be said. */
const [SMALL, LARGEST] = [
  [0, 0x58],
  [0, 0xff],
];

/** Files that are small on disk, or plain to make, and without end to whoever wants all of them, by format and name. */
export const bombs = {
  csv: {
    'one-line.csv': () => Buffer.alloc(2 ** 25, '1,'),
    'quote.csv': () => Buffer.concat([Buffer.from('x,"'), Buffer.alloc(2 ** 25, 'y\n')]),
    'digits.csv': () => Buffer.alloc(2 ** 25, '1'),
  },
  tsv: { 'one-line.tsv': () => Buffer.alloc(2 ** 25, '1\t') },
  txt: { 'one-line.txt': () => Buffer.alloc(2 ** 25, '1 '), 'blanks.txt': () => Buffer.alloc(2 ** 25, ' ') },
  jsonl: {
    'nested.jsonl': () => Buffer.alloc(2 ** 21, '['),
    'one-line.jsonl': () => Buffer.concat([Buffer.from('[1'), Buffer.alloc(2 ** 25, ',1')]),
    'text.jsonl': () => Buffer.concat([Buffer.from('{"'), Buffer.alloc(2 ** 25, 'x')]),
  },
  ark: {
    'text.ark': () => Buffer.concat([Buffer.from('key  [\n'), Buffer.alloc(2 ** 25, ' 1')]),
    'key.ark': () => Buffer.alloc(2 ** 25, 'k'),
  },
  scp: { 'key.scp': () => Buffer.alloc(2 ** 25, 'k') },
  npz: { 'zeros.npz': zipped },
  gz: {
    'rows.csv.gz': () => gzipped('1,2,3,4\n'),
    'rows.jsonl.gz': () => gzipped('[1,2,3]\n'),
    'rows.txt.gz': () => gzipped('1 2 3 4\n'),
    'one-line.csv.gz': () => gzipped('1'),
    'one-line.jsonl.gz': () => gzipped('['),
    'blank-lines.tsv.gz': () => gzipped('\n'),
  },
  zst: {
    'one-line.csv.zst': () => zstandard('1', SMALL),
    'blank-lines.txt.zst': () => zstandard('\n', SMALL),
    'window.csv.zst': () => zstandard('1', LARGEST),
  },
};

/** Those of a format. @param {string} format @returns {[name: string, make: () => Buffer][]} */
export const bombsOf = (format) => Object.entries(Object.entries(bombs).find(([name]) => name === format)?.[1] ?? {});
