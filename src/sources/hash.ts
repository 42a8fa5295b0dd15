// Hashes of bytes and files: all of few bytes, some of many.
import { OpenFile } from '../files/open-file.ts';
import { breathe, isBreathDue } from '../util/event-loop.ts';

const PIECE_BYTES = 1 << 20;

/** A hash of bytes that are added one after the other. */
export interface Hash {
  add(bytes: ArrayBufferView): Promise<void>;
  /** In hexadecimal digits. */
  end(): string;
}

/** The 64-bit hash of Collet's xxHash. */
export async function newHash(): Promise<Hash> {
  const { create64 } = await (await import('xxhash-wasm')).default();
  const hash = create64();
  return {
    async add({ buffer, byteOffset, byteLength }) {
      for (let at = 0; at < byteLength; at += PIECE_BYTES) {
        hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(PIECE_BYTES, byteLength - at)));
        if (isBreathDue()) await breathe();
      }
    },
    end: () => hash.digest().toString(16).padStart(16, '0'),
  };
}

/** Of more bytes than these only some are hashed: the first, the last, and some between. */
const WHOLE_BYTES = 1 << 20;
const SAMPLE_BYTES = 1 << 16;
const SAMPLES = 18;

/** Bytes that can be read here and there. */
export interface ReadableBytes {
  readonly bytes: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A hash of all bytes, or of samples spread over them. */
export async function hashOfSamples({ bytes, read }: ReadableBytes): Promise<string> {
  const hash = await newHash();
  if (bytes <= WHOLE_BYTES) {
    await hash.add(await read(0, bytes));
    return hash.end();
  }
  for (let i = 0; i < SAMPLES; i++) {
    const start = Math.floor(((bytes - SAMPLE_BYTES) * i) / (SAMPLES - 1));
    await hash.add(await read(start, start + SAMPLE_BYTES));
  }
  return hash.end();
}

/** The size of a file, and its hash. */
export async function hashOfFile(path: string): Promise<{ readonly bytes: number; readonly hash: string }> {
  const file = await OpenFile.open(path);
  try {
    const { size: bytes } = await file.stat();
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      const room = new Uint8Array(end - start);
      let filled = 0;
      while (filled < room.length) {
        const { bytesRead } = await file.read(room, filled, room.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return room.subarray(0, filled);
    };
    return { bytes, hash: await hashOfSamples({ bytes, read }) };
  } finally {
    await file.close();
  }
}
