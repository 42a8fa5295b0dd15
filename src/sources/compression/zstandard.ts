// Zstandard, streamed block by block.
import { DataError } from '../../errors.ts';
import { breathe } from '../../util/event-loop.ts';
import { ByteReader } from '../bytes.ts';

const MAGIC = 0xfd2fb528;
/** Frames of somebody's own, to be stepped over: sixteen numbers that begin so. */
const SKIPPABLE = 0x184d2a5;
const [SINGLE_SEGMENT, RESERVED_BIT, CHECKSUM, DICTIONARY] = [0x20, 0x08, 0x04, 0x03];
const [RUN, RESERVED_BLOCK] = [1, 3];
const LARGEST_BLOCK = 1 << 17;
const CHECKSUM_BYTES = 4;
/** Largest window that is held: programs refuse more unless asked. */
const LARGEST_WINDOW = 2 ** 27;

/**
 * Decompresses Zstandard (RFC 8878) as a stream: one frame or several, each of the checksum and the length that it says. Held are
 * its window, of 128 MiB at most, and a block.
 */
export async function* unzstd(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const reader = new ByteReader(bytes);
  let part: Uint8Array | undefined;
  /** The decoder's own loop asks for the next part when it is done with one, at once: it is there before the loop continues. */
  function* partAtHand(): Generator<Uint8Array> {
    for (; part; ) {
      const given = part;
      part = undefined;
      yield given;
    }
  }
  const output = decoder.decodeStreaming(partAtHand());
  try {
    for await (part of readParts(reader, name)) {
      const { value } = output.next();
      // After an error decodeStreaming comes back to the same part for ever: it did not ask for this one.
      if (part) throw damaged(name);
      if (value && value.length > 0) yield value;
      await breathe();
    }
    if (!freeMemory(output)) throw damaged(name);
  } finally {
    part = undefined;
    freeMemory(output);
    await reader.close();
  }
}

/** Only at its end does decodeStreaming free its memory, early as that may come; says whether all frames were whole. */
function freeMemory(output: Iterator<Uint8Array>): boolean {
  try {
    return output.next().done === true;
  } catch {
    return false; // 'Incomplete stream'
  }
}

/** The header of a frame, and then its blocks one by one, the last with the checksum: of none is more than one block decompressed. */
async function* readParts(reader: ByteReader, name: string): AsyncGenerator<Uint8Array> {
  const take = async (count: number): Promise<Buffer> => {
    const bytes = await reader.read(new Uint8Array(count));
    if (bytes.length < count) throw cutShort(name);
    return Buffer.from(bytes.buffer, bytes.byteOffset, count);
  };
  while ((await reader.peek()) !== undefined) {
    const start = await take(4);
    const magic = start.readUInt32LE(0);
    if (magic >>> 4 === SKIPPABLE) {
      await skip(reader, (await take(4)).readUInt32LE(0), name);
      continue;
    }
    if (magic !== MAGIC) throw damaged(name, 'after a frame comes something else: it is damaged');
    const descriptor = (await take(1))[0]!;
    const header = await take(headerBytes(descriptor));
    checkHeader(descriptor, header, name);
    yield Buffer.concat([start, Buffer.of(descriptor), header]);
    for (let isLast = false; !isLast; ) {
      const blockHeader = await take(3);
      const bits = blockHeader.readUIntLE(0, 3);
      isLast = (bits & 1) === 1;
      const [type, size] = [(bits >> 1) & 3, bits >> 3];
      if (type === RESERVED_BLOCK || size > LARGEST_BLOCK) throw damaged(name);
      const block = await take(type === RUN ? 1 : size);
      const checksum = isLast && descriptor & CHECKSUM ? await take(CHECKSUM_BYTES) : Buffer.of();
      yield Buffer.concat([blockHeader, block, checksum]);
    }
  }
}

const sizeBytes = (descriptor: number): number => [descriptor & SINGLE_SEGMENT ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
const windowBytes = (descriptor: number): number => (descriptor & SINGLE_SEGMENT ? 0 : 1);
const dictionaryBytes = (descriptor: number): number => [0, 1, 2, 4][descriptor & DICTIONARY]!;

const headerBytes = (descriptor: number): number =>
  windowBytes(descriptor) + dictionaryBytes(descriptor) + sizeBytes(descriptor);

function checkHeader(descriptor: number, header: Buffer, name: string): void {
  if (descriptor & RESERVED_BIT) throw damaged(name);
  const dictionary = header.subarray(windowBytes(descriptor), windowBytes(descriptor) + dictionaryBytes(descriptor));
  if (dictionary.some((byte) => byte !== 0))
    throw damaged(name, 'it needs a dictionary: decompress it with that first (zstd -d -D)');
  const window = descriptor & SINGLE_SEGMENT ? segmentSize(header.subarray(dictionary.length)) : windowSize(header[0]!);
  if (window > LARGEST_WINDOW) {
    throw damaged(
      name,
      `it needs a window of ${Math.ceil(window / 2 ** 20)} MiB, more than ${LARGEST_WINDOW / 2 ** 20}: decompress it first (zstd -d --long=31)`,
    );
  }
}

/** 1, 2, 4 or 8 bytes; those that are two begin at 256. */
const segmentSize = (bytes: Buffer): number =>
  bytes.reduceRight((sum, byte) => 256 * sum + byte, 0) + (bytes.length === 2 ? 256 : 0);

const windowSize = (byte: number): number => 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8);

async function skip(reader: ByteReader, count: number, name: string): Promise<void> {
  const room = new Uint8Array(Math.min(count, LARGEST_BLOCK));
  for (let left = count; left > 0; ) {
    const { length } = await reader.read(room, Math.min(left, room.length));
    if (length === 0) throw cutShort(name);
    left -= length;
  }
}

const damaged = (
  name: string,
  what = 'it is damaged',
  code: 'damaged' | 'truncated' | 'unsupported' = 'damaged',
): DataError => new DataError(code, `${name} cannot be decompressed by zstd: ${what}`, { source: name });

const cutShort = (name: string): DataError =>
  damaged(name, 'it ends within its compressed data: the file was cut short', 'truncated');
