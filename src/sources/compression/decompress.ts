// The compressions of pages and buffers (Parquet, Arrow), with their checksums.
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import { decompressHadoopLz4, decompressLz4Block, decompressLz4Frames } from './lz4.ts';

/** Returns exactly this many bytes. */
type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/** A compression, by the name that messages give it. */
export type Codec = keyof typeof compressions;

/**
 * Compressions of pages and buffers. Each verifies the checksums that its format has; `most` is how many times as long as what is
 * compressed the whole can be, where there is a limit.
 */
const compressions = {
  Snappy: { most: 32, load: loadSnappy },
  GZIP: { most: 1100, load: async () => (bytes, length) => unzipSync(bytes, room(length)) },
  Brotli: { most: undefined, load: async () => (bytes, length) => brotliDecompressSync(bytes, room(length)) },
  Zstandard: { most: undefined, load: loadZstandard },
  LZ4: { most: 256, load: async () => decompressHadoopLz4 },
  'LZ4 block': { most: 256, load: async () => decompressBlock },
  'LZ4 frame': { most: 256, load: loadFrames },
} satisfies Record<string, { most: number | undefined; load(): Promise<Decompress> }>;

const loaded: Partial<Record<Codec, Promise<Decompress>>> = {};

/**
 * Decompresses to exactly `length` bytes, or throws a RangeError that says in one line why it cannot.
 */
export async function decompressor(compression: Codec): Promise<Decompress> {
  const { most, load } = compressions[compression];
  loaded[compression] ??= load();
  const decompress = await loaded[compression];
  return (bytes, length) => {
    if (length === 0) return new Uint8Array(0);
    const wrong = (what: string): RangeError =>
      new RangeError(`${bytes.length} bytes of ${compression} ${what} the ${length} bytes they should be`);
    // what is claimed is not believed: no room is made for more than there can be
    if (most !== undefined && length > 64 + most * bytes.length) throw wrong('cannot be');
    let whole: Uint8Array;
    try {
      whole = decompress(bytes, length);
    } catch {
      throw wrong('are damaged and are not');
    }
    if (whole.length !== length) throw wrong('are damaged and are not');
    return whole;
  };
}

/** All in one piece, and no more than that. */
const room = (length: number) => ({ maxOutputLength: length, chunkSize: Math.max(64, length) });

function decompressBlock(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  return out.subarray(0, decompressLz4Block(bytes, out));
}

async function loadFrames(): Promise<Decompress> {
  const { h32Raw } = await (await import('xxhash-wasm')).default();
  return (bytes, length) => decompressLz4Frames(bytes, length, h32Raw);
}

async function loadZstandard(): Promise<Decompress> {
  const { ZSTDDecoder } = await import('zstddec');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  return (bytes, length) => decoder.decode(bytes, length);
}

async function loadSnappy(): Promise<Decompress> {
  const decompress = (await import('hysnappy')).snappyUncompressor();
  // hysnappy writes as many bytes as the data say, and gives as many as it was asked for
  return (bytes, length) => (lengthOfSnappy(bytes) === length ? decompress(bytes, length) : new Uint8Array(0));
}

/** The length that Snappy's data begin with: seven bits a byte. */
function lengthOfSnappy(bytes: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i]!;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return Number.NaN;
}
