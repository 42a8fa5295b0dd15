import { type FileHandle, open } from 'node:fs/promises';
import { DataError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';

/** What can be written. */
export type Numbers = Float64Array | Float32Array | Int32Array;

/** Magic, version, length and dictionary together; enough for any shape. */
const HEADER_BYTES = 128;

/**
 * Writes a stream of runs of rows as one .npy array (float64, float32 or int32, as the first run is), whole or not at all.
 *
 * @param columns numbers in a row; undefined makes a one-dimensional array.
 * @returns how many rows were written.
 */
export async function writeNpy(path: string, runs: AsyncIterable<Numbers>, columns?: number): Promise<number> {
  let rows = 0;
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      let first: Numbers | undefined;
      let position = HEADER_BYTES;
      for await (const run of runs) {
        first ??= run;
        if (run.length % (columns ?? 1) !== 0)
          throw new DataError(`${path}: a run of ${run.length} numbers for rows of ${columns}`);
        if (run.constructor !== first.constructor) throw new DataError(`${path}: runs of different number types`);
        position += await writeFully(file, new Uint8Array(run.buffer, run.byteOffset, run.byteLength), position);
        rows += run.length / (columns ?? 1);
      }
      await writeFully(file, header(first ?? new Float64Array(0), rows, columns), 0);
    } finally {
      await file.close();
    }
  });
  return rows;
}

function header(numbers: Numbers, rows: number, columns: number | undefined): Uint8Array {
  const descr = numbers instanceof Int32Array ? '<i4' : numbers instanceof Float32Array ? '<f4' : '<f8';
  const shape = columns === undefined ? `(${rows},)` : `(${rows}, ${columns})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const bytes = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dictionary.padEnd(HEADER_BYTES - 11)}\n`, 'latin1');
  bytes.writeUInt16LE(HEADER_BYTES - 10, 8);
  return bytes;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
  return bytes.length;
}
