import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Input } from './table.ts';

const READ_BYTES = 1 << 20;

/** A file as formats read it; `inside` names what is in it, as in `file.h5:/dataset`. */
export const fileInput = (name: string, path: string, inside?: string): Input => ({
  name,
  path,
  inside,
  bytes: () => createReadStream(path, { highWaterMark: READ_BYTES }),
  lentBytes: () => readLending(path),
});

/** A file in pieces that share their memory; while one is used, the next is read. */
async function* readLending(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  let rooms: [Uint8Array, Uint8Array] = [new Uint8Array(READ_BYTES), new Uint8Array(READ_BYTES)];
  const ahead = (room: Uint8Array) => {
    const result = file.read(room);
    result.catch(() => {}); // thrown where it is awaited, if it ever is
    return result;
  };
  let reading = ahead(rooms[0]);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      const [full, free] = rooms;
      reading = ahead(free);
      rooms = [free, full];
      yield full.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => {}); // of no use to anybody any more
    await file.close();
  }
}
