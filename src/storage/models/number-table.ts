// Numbers in memory with their shape: matrices, typed arrays, arrays in arrays.
import { DataError } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { type Cell, cellOf, floatsOf, isTyped, type NumberArray } from '../../sources/values/numbers.ts';
import { AbstractMatrix } from '../../util/required.ts';
import { shown } from '../../util/shown.ts';

/** Numbers: a Matrix, a typed array (row-major), or arrays of numbers or of these. */
export type NumberTable = AbstractMatrix | NumberArray | readonly (Cell | NumberTable)[];

/** Arrays of matrices are the deepest that a model has. */
const MOST_DIMENSIONS = 3;

/**
 * The numbers of a table, and their shape.
 *
 * @throws DataError that says which component is of another shape than the first, or holds what is no number.
 */
export function shapedNumbers(value: unknown, title: string): ShapedValues {
  const shape = shapeOf(value);
  if (shape === undefined || shape.length > MOST_DIMENSIONS) {
    throw bad(`${title}: received ${shown(value)}, expected numbers: a Matrix, a typed array, or arrays of them`);
  }
  const data = new Float64Array(shape.reduce((product, length) => product * length, 1));
  let at = 0;
  const add = (part: unknown, depth: number, component: number): void => {
    const own = shapeOf(part);
    const expected = shape.slice(depth);
    if (own?.[0] !== expected[0] || (own && !Array.isArray(part) && own.join() !== expected.join())) {
      const received = own ? (own.length === 0 ? 'one number' : own.join(' × ')) : shown(part);
      throw bad(
        `${title} of component ${component}: received ${received}, expected ${expected.join(' × ') || 'a number'}, as for component 0`,
      );
    }
    if (Array.isArray(part)) {
      for (const [i, inner] of part.entries()) add(inner, depth + 1, depth === 0 ? i : component);
      return;
    }
    const numbers = numbersOf(part);
    for (const number of numbers) {
      const value = cellOf(number, false);
      if (value === undefined || !Number.isFinite(value)) {
        throw bad(
          `${title} of component ${depth === 0 ? Math.floor((at * shape[0]!) / data.length) : component}: received ${shown(number)}, expected a finite number`,
        );
      }
      data[at++] = value;
    }
  };
  add(value, 0, 0);
  return { data, shape };
}

/** The shape that the first numbers of a table have; undefined where there are none. */
function shapeOf(value: unknown): number[] | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return [];
  if (AbstractMatrix.isMatrix(value)) return [value.rows, value.columns];
  if (isTyped(value)) return [value.length];
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const inner = shapeOf(value[0]);
  return inner && [value.length, ...inner];
}

function numbersOf(value: unknown): Iterable<unknown> {
  if (AbstractMatrix.isMatrix(value)) return value.to1DArray();
  if (!isTyped(value)) return [value];
  const floats = floatsOf(value);
  return 'inexact' in floats ? [value[floats.inexact]] : floats;
}

const bad = (message: string): DataError => new DataError('bad-parameters', message);

/** Runs of equal length. */
export function splitInto(data: Float64Array, count: number): Float64Array[] {
  const length = data.length / count;
  return Array.from({ length: count }, (_, k) => data.subarray(k * length, (k + 1) * length));
}
