// Keeps rows that cost more to decode than to read, for later passes.
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DataError, messageOf } from '../errors.ts';
import type { OpenFile } from '../files/open-file.ts';
import { keepFully, readFully, temporaryFile } from '../files/temporary-file.ts';
import { batchOf, HEADER_BYTES, RECORD_BYTES, Recorder, recordBytes } from './row-records.ts';
import type { Batch, Part, Table, TablePlace } from './table.ts';

/** Of the free space, at most this share is used. */
const SHARE_OF_FREE = 1 / 4;
/** So much is read at a time. */
const WINDOW_BYTES = 1 << 20;

/** Where the rows of a part are in the file. */
interface Kept {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
}

/** Some bytes of the file, which nobody changes. */
interface Window {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * A temporary file with the rows of parts that are text, sound or compressed: the first whole reading of a part writes them, later ones
 * read them. Parts for which there is no room are decoded in every pass.
 */
export class RowCache {
  readonly #mostBytes: number;
  #file: OpenFile | undefined;
  #room: number | undefined;
  /** Where the rows of the next part begin. */
  #end = 0;
  #isWriting = false;
  #isClosed = false;
  #window: Window = { start: 0, bytes: new Uint8Array(0) };
  #ahead: { readonly start: number; readonly window: Promise<Window> } | undefined;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The same part, whose rows are decoded once if there is room for them. */
  part(part: Part): Part {
    let kept: Kept | undefined;
    const keep = (found: Kept): void => {
      kept = found;
    };
    return {
      ...part,
      open: async (from?: TablePlace): Promise<Table> => {
        if (kept && !this.#isClosed) {
          const { dimensions, frontEnd } = part;
          return {
            dimensions,
            rows: kept.rows,
            frontEnd,
            batches: this.#read(kept, dimensions),
            close: async () => {},
          };
        }
        const table = await part.open(from);
        const isWhole = (from?.row ?? 0) === 0 && (table.begins ?? 0) === 0;
        return isWhole ? { ...table, batches: this.#keep(table, keep) } : table;
      },
      fingerprint: () => part.fingerprint(),
      close: async () => {
        await part.close?.();
        await this.close();
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#ahead?.window.catch(() => {}); // of no use to anybody any more
    await this.#file?.close();
    this.#file = undefined;
  }

  /** The batches of a table; they are kept once all were asked for. */
  async *#keep({ batches, dimensions }: Table, keep: (kept: Kept) => void): AsyncGenerator<Batch> {
    if (this.#isWriting || this.#isClosed) {
      yield* batches; // another reading writes
      return;
    }
    this.#isWriting = true;
    const recorder = new Recorder(dimensions);
    const start = this.#end;
    let end = start;
    let rows = 0;
    /** Whether all so far is written; the next record waits for it, not the rows. */
    let written = Promise.resolve(true);
    let hasRoom = true;
    const write = (record: Uint8Array | undefined): void => {
      if (!record) return;
      const position = end;
      end += record.length;
      written = written.then((isWritten) => isWritten && this.#write(record, position));
    };
    try {
      for await (const batch of batches) {
        rows += batch.data.length / dimensions;
        const record = hasRoom ? recorder.add(batch) : undefined;
        if (record) hasRoom = await written; // at most one is under way
        write(record);
        yield batch;
      }
      write(recorder.end());
      if (!(await written) || rows === 0) return;
      this.#end = end;
      keep({ start, end, rows });
    } finally {
      await written;
      this.#isWriting = false;
    }
  }

  /** Returns whether it is written: without room the rows can be decoded again. */
  async #write(record: Uint8Array, position: number): Promise<boolean> {
    try {
      this.#room ??= Math.min(this.#mostBytes, await freeBytes());
      if (this.#isClosed || position + record.length > this.#room) return false;
      this.#file ??= await temporaryFile();
      await keepFully(this.#file, record, 'decoded rows', position);
      if (this.#isClosed) await this.#file.close(); // meanwhile
      return !this.#isClosed;
    } catch (error) {
      this.#room = 0;
      if (!this.#isClosed) process.emitWarning(`${messageOf(error)}; until then they are decoded in every pass`);
      return false;
    }
  }

  async *#read({ start, end }: Kept, dimensions: number): AsyncGenerator<Batch> {
    for (let position = start; position < end; ) {
      const bytes = recordBytes(await this.#view(position, HEADER_BYTES), dimensions);
      const record = await this.#view(position, bytes);
      position += bytes;
      this.#lookAhead(position);
      yield batchOf(record, dimensions);
    }
  }

  /** Bytes of the file. */
  async #view(position: number, length: number): Promise<Uint8Array> {
    const ahead = this.#ahead?.start === position ? await this.#ahead.window : undefined;
    const known = [this.#window, ahead].find((window) => window && covers(window, position, length));
    const window = known ?? (await this.#load(position, length));
    this.#window = window;
    return window.bytes.subarray(position - window.start, position - window.start + length);
  }

  /** Begins to read what comes next, where that is not here yet. */
  #lookAhead(position: number): void {
    if (position >= this.#end || covers(this.#window, position, RECORD_BYTES) || this.#ahead?.start === position)
      return;
    const window = this.#load(position, 0);
    window.catch(() => {}); // thrown where it is awaited, if it ever is
    this.#ahead = { start: position, window };
  }

  async #load(start: number, length: number): Promise<Window> {
    if (!this.#file)
      throw new DataError('source-used', 'data were closed while they were read: read them to the end first');
    const bytes = new Uint8Array(Math.max(length, Math.min(WINDOW_BYTES, this.#end - start)));
    await readFully(this.#file, bytes, start);
    return { start, bytes };
  }
}

const covers = ({ start, bytes }: Window, position: number, length: number): boolean =>
  position >= start && position + length <= start + bytes.length;

/** What may be used of the space for temporary files. */
async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(tmpdir()).catch(() => ({ bavail: Number.POSITIVE_INFINITY, bsize: 1 }));
  return SHARE_OF_FREE * bavail * bsize;
}
