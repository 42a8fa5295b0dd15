// Writes files of a header and rows as a stream.
import { DataError } from '../errors.ts';
import { writeGathered } from './gathered-writer.ts';

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
  await writeGathered(path, async (writer) => {
    let first: Numbers | undefined;
    await writer.put(new Uint8Array(headerBytes));
    for await (const run of runs) {
      first ??= run;
      checkRun(run, first, columns, path);
      await writer.put(encode(run, rows));
      rows += run.length / columns;
    }
    await writer.replace(0, header(first ?? new Float64Array(0), rows));
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
