// The bytes of a file.
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytesOfFile, OpenFile } from '../files/open-file.ts';
import type { Input } from './table.ts';

const READ_BYTES = 1 << 20;
/** Of the first pieces, and how much longer each may be than the one before: many files are short. */
const [FIRST_BYTES, GROWTH] = [1 << 14, 4];

/** The bytes of a file, from one of them on, in pieces. */
type Read = (path: string, start?: number) => AsyncIterable<Uint8Array>;

/** How a file is read: in pieces that are whoever's receives them, or lent until the next. */
interface Reading {
  readonly owning: Read;
  readonly lending: Read;
}

/** Readings that a signal can end. */
export const readUntil = (signal: AbortSignal | undefined): Reading => ({
  owning: (path, start) => readOwning(path, signal, start),
  lending: (path, start) => readLending(path, signal, start),
});

/** Readings for a thread that has nothing else to do: what is not waited for costs a tenth of the time. */
export const readNow: Reading = {
  owning: (path, start) => readAtOnce(path, start),
  lending: (path, start) => readAtOnce(path, start),
};

/** A file as formats read it; `inside` names what is in it, as in `file.h5:/dataset`. */
export const fileInput = (
  name: string,
  path: string,
  inside?: string,
  { owning, lending } = readUntil(undefined),
): Input => ({
  name,
  path,
  directory: dirname(path),
  inside,
  kept: new Map(),
  bytes: (start) => owning(path, start),
  lentBytes: (start) => lending(path, start),
});

/** A file in pieces, until the signal ends it. */
async function* readOwning(
  path: string,
  signal: AbortSignal | undefined,
  start: number | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of bytesOfFile(path, READ_BYTES, start)) {
    signal?.throwIfAborted();
    yield piece;
  }
}

/** The same in pieces that share their memory; while one is used, the next is read. */
async function* readLending(path: string, signal: AbortSignal | undefined, start = 0): AsyncGenerator<Uint8Array> {
  const file = await OpenFile.open(path);
  let position = start;
  let rooms: [Uint8Array, Uint8Array] = [new Uint8Array(FIRST_BYTES), new Uint8Array(FIRST_BYTES)];
  const ahead = (room: Uint8Array) => {
    const result = file.read(room, 0, room.length, start > 0 ? position : null);
    result.catch(() => {}); // thrown where it is awaited, if it ever is
    return result;
  };
  let reading = ahead(rooms[0]);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      const [full] = rooms;
      const longer = bytesRead === full.length ? Math.min(READ_BYTES, GROWTH * full.length) : 0;
      const free = longer > rooms[1].length ? new Uint8Array(longer) : rooms[1];
      position += bytesRead;
      reading = ahead(free);
      rooms = [free, full];
      signal?.throwIfAborted();
      yield full.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => {}); // of no use to anybody any more
    await file.close();
  }
}

async function* readAtOnce(path: string, start = 0): AsyncGenerator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    let bytes = FIRST_BYTES;
    for (let position = start; ; ) {
      const piece = new Uint8Array(bytes);
      const read = readSync(file, piece, 0, bytes, start > 0 ? position : null);
      if (read === 0) return;
      position += read;
      if (read === bytes) bytes = Math.min(READ_BYTES, GROWTH * bytes);
      yield piece.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}
