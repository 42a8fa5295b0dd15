const MAGIC = 0x184d2204;
/** Of a frame's flags. */
const [VERSION, VERSION_MASK, BLOCK_CHECKSUM, CONTENT_SIZE, DICTIONARY] = [0x40, 0xc0, 0x10, 0x08, 0x01];
const PLAIN = 0x80000000;
const LEAST_MATCH = 4;
/** A length of so many goes on in the bytes after it. */
const LONG = 15;

/**
 * Decompresses an LZ4 frame (checksums are not looked at). Source: LZ4 frame format 1.6.4, LZ4 block format.
 *
 * @throws RangeError where the frame is damaged.
 */
export function decompressLz4(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const flags = view.getUint8(4);
  if (view.getUint32(0, true) !== MAGIC || (flags & VERSION_MASK) !== VERSION || flags & DICTIONARY) {
    throw new RangeError('no LZ4 frame, or one with a dictionary');
  }
  const blockBytes = 1 << (8 + 2 * ((view.getUint8(5) >> 4) & 7));
  const out = new Output();
  let at = flags & CONTENT_SIZE ? 15 : 7;
  for (let size = view.getUint32(at, true); size !== 0; size = view.getUint32(at, true)) {
    at += 4;
    const block = frame.subarray(at, at + (size % PLAIN));
    if (block.length < size % PLAIN || block.length > blockBytes) throw new RangeError('an LZ4 block that is too long');
    if (size >= PLAIN) out.append(block);
    else decompressBlock(block, out, blockBytes);
    at += block.length + (flags & BLOCK_CHECKSUM ? 4 : 0);
  }
  return out.bytes();
}

/** Literals and matches in turns; the last are literals. */
function decompressBlock(block: Uint8Array, out: Output, mostBytes: number): void {
  const end = out.length + mostBytes;
  let at = 0;
  const longer = (length: number): number => {
    let sum = length;
    if (length === LONG) {
      let byte = 255;
      while (byte === 255) {
        if (at >= block.length) throw new RangeError('an LZ4 block that ends early');
        byte = block[at++]!;
        sum += byte;
      }
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = longer(token >> 4);
    if (at + literals > block.length || out.length + literals > end) throw new RangeError('too many LZ4 literals');
    out.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw new RangeError('an LZ4 block that ends early');
    const offset = block[at]! + 256 * block[at + 1]!;
    at += 2;
    const length = longer(token & LONG) + LEAST_MATCH;
    if (out.length + length > end) throw new RangeError('an LZ4 match that is too long');
    out.repeat(offset, length);
  }
}

/** Bytes that grow. */
class Output {
  length = 0;
  #room = new Uint8Array(1 << 16);

  append(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#room.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends what is so far back, which may be part of itself. */
  repeat(offset: number, count: number): void {
    if (offset === 0 || offset > this.length) throw new RangeError('an LZ4 match of what is not there');
    this.#grow(count);
    const room = this.#room;
    for (let to = this.length, end = to + count; to < end; to++) room[to] = room[to - offset]!;
    this.length += count;
  }

  bytes(): Uint8Array {
    return this.#room.subarray(0, this.length);
  }

  #grow(count: number): void {
    if (this.length + count <= this.#room.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#room.length, this.length + count));
    larger.set(this.#room.subarray(0, this.length));
    this.#room = larger;
  }
}
