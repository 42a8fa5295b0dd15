// Typed arrays and cells of numbers in memory.
import { types } from 'node:util';

/** Typed array of numbers. A bare Uint8Array (or Buffer) is bytes, not numbers. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** One number in memory: a BigInt is accepted if a double holds it exactly; null is a missing number. */
export type Cell = number | bigint | null;

/** Whether this is bytes: what they mean a format must say. */
export const isBytes = (value: unknown): value is Uint8Array => types.isUint8Array(value);

/** Whether this is a typed array of any kind, of this realm or another. */
export const isTyped = (value: unknown): value is NumberArray | Uint8Array => types.isTypedArray(value);

/** Whether this is numbers for sure. */
export const isNumbers = (value: unknown): value is NumberArray => isTyped(value) && !isBytes(value);

/** The same numbers as floats, which large whole numbers may not be: undefined, and where the first is, if so. */
export function floatsOf(
  numbers: NumberArray | Uint8Array,
): Float64Array | Float32Array | { readonly inexact: number } {
  if (numbers instanceof Float64Array || numbers instanceof Float32Array) return numbers;
  const { buffer, byteOffset, length } = numbers;
  if (types.isFloat64Array(numbers)) return new Float64Array(buffer, byteOffset, length);
  if (types.isFloat32Array(numbers)) return new Float32Array(buffer, byteOffset, length);
  if (!types.isBigInt64Array(numbers) && !types.isBigUint64Array(numbers)) return new Float64Array(numbers);
  const floats = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    floats[i] = Number(numbers[i]);
    if (BigInt(floats[i]!) !== numbers[i]) return { inexact: i };
  }
  return floats;
}

/** The number that a cell says; undefined if it says none, or one that is no double. */
export function cellOf(cell: unknown, allowsMissing: boolean | undefined): number | undefined {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return BigInt(toDouble(cell)) === cell ? Number(cell) : undefined;
  return cell === null && allowsMissing ? Number.NaN : undefined;
}

/** Of one that is too large for a double, 0. */
function toDouble(whole: bigint): number {
  const value = Number(whole);
  return Number.isFinite(value) ? value : 0;
}
