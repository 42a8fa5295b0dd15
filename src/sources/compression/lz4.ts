// LZ4 blocks and frames.
const MAGIC = 0x184d2204;
/** Of a frame's flags. */
const [VERSION, VERSION_MASK, INDEPENDENT, BLOCK_CHECKSUM, CONTENT_SIZE, CONTENT_CHECKSUM, DICTIONARY] = [
  0x40, 0xc0, 0x20, 0x10, 0x08, 0x04, 0x01,
];
const PLAIN = 0x80000000;
const LEAST_MATCH = 4;
/** A length of this value continues in the bytes after it. */
const LONG = 15;
/** Shorter runs are copied faster byte by byte. */
const SHORT = 24;

/** xxHash of 32 bits, seed 0. */
export type Hash32 = (bytes: Uint8Array) => number;

/**
 * Decompresses LZ4 frames to `length` bytes, and verifies their checksums. Source: LZ4 frame format 1.6.4.
 *
 * @throws RangeError where a frame is damaged.
 */
export function decompressLz4Frames(bytes: Uint8Array, length: number, hash: Hash32): Uint8Array {
  const out = new Uint8Array(length);
  let to = 0;
  for (let at = 0; at < bytes.length; ) ({ at, to } = decompressFrame(bytes, at, out, to, hash));
  if (to !== length) throw new RangeError(`LZ4 frames of ${to} bytes instead of ${length}`);
  return out;
}

function decompressFrame(
  bytes: Uint8Array,
  start: number,
  out: Uint8Array,
  from: number,
  hash: Hash32,
): { at: number; to: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint8(start + 4);
  if (view.getUint32(start, true) !== MAGIC || (flags & VERSION_MASK) !== VERSION) throw new RangeError('no LZ4 frame');
  if (flags & DICTIONARY) throw new RangeError('an LZ4 frame that needs a dictionary');
  const blockBytes = 2 ** (8 + 2 * ((view.getUint8(start + 5) >> 4) & 7));
  const size = flags & CONTENT_SIZE ? Number(view.getBigUint64(start + 6, true)) : undefined;
  let at = start + (size === undefined ? 6 : 14);
  if (view.getUint8(at) !== ((hash(bytes.subarray(start + 4, at)) >>> 8) & 0xff)) throw wrongChecksum('header');
  at++;
  let to = from;
  for (let length = view.getUint32(at, true); length !== 0; length = view.getUint32(at, true)) {
    at += 4;
    const block = bytes.subarray(at, at + (length % PLAIN));
    if (block.length < length % PLAIN || block.length > blockBytes) {
      throw new RangeError('an LZ4 block that is too long');
    }
    at += block.length;
    if (flags & BLOCK_CHECKSUM) {
      if (hash(block) !== view.getUint32(at, true)) throw wrongChecksum('block');
      at += 4;
    }
    if (length < PLAIN) {
      const end = decompressLz4Block(block, out, to, flags & INDEPENDENT ? to : from);
      if (end - to > blockBytes) throw new RangeError('an LZ4 block that is too long');
      to = end;
    } else {
      if (block.length > out.length - to) throw new RangeError('an LZ4 frame that is too long');
      out.set(block, to);
      to += block.length;
    }
  }
  at += 4;
  if (flags & CONTENT_CHECKSUM) {
    if (hash(out.subarray(from, to)) !== view.getUint32(at, true)) throw wrongChecksum('content');
    at += 4;
  }
  if (size !== undefined && size !== to - from) throw new RangeError(`an LZ4 frame of ${to - from} bytes, not ${size}`);
  return { at, to };
}

/**
 * Decompresses a block to a place in `out`, and returns where it ends there: literals and matches in turns, the last are literals. What matches
 * begins at `first` or later. Source: LZ4 block format.
 *
 * @throws RangeError where the block is damaged, or longer than there is room.
 */
export function decompressLz4Block(block: Uint8Array, out: Uint8Array, start = 0, first = start): number {
  const { length } = block;
  let at = 0;
  let to = start;
  while (at < length) {
    const token = block[at++]!;
    let literals = token >> 4;
    if (literals === LONG) {
      let byte = 255;
      for (; byte === 255; literals += byte) {
        if (at >= length) throw new RangeError('an LZ4 block that ends early');
        byte = block[at++]!;
      }
    }
    if (literals > length - at || literals > out.length - to) throw new RangeError('too many LZ4 literals');
    if (literals < SHORT) for (let end = to + literals; to < end; ) out[to++] = block[at++]!;
    else {
      out.set(block.subarray(at, at + literals), to);
      at += literals;
      to += literals;
    }
    if (at === length) return to;
    if (at + 2 > length) break;
    const offset = block[at]! + 256 * block[at + 1]!;
    at += 2;
    if (offset === 0 || offset > to - first) throw new RangeError('an LZ4 match of what is not there');
    let matched = (token & LONG) + LEAST_MATCH;
    if ((token & LONG) === LONG) {
      let byte = 255;
      for (; byte === 255; matched += byte) {
        if (at >= length) throw new RangeError('an LZ4 block that ends early');
        byte = block[at++]!;
      }
    }
    if (matched > out.length - to) throw new RangeError('an LZ4 match that is too long');
    if (matched >= SHORT && offset >= matched) {
      out.copyWithin(to, to - offset, to - offset + matched);
      to += matched;
    } else for (let end = to + matched; to < end; to++) out[to] = out[to - offset]!;
  }
  if (length === 0) return to;
  throw new RangeError('an LZ4 block that ends early');
}

/**
 * Decompresses Hadoop's LZ4: blocks, each after its two lengths; or a single block, as others wrote.
 *
 * @throws RangeError where it is damaged.
 */
export function decompressHadoopLz4(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  if (!isHadoop(bytes, length)) return decompressLz4Block(bytes, out) === length ? out : out.subarray(0, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let to = 0;
  for (let at = 0; at < bytes.length; ) {
    const [size, compressed] = [view.getUint32(at), view.getUint32(at + 4)];
    const end = decompressLz4Block(bytes.subarray(at + 8, at + 8 + compressed), out, to);
    if (end - to !== size) throw new RangeError(`an LZ4 block of ${end - to} bytes instead of ${size}`);
    to = end;
    at += 8 + compressed;
  }
  return out;
}

/** Whether pairs of lengths lead exactly through the bytes. */
function isHadoop(bytes: Uint8Array, length: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  let at = 0;
  while (at + 8 <= bytes.length && sum <= length) {
    sum += view.getUint32(at);
    at += 8 + view.getUint32(at + 4);
  }
  return at === bytes.length && sum === length;
}

const wrongChecksum = (of: string): RangeError => new RangeError(`the checksum of an LZ4 ${of} is wrong`);
