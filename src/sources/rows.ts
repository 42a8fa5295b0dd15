// Rows in memory: arrays, matrices, typed arrays.
import type { RowPart } from '../chunk.ts';
import { DataError, MegaMixError, messageOf } from '../errors.ts';
import { AbstractMatrix } from '../util/required.ts';
import { shown } from '../util/shown.ts';
import { Place } from './place.ts';
import { invalidRow } from './skipped.ts';
import type { Batch, ReadOptions } from './table.ts';
import { isPlainObject, type NamedLayout, type NamedRow, namedLayout, readNamed } from './values/named-rows.ts';
import { type Cell, cellOf, floatsOf, isBytes, isNumbers, isTyped, type NumberArray } from './values/numbers.ts';

/** Numbers in memory with their shape, such as a chunk: a typed array of rows × dimensions, row-major. */
export interface FlatRows {
  /** Numbers, row by row. */
  readonly data: Float64Array | Float32Array;
  /** Numbers per row. */
  readonly dimensions: number;
  /** Weights, one non-negative number per row; default 1. */
  readonly weights?: Float64Array | undefined;
  /** Seconds from the beginning of their part to the middle of each row's frame; default: not known. */
  readonly times?: Float64Array | undefined;
  /** Name of the part that the rows are of, such as an utterance: rows of one name that follow one another are one part. */
  readonly name?: string | undefined;
  /** The same of a chunk; parts of different numbers are different though their names are the same. */
  readonly part?: Pick<RowPart, 'name' | 'number'> | undefined;
}

/** Like FlatRows, with numbers of any type; a Uint8Array in `data` is numbers, not bytes. */
export interface ShapedNumbers extends Omit<FlatRows, 'data'> {
  /** Numbers, row by row. */
  readonly data: NumberArray | Uint8Array | readonly number[];
}

/** One row: an array of numbers, or an object of named columns. */
export type Row = NumberArray | readonly Cell[] | NamedRow;

/** Item of a stream of rows: one row, several, or a chunk. */
export type Rows = FlatRows | ShapedNumbers | AbstractMatrix | Row | readonly Row[];

/** A batch with its number of columns. */
export type WideBatch = Batch & { readonly dimensions: number };

/** Options for rows in memory. */
export type RowReading = Pick<ReadOptions, 'columns' | 'weightColumn' | 'skipped' | 'allowsMissing'>;

/** The one place where rows in memory are coerced; all that it is given are rows of one stream, one after the other. */
export class RowReader {
  readonly #name: string;
  readonly #options: RowReading;
  /** Width that a source declares. */
  readonly #declared: number | undefined;
  /** Width of rows if a bare typed array may hold several; otherwise undefined. */
  flatWidth: number | undefined;
  #width: number | undefined;
  #layout: NamedLayout | undefined;
  #isPositional = false;
  #before: number;

  constructor(name: string, options: RowReading = {}, declared?: number, before = 0) {
    this.#name = name;
    this.#options = options;
    this.#declared = declared;
    this.flatWidth = declared;
    this.#width = declared;
    this.#before = before;
  }

