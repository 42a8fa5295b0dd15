// The bytes of a file.
import { dirname } from 'node:path';
import { bytesOfFile, OpenFile } from '../files/open-file.ts';
import type { Input } from './table.ts';

const READ_BYTES = 1 << 20;
/** Of the first pieces, and how much longer each may be than the one before: many files are short. */
const [FIRST_BYTES, GROWTH] = [1 << 14, 4];

/** A file as formats read it, until the signal ends it; `inside` names what is in it, as in `file.h5:/dataset`. */
export const fileInput = (name: string, path: string, inside?: string, signal?: AbortSignal): Input => ({
  name,
  path,
  directory: dirname(path),
  inside,
  kept: new Map(),
  bytes: (start) => readOwning(path, signal, start),
  lentBytes: (start) => readLending(path, signal, start),
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
