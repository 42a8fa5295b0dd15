import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import type { Batch } from './table.ts';

/** Checks a batch once, here, for all that comes after. */
export function toChunk(
  { data, weights, release }: Batch,
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
  if (!allFinite(data)) {
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

/** 0 · x is 0 for every finite x and NaN for the others; four sums do not wait for each other. */
function allFinite(data: Float64Array | Float32Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += 0 * data[i]!;
    b += 0 * data[i + 1]!;
    c += 0 * data[i + 2]!;
    d += 0 * data[i + 3]!;
  }
  for (let i = whole; i < data.length; i++) a += 0 * data[i]!;
  return a + b + c + d === 0;
}
