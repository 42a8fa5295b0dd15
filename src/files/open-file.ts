// Open files that are closed even if they are forgotten.
// Files that somebody may forget to close: Node ends the process when a FileHandle is collected while it is open.
import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** Called with what nobody can reach any more, which must not be able to reach that itself. */
const forgotten = new FinalizationRegistry<() => unknown>((end) => void end());

/** An open file that is closed, without a word, when nobody can use it any more. */
export class OpenFile {
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    forgotten.register(this, () => handle.close().catch(() => {}), this);
  }

  static async open(path: string, flags?: string): Promise<OpenFile> {
    return new OpenFile(await open(path, flags));
  }

  /** Some bytes, at a position or after what was read last. */
  read(
    bytes: Uint8Array,
    offset = 0,
    length: number = bytes.length - offset,
    position: number | null = null,
  ): Promise<{ readonly bytesRead: number }> {
    return this.#handle.read(bytes, offset, length, position);
  }

  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }> {
    return this.#handle.write(bytes, offset, length, position);
  }

  /** Puts what was written on the disk. */
  sync(): Promise<void> {
    return this.#handle.sync();
  }

  stat(): Promise<Stats> {
    return this.#handle.stat();
  }

  /** What was kept in it, or was to be read, is not wanted any more: that it cannot be closed well is nothing to anybody. */
  close(): Promise<void> {
    forgotten.unregister(this);
    return this.#handle.close().catch(() => {});
  }
}

/** The first bytes of a file, at most so many. */
export async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The bytes of a file, from one of them on, which is closed when they are read, left, or forgotten. */
export function bytesOfFile(path: string, pieceBytes: number, start?: number): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: pieceBytes, start });
  const pieces = piecesOf(stream);
  forgotten.register(pieces, () => stream.destroy());
  return pieces;
}

async function* piecesOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } finally {
    stream.on('error', () => {}); // the reader has received the error that matters
    stream.destroy();
    if (!stream.closed) await new Promise<void>((resolve) => stream.once('close', resolve));
  }
}
