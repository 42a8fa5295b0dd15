// Compressed Kaldi matrices (CM, CM2, CM3).
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import type { Numbers, NumberType } from '../binary/number-types.ts';
import type { Place } from '../place.ts';
import type { Batch } from '../table.ts';

/** A matrix stored by columns is held whole while it is read: at most this many bytes, one per number. */
const MOST_BYTES = 1 << 28;

/** Of each column: the least, both quartiles and the largest. */
const HEADER_BYTES = 8;

/** 2¹⁶ − 1 parts of the range. */
const PARTS = Math.fround(1 / 65535);

/** Whole numbers of one or two bytes that divide the range evenly (CM3, CM2). */
export function linear(bytes: 1 | 2, least: number, range: number): NumberType {
  const View = bytes === 1 ? Uint8Array : Uint16Array;
  const step = Math.fround(range * Math.fround(1 / (2 ** (8 * bytes) - 1)));
  return {
    bytes,
    make: (length) => new Float32Array(length),
    decode(raw, out) {
      const parts = new View(raw.buffer, raw.byteOffset, out.length);
      for (let i = 0; i < out.length; i++) out[i] = least + Math.fround(parts[i]! * step);
      return false;
    },
    swap: () => {},
  };
}

/** How many bytes a matrix is stored in. */
export function bytesOfColumns(place: Place, rows: number, dimensions: number): number {
  const bytes = dimensions * (HEADER_BYTES + rows);
  if (bytes <= MOST_BYTES) return bytes;
  throw new DataError(
    'too-large',
    `${place}: it claims ${rows} rows of ${dimensions} numbers by columns (CM), more than the ${MOST_BYTES >> 20} MiB that are held at ` +
      'a time: compress it with --compression-method=3 (CM2), or split the utterance',
    { source: place.source },
  );
}

/** One byte for each number, which divides the quarters of its column (CM). */
export function* columnsCompressed(
  stored: Uint8Array<ArrayBuffer>,
  { least, range, rows, dimensions }: { least: number; range: number; rows: number; dimensions: number },
): Generator<Batch> {
  const headers = new Uint16Array(stored.buffer, 0, 4 * dimensions);
  const levels = Float32Array.from(headers, (part) => least + Math.fround(Math.fround(range * PARTS) * part));
  const capacity = rowsPerChunk(dimensions);
  for (let start = 0; start < rows; start += capacity) {
    const count = Math.min(capacity, rows - start);
    const data: Numbers = new Float32Array(count * dimensions);
    for (let j = 0; j < dimensions; j++) {
      const from = HEADER_BYTES * dimensions + j * rows + start;
      decodeColumn(stored.subarray(from, from + count), levels.subarray(4 * j, 4 * j + 4), data, j, dimensions);
    }
    yield { data };
  }
}

function decodeColumn(stored: Uint8Array, levels: Float32Array, out: Numbers, first: number, step: number): void {
  const [least, lower, upper, most] = levels as unknown as [number, number, number, number];
  for (let n = 0, at = first; n < stored.length; n++, at += step) {
    const part = stored[n]!;
    if (part <= 64) out[at] = least + (lower - least) * (part / 64);
    else if (part <= 192) out[at] = lower + (upper - lower) * ((part - 64) / 128);
    else out[at] = upper + (most - upper) * ((part - 192) / 63);
  }
}
