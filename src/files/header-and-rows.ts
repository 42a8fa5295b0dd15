// Writes files of a header and rows as a stream.
import { open } from 'node:fs/promises';
import { DataError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import type { OpenFile } from './open-file.ts';

/** Types of numbers that can be written. */
export type Numbers = Float64Array | Float32Array | Int32Array;

/** A format of a header, whose length does not depend on what follows, and rows one after another. */
export interface HeadedFormat {
  readonly headerBytes: number;
  /** Header for this number of rows, of the type of the given ones. */
  header(numbers: Numbers, rows: number): Uint8Array;
  /** Encodes rows, given the number of rows before; default: their own bytes. */
  encode?(run: Numbers, before: number): Uint8Array;
}

/**
 * Writes a stream of runs of rows, all of the type of the first, whole or not at all; the header when all are there.
 *
 * @returns how many rows were written.
 */
export async function writeHeaded(
  path: string,
  runs: AsyncIterable<Numbers>,
  columns: number,
  { headerBytes, header, encode = bytesOf }: HeadedFormat,
): Promise<number> {
  let rows = 0;
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      let first: Numbers | undefined;
      let position = headerBytes;
      for await (const run of runs) {
        first ??= run;
        checkRun(run, first, columns, path);
        position += await writeFully(file, encode(run, rows), position);
        rows += run.length / columns;
      }
      await writeFully(file, header(first ?? new Float64Array(0), rows), 0);
    } finally {
      await file.close();
    }
  });
  return rows;
}

/** All runs must be whole rows, of one type of numbers. */
export function checkRun(run: Numbers, first: Numbers, columns: number, path: string): void {
  if (run.length % columns !== 0)
    throw new DataError('ragged-row', `${path}: a run of ${run.length} numbers for rows of ${columns}`, {
      source: path,
    });
  if (run.constructor !== first.constructor)
    throw new DataError('unwritable-rows', `${path}: runs of different number types`, { source: path });
}

export const bytesOf = (run: Numbers): Uint8Array => new Uint8Array(run.buffer, run.byteOffset, run.byteLength);

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
