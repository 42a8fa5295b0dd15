import { AbstractMatrix } from 'ml-matrix';
import { DataError } from '../errors.ts';
import type { Batch } from './table.ts';

/** Numbers in memory with their shape: what a chunk is, or a typed array of rows × dimensions. */
export interface FlatRows {
  readonly data: Float64Array | Float32Array;
  readonly dimensions: number;
  readonly weights?: Float64Array | undefined;
  /** What the utterance that the rows are of is called, where a stream holds several. */
  readonly utterance?: string | undefined;
  /** Tells utterances of one name apart, as those of an archive may be. */
  readonly utteranceNumber?: number | undefined;
}

/** What a stream of rows may be made of: one row, several, or a chunk. */
export type Rows =
  | FlatRows
  | AbstractMatrix
  | readonly ArrayLike<number>[]
  | readonly number[]
  | Float64Array
  | Float32Array;

/** A batch with its number of columns. */
export type WideBatch = Batch & { readonly dimensions: number };

/**
 * The one place where rows in memory are coerced. `dimensions` tells typed arrays of several rows from single rows;
 * `before` is the number of rows before these, for messages.
 */
export function toBatch(rows: unknown, name: string, dimensions?: number, before = 0): WideBatch {
  if (AbstractMatrix.isMatrix(rows)) return fromMatrix(rows as unknown as AbstractMatrix);
  if (rows instanceof Float64Array || rows instanceof Float32Array) {
    return { data: rows, dimensions: dimensions ?? rows.length };
  }
  if (Array.isArray(rows)) {
    return fromArrays(typeof rows[0] === 'number' ? [rows] : (rows as ArrayLike<number>[]), name, before);
  }
  if (isFlatRows(rows)) return checkedFlat(rows, name);
  throw new DataError(
    `${name}: received ${rows === null ? 'null' : typeof rows}, expected rows: an array of numbers, a Matrix, or { data, dimensions }`,
  );
}

/** Batches of the items of a stream, which must all have the same number of columns. */
export async function* toBatches(
  items: AsyncIterable<unknown>,
  name: string,
  dimensions?: number,
): AsyncGenerator<WideBatch> {
  let before = 0;
  let expected = dimensions;
  for await (const item of items) {
    const batch = toBatch(item, name, dimensions, before);
    expected ??= batch.dimensions;
    if (batch.dimensions !== expected) {
      const as = dimensions === undefined ? ' as in the first row' : ', its dimensions';
      throw new DataError(
        `${name}, row ${before + 1}: received ${batch.dimensions} columns, expected ${expected}${as}`,
      );
    }
    before += batch.data.length / batch.dimensions;
    yield batch;
  }
}

function checkedFlat({ data, weights, dimensions, utterance, utteranceNumber }: FlatRows, name: string): WideBatch {
  checkDeclared(dimensions, name);
  if (weights !== undefined && !(weights instanceof Float64Array)) {
    throw new DataError(`${name}: received row weights that are no Float64Array: make them one`);
  }
  return { data, weights, dimensions, utterance, utteranceNumber };
}

/** Checks what somebody says of the number of columns. */
export function checkDeclared(dimensions: number, name: string): void {
  if (Number.isSafeInteger(dimensions) && dimensions >= 1) return;
  throw new DataError(`${name}: received dimensions ${dimensions}, expected a whole number ≥ 1`);
}

/** Whether this looks like a chunk. */
export function isFlatRows(value: unknown): value is FlatRows {
  if (typeof value !== 'object' || value === null) return false;
  const { data, dimensions } = value as Partial<FlatRows>;
  return (data instanceof Float64Array || data instanceof Float32Array) && typeof dimensions === 'number';
}

function fromMatrix(matrix: AbstractMatrix): WideBatch {
  const data = new Float64Array(matrix.rows * matrix.columns);
  for (let i = 0, at = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) data[at++] = matrix.get(i, j);
  }
  return { data, dimensions: matrix.columns };
}

function fromArrays(rows: readonly ArrayLike<number>[], name: string, before: number): WideBatch {
  const dimensions = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * dimensions);
  for (const [i, row] of rows.entries()) {
    if (row?.length !== dimensions) {
      throw new DataError(
        `${name}, row ${before + i + 1}: received ${row?.length ?? typeof row} columns, expected ${dimensions} as in the first row`,
      );
    }
    for (let j = 0; j < dimensions; j++) {
      if (typeof row[j] !== 'number') {
        throw new DataError(
          `${name}, row ${before + i + 1}, column ${j + 1}: received ${JSON.stringify(row[j])}, expected a number`,
        );
      }
      data[i * dimensions + j] = row[j]!;
    }
  }
  return { data, dimensions };
}
