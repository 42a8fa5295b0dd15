// Writes small pieces as large ones.
import { open } from 'node:fs/promises';
import { writeAtomically } from './atomic.ts';
import type { OpenFile } from './open-file.ts';

/** Small pieces wait until there are so many bytes. */
const GATHERED_BYTES = 1 << 18;

/** Writes a file piece by piece, from its beginning; pieces that were put can be replaced by others of the same length. */
export class GatheredWriter {
  readonly #file: Pick<OpenFile, 'write'>;
  readonly #waiting = Buffer.alloc(GATHERED_BYTES);
  #waits = 0;
  /** Bytes that are in the file. */
  #written = 0;

  constructor(file: Pick<OpenFile, 'write'>) {
    this.#file = file;
  }

  /** Where the next piece comes. */
  get position(): number {
    return this.#written + this.#waits;
  }

  async put(piece: Uint8Array | string): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (this.#waits + bytes.length > GATHERED_BYTES) await this.flush();
    if (bytes.length > GATHERED_BYTES) {
      this.#written += await writeFully(this.#file, bytes, this.#written);
      return;
    }
    this.#waiting.set(bytes, this.#waits);
    this.#waits += bytes.length;
  }

  /** Replaces what was put at a position. */
  async replace(position: number, piece: Uint8Array | string): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (position >= this.#written) this.#waiting.set(bytes, position - this.#written);
    else {
      await this.flush();
      await writeFully(this.#file, bytes, position);
    }
  }

  /** Writes what waits; call it at the end. */
  async flush(): Promise<void> {
    const waits = this.#waits;
    this.#waits = 0;
    this.#written += await writeFully(this.#file, this.#waiting.subarray(0, waits), this.#written);
  }
}

/** Writes a file piece by piece, whole or not at all. */
export function writeGathered(path: string, write: (writer: GatheredWriter) => Promise<void>): Promise<void> {
  return writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      const writer = new GatheredWriter(file);
      await write(writer);
      await writer.flush();
    } finally {
      await file.close();
    }
  });
}

/** Writes text as a file, whole or not at all. */
export const writeText = (path: string, pieces: AsyncIterable<string>): Promise<void> =>
  writeGathered(path, async (writer) => {
    for await (const piece of pieces) await writer.put(piece);
  });

/** Writes all bytes, at a position or (null) after what was written last; returns how many. */
export async function writeFully(
  file: Pick<OpenFile, 'write'>,
  bytes: Uint8Array,
  position: number | null,
): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
  return bytes.length;
}
