// Checks rows once: finite numbers, weights, width.
import type { Chunk, RowPart } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { marksOf, pickRows } from '../util/blocks.ts';
import type { RowOptions } from './chunk-stream.ts';
import type { Batch } from './table.ts';

/** Where a batch is from: its input, its part, and the number of the rows before it. */
interface BatchPlace {
  readonly name: string;
  readonly part: RowPart;
  readonly rowsBefore: number;
}

/**
 * Checks a batch once, here, for all that comes after.
 *
 * @throws DataError at the first row that cannot be used, unless such rows are to be skipped.
 */
export function toChunk(
  batch: Batch,
  dimensions: number,
  place: BatchPlace,
  { skipped, allowsMissing = false }: Pick<RowOptions, 'skipped' | 'allowsMissing'> = {},
): Chunk {
  const { data, weights, times, allFinite, release } = batch;
  const { name, part, rowsBefore } = place;
  const rows = data.length / dimensions;
  if (!Number.isInteger(rows)) {
    throw new DataError(
      'ragged-row',
      `${name}, row ${rowsBefore + 1}: received ${data.length} numbers, expected a multiple of its ${dimensions} columns`,
      { source: name, row: rowsBefore + 1 },
    );
  }
  if (weights && weights.length !== rows) {
    throw new DataError('bad-weights', `${name}: received ${weights.length} row weights for ${rows} rows`, {
      source: name,
    });
  }
  if (times && times.length !== rows) {
    throw new DataError(
      'ragged-row',
      `${name}: received ${times.length} times for ${rows} rows: expected one for each`,
      {
        source: name,
      },
    );
  }
  const chunk = { data, weights, times, rows, dimensions, part, release };
  if ((allFinite || areFinite(data)) && (!weights || weights.every(isWeight))) return chunk;
  if (allowsMissing) return { ...chunk, hasMissing: checkMissing(batch, dimensions, place) };
  if (!skipped) throw invalid(batch, dimensions, place);
  const isGood = marksOf(rows, (n) => isUsable(batch, dimensions, n));
  skipped.note(invalid(batch, dimensions, place).message);
  const good = pickRows(chunk, isGood);
  skipped.rows += rows - good.rows;
  release?.();
  return good;
}

/** Every row must have a number, and none that is infinite. */
function checkMissing(batch: Batch, dimensions: number, place: BatchPlace): true {
  const { data, weights } = batch;
  for (let start = 0; start < data.length; start += dimensions) {
    const row = data.subarray(start, start + dimensions);
    if (!row.every(Number.isNaN)) continue;
    const { name: source, rowsBefore } = place;
    const number = rowsBefore + start / dimensions + 1;
    throw new DataError('missing-numbers', `${source}, row ${number}: all its numbers are missing: remove the row`, {
      source,
      row: number,
    });
  }
  if (data.some(isInfinite) || (weights && !weights.every(isWeight)))
    throw invalid(batch, dimensions, place, isInfinite);
  return true;
}

const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;

const isWeight = (weight: number): boolean => weight >= 0 && weight < Number.POSITIVE_INFINITY;

function isUsable({ data, weights }: Batch, dimensions: number, row: number): boolean {
  return (
    data.subarray(row * dimensions, (row + 1) * dimensions).every(Number.isFinite) &&
    (!weights || isWeight(weights[row]!))
  );
}

/** Error for the first row that cannot be used. */
function invalid(
  { data, weights, utterance }: Batch,
  dimensions: number,
  { name, rowsBefore }: Pick<BatchPlace, 'name' | 'rowsBefore'>,
  isBad = (value: number): boolean => !Number.isFinite(value),
): DataError {
  const at = data.findIndex(isBad);
  const of = utterance === undefined ? '' : ` (utterance ${utterance})`;
  const row = rowsBefore + Math.floor(at / dimensions) + 1;
  if (at >= 0) {
    return new DataError(
      'bad-cell',
      `${name}, row ${row}${of}, column ${(at % dimensions) + 1}: received ${data[at]}, expected a finite number: repair or remove the row`,
      { source: name, row, column: (at % dimensions) + 1 },
    );
  }
  const bad = weights!.findIndex((weight) => !isWeight(weight));
  return new DataError(
    'bad-weights',
    `${name}, row ${rowsBefore + bad + 1}: received the weight ${weights![bad]}, expected a finite number ≥ 0`,
    { source: name, row: rowsBefore + bad + 1 },
  );
}

/**
 * Checks rows in memory.
 *
 * @throws DataError for the first number that is not finite.
 */
export function checkFinite(data: Float64Array | Float32Array, dimensions: number, name: string): void {
  if (!areFinite(data)) throw invalid({ data }, dimensions, { name, rowsBefore: 0 });
}

/** The exponent of a number that is not finite is all ones, so that adding one to it reaches the sign. */
const exponents = { 4: { mask: 0x7f800000, one: 0x00800000 }, 8: { mask: 0x7ff00000, one: 0x00100000 } } as const;

/** A sum is finite only if all numbers are; eight sums, as each addition waits for the one before it. */
function haveFiniteSum(data: Float64Array | Float32Array): boolean {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
  const whole = data.length - (data.length % 8);
  for (let i = 0; i < whole; i += 8) {
    s0 += data[i]!;
    s1 += data[i + 1]!;
    s2 += data[i + 2]!;
    s3 += data[i + 3]!;
    s4 += data[i + 4]!;
    s5 += data[i + 5]!;
    s6 += data[i + 6]!;
    s7 += data[i + 7]!;
  }
  for (let i = whole; i < data.length; i++) s0 += data[i]!;
  return Number.isFinite(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7);
}

/** Large numbers may be finite, and their sum not: then their exponents are looked at, as whole numbers. */
function areFinite(data: Float64Array | Float32Array): boolean {
  if (haveFiniteSum(data)) return true;
  const step = data.BYTES_PER_ELEMENT / 4;
  const { mask, one } = exponents[data instanceof Float64Array ? 8 : 4];
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * step);
  let seen = 0;
  for (let i = step - 1; i < words.length; i += step) seen |= ((words[i]! & mask) + one) | 0;
  return seen >= 0;
}
