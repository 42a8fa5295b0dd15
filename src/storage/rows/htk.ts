// Writes HTK parameter files.
import { DataError } from '../../errors.ts';
import { type Numbers, writeHeaded } from '../../files/header-and-rows.ts';

const HEADER_BYTES = 12;
/** User-defined features. */
const USER = 9;
/** Ten milliseconds, the usual frame shift, in units of 100 ns; other formats do not store one. */
const PERIOD = 100_000;
const MOST_COLUMNS = 8191;
const MOST_ROWS = 2 ** 31 - 1;

/**
 * Writes a stream of runs of rows as an HTK file: float32, big-endian, of kind USER.
 *
 * @throws DataError where rows are too long for the format, too many, or have numbers that are too large for float32.
 */
export async function writeHtk(path: string, runs: AsyncIterable<Numbers>, columns: number): Promise<void> {
  if (columns > MOST_COLUMNS) {
    throw new DataError(
      'unwritable-rows',
      `${path}: rows of ${columns} numbers, but HTK has room for ${MOST_COLUMNS}: choose another format`,
      { source: path },
    );
  }
  await writeHeaded(path, runs, columns, {
    headerBytes: HEADER_BYTES,
    header(_, rows) {
      if (rows > MOST_ROWS)
        throw new DataError(
          'unwritable-rows',
          `${path}: ${rows} rows, but HTK has room for ${MOST_ROWS}: split the data`,
          { source: path },
        );
      const bytes = Buffer.alloc(HEADER_BYTES);
      bytes.writeInt32BE(rows, 0);
      bytes.writeInt32BE(PERIOD, 4);
      bytes.writeInt16BE(4 * columns, 8);
      bytes.writeInt16BE(USER, 10);
      return bytes;
    },
    encode(run, before) {
      const singles = Float32Array.from(run);
      const at = singles.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(run[i]!));
      if (at < 0) return Buffer.from(singles.buffer).swap32();
      const place = `row ${before + Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`;
      throw new DataError(
        'unwritable-rows',
        `${path}: ${place}: ${run[at]} is too large for float32, as HTK has it: choose another format`,
        { source: path },
      );
    },
  });
}