  /** @throws DataError that names the row, the column, and what was received. */
  read(rows: unknown): WideBatch {
    const batch = guarded(this.#place(0), () => this.#toBatch(rows));
    this.#width ??= batch.dimensions;
    this.#isPositional = !this.#layout;
    this.#before += batch.data.length / batch.dimensions;
    return batch;
  }

  /** The same of items that are a row each; undefined if one of them is not, or cannot be used, which is then found where it is read by itself. */
  readTogether(items: readonly unknown[]): WideBatch | undefined {
    const isRow = (item: unknown): boolean =>
      Array.isArray(item) ? isOneRow(item) : isNumbers(item) ? item.length === this.#width : !isFlatRows(item);
    try {
      return items.every(isRow) ? this.read(items) : undefined;
    } catch {
      return undefined;
    }
  }

  #toBatch(rows: unknown): WideBatch {
    if (isNumbers(rows)) return this.#flat(rows, this.flatWidth ?? rows.length);
    if (Array.isArray(rows)) return this.#fromArray(isOneRow(rows) ? [rows] : rows);
    if (AbstractMatrix.isMatrix(rows)) return this.#checked(fromMatrix(rows as unknown as AbstractMatrix));
    if (isFlatRows(rows)) return this.#fromFlat(rows);
    if (isPlainObject(rows)) return this.#fromArray([rows]);
    throw new DataError(
      'not-rows',
      `${this.#place(0)}: received ${shown(rows)}, expected rows: arrays of numbers, objects of numbers, a Matrix, or { data, dimensions }${hintFor(rows)}`,
      { source: this.#name, row: this.#before + 1 },
    );
  }

  #fromFlat({ data, weights, times, dimensions, part, name = part?.name }: ShapedNumbers): WideBatch {
    checkDeclared(dimensions, this.#name);
    if (weights !== undefined && !(weights instanceof Float64Array)) {
      throw new DataError(
        'bad-weights',
        `${this.#name}: received row weights that are no Float64Array: make them one`,
        { source: this.#name },
      );
    }
    if (times !== undefined && !(times instanceof Float64Array)) {
      throw new DataError('not-rows', `${this.#name}: received times that are no Float64Array: make them one`, {
        source: this.#name,
      });
    }
    const numbers = isTyped(data) ? data : Float64Array.from(data, (cell, i) => this.#cell(cell, i, dimensions));
    const utterance = typeof name === 'string' && name !== '' ? name : undefined;
    return { ...this.#flat(numbers, dimensions), weights, times, utterance, utteranceNumber: part?.number };
  }

  #flat(numbers: NumberArray | Uint8Array, dimensions: number): WideBatch {
    const data = floatsOf(numbers);
    if ('inexact' in data) throw this.#badCell(numbers[data.inexact], data.inexact, dimensions);
    return this.#checked({ data, dimensions });
  }

  #fromArray(rows: readonly unknown[]): WideBatch {
    const isNamed = this.#layout ? rows.length > 0 : !this.#isPositional && isPlainObject(rows[0]);
    if (isNamed) return this.#fromNamed(rows);
    const dimensions = rows.length > 0 ? (this.#width ?? widthOf(rows[0])) : 0;
    const data = new Float64Array(rows.length * dimensions);
    for (let i = 0; i < rows.length; i++) {
      try {
        this.#writeRow(rows[i], i, data, dimensions);
      } catch (error) {
        this.#unusable(error, data, i, dimensions);
      }
    }
    return this.#checked({ data, dimensions });
  }

  #writeRow(row: unknown, i: number, into: Float64Array, dimensions: number): void {
    const at = i * dimensions;
    if (Array.isArray(row)) {
      if (row.length !== dimensions) this.#checkWidth(row.length, i, dimensions);
      for (let j = 0; j < dimensions; j++) {
        const cell: unknown = row[j];
        into[at + j] = typeof cell === 'number' ? cell : this.#cell(cell, at + j, dimensions);
      }
    } else if (isNumbers(row)) {
      this.#checkWidth(row.length, i, dimensions);
      const floats = floatsOf(row);
      if ('inexact' in floats) throw this.#badCell(row[floats.inexact], at + floats.inexact, dimensions);
      into.set(floats, at);
    } else {
      const received = isPlainObject(row) ? 'an object' : shown(row);
      throw new DataError(
        'not-rows',
        `${this.#place(i)}: received ${received}, expected an array of ${dimensions || 'some'} numbers${hintFor(row)}`,
        { source: this.#name, row: this.#before + i + 1 },
      );
    }
  }

  #fromNamed(rows: readonly unknown[]): WideBatch {
    this.#layout ??= namedLayout(rows[0] as NamedRow, this.#name, this.#options);
    const layout = this.#layout;
    const dimensions = layout.columns.length;
    const data = new Float64Array(rows.length * dimensions);
    const weights = layout.weight === undefined ? undefined : new Float64Array(rows.length);
    for (const [i, row] of rows.entries()) {
      try {
        const into = data.subarray(i * dimensions, (i + 1) * dimensions);
        const weight = readNamed(row, layout, this.#place(i), into, this.#options);
        if (weights) weights[i] = weight;
      } catch (error) {
        this.#unusable(error, data, i, dimensions);
      }
    }
    return this.#checked({ data, dimensions, weights });
  }

  /** A row that cannot be used becomes NaN, where such rows are to be skipped. */
  #unusable(error: unknown, data: Float64Array, row: number, dimensions: number): void {
    invalidRow(error, this.#options.skipped, data.subarray(row * dimensions, (row + 1) * dimensions));
  }

  #cell(cell: unknown, at: number, dimensions: number): number {
    const value = cellOf(cell, this.#options.allowsMissing);
    if (value === undefined) throw this.#badCell(cell, at, dimensions);
    return value;
  }

  #badCell(cell: unknown, at: number, dimensions: number): DataError {
    const hint = typeof cell === 'bigint' ? ' that a double holds exactly' : '';
    const row = Math.floor(at / dimensions);
    const column = (at % dimensions) + 1;
    return new DataError(
      'bad-cell',
      `${this.#place(row)}, column ${column}: received ${shown(cell)}, expected a number${hint}${hintFor(cell)}`,
      { source: this.#name, row: this.#before + row + 1, column },
    );
  }

  #checked(batch: WideBatch): WideBatch {
    this.#checkWidth(batch.dimensions, 0, this.#width);
    if (batch.dimensions === 0)
      throw new DataError('empty', `${this.#name}: its rows have no columns`, { source: this.#name });
    return batch;
  }

  #checkWidth(received: number, row: number, expected: number | undefined): void {
    if (expected === undefined || received === expected) return;
    const as = this.#declared === undefined ? ' as in the first row' : ', its dimensions';
    throw new DataError('ragged-row', `${this.#place(row)}: received ${received} columns, expected ${expected}${as}`, {
      source: this.#name,
      row: this.#before + row + 1,
    });
  }

  #place(row: number): Place {
    const number = this.#before + row + 1;
    return new Place(this.#name, `row ${number}`, number);
  }
}

/** Batches of the items of a stream, which must all have the same number of columns; rows of a group are one. */
export async function* toBatches(
  groups: AsyncIterable<readonly unknown[]>,
  reader: RowReader,
): AsyncGenerator<WideBatch> {
  for await (const group of groups) {
    const batch = group.length > 1 ? reader.readTogether(group) : undefined;
    if (batch) yield batch;
    else for (const item of group) yield reader.read(item);
  }
}

/** Turns errors thrown by the data themselves (getters, proxies) into a DataError. */
export function guarded<T>(place: Place | string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof MegaMixError) throw error;
    throw new DataError('not-rows', `${place}: it cannot be looked at: ${messageOf(error)}`, {
      ...(typeof place === 'string' ? { source: place } : place),
      cause: error,
    });
  }
}

/** Checks what somebody says of the number of columns. */
export function checkDeclared(dimensions: unknown, name: string): void {
  if (Number.isSafeInteger(dimensions) && (dimensions as number) >= 1) return;
  throw new DataError('not-rows', `${name}: received dimensions ${shown(dimensions)}, expected a whole number ≥ 1`, {
    source: name,
  });
}

/** Whether this looks like a chunk. */
export function isFlatRows(value: unknown): value is ShapedNumbers {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('data' in value)) return false;
  return isTyped(value.data) || Array.isArray(value.data);
}

/** Whether an array is one row: nothing in it is a row itself. */
function isOneRow(items: readonly unknown[]): boolean {
  const first = items.find((item) => item !== null && item !== undefined);
  return first !== undefined && typeof first !== 'object';
}

const widthOf = (row: unknown): number => (Array.isArray(row) || isNumbers(row) ? row.length : 0);

function fromMatrix(matrix: AbstractMatrix): WideBatch {
  const data = new Float64Array(matrix.rows * matrix.columns);
  for (let i = 0, at = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) data[at++] = matrix.get(i, j);
  }
  return { data, dimensions: matrix.columns };
}

/** Remedy for a value that is not a row. */
export function hintFor(value: unknown): string {
  if (value instanceof Promise) return ': await it';
  if (typeof value === 'string') return ': make numbers of text first';
  if (isBytes(value)) return ': bytes need a format, or if they are numbers Array.from(bytes)';
  return '';
}
