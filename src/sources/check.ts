import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import type { Batch } from './table.ts';

/** Checks a batch once, here, for all that comes after. */
export function toChunk(
  { data, weights, allFinite, release }: Batch,
  dimensions: number,
  part: number,
  name: string,
  rowsBefore: number,
): Chunk {
  const rows = data.length / dimensions;
  if (!Number.isInteger(rows)) {
    throw new DataError(
      `${name}, row ${rowsBefore + 1}: received ${data.length} numbers, expected a multiple of its ${dimensions} columns`,
    );
  }
  if (!allFinite && !areFinite(data)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    const row = rowsBefore + Math.floor(at / dimensions) + 1;
    throw new DataError(
      `${name}, row ${row}, column ${(at % dimensions) + 1}: received ${data[at]}, expected a finite number: repair or remove the row`,
    );
  }
  if (weights) checkWeights(weights, rows, name, rowsBefore);
  return { data, weights, rows, dimensions, part, release };
}

function checkWeights(weights: Float64Array, rows: number, name: string, rowsBefore: number): void {
  if (weights.length !== rows) throw new DataError(`${name}: received ${weights.length} row weights for ${rows} rows`);
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad < 0) return;
  throw new DataError(
    `${name}, row ${rowsBefore + bad + 1}: received the weight ${weights[bad]}, expected a finite number ≥ 0`,
  );
}

/** The exponent of a number that is not finite is all ones, so that adding one to it reaches the sign. */
const exponents = { 4: { mask: 0x7f800000, one: 0x00800000 }, 8: { mask: 0x7ff00000, one: 0x00100000 } } as const;

/** Looks at the exponents alone, as whole numbers: several times as fast as asking of every number. */
function areFinite(data: Float64Array | Float32Array): boolean {
  const step = data.BYTES_PER_ELEMENT / 4;
  const { mask, one } = exponents[data instanceof Float64Array ? 8 : 4];
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * step);
  let seen = 0;
  for (let i = step - 1; i < words.length; i += step) seen |= ((words[i]! & mask) + one) | 0;
  return seen >= 0;
}
