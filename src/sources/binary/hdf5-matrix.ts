// A matrix in an HDF5 file, read in slices of rows, however they lie.
import { statSync } from 'node:fs';
import type { Dataset } from 'h5wasm/node';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { readRaw } from '../../files/hdf5.ts';
import type { Batch } from '../table.ts';
import { checkFilters, numberTypeOf } from './hdf5-types.ts';
import type { NumberType } from './number-types.ts';

/** A slice of rows is no longer than this; compressed chunks are decompressed whole. */
const MOST_BYTES = 2 ** 28;
/** Gzip makes nothing shorter than by this. */
const MOST_RATIO = 1032;
const UNWRITTEN_BYTES = 2 ** 28;

type Numbers = readonly number[];

/** How the rows of a matrix lie in a dataset. */
export interface RowLayout {
  /** Rows and columns of a dataset; undefined for a shape that is no matrix. */
  sizes(shape: Numbers): readonly [rows: number, columns: number] | undefined;
  /** What shapes are expected, in words. */
  readonly expected: string;
  /** Rows that a stored chunk reaches over. */
  chunkRows(chunk: Numbers): number;
  /** Where some rows begin, and how much of the dataset they are. */
  select(start: number, rows: number, columns: number): readonly [offset: Numbers, count: Numbers];
  /** Whether what is read comes column by column. */
  readonly isByColumns: boolean;
}

/** A row after the other. */
export const byRows: RowLayout = {
  sizes: ([rows, columns, ...more]) => (more.length > 0 || !columns ? undefined : [rows!, columns]),
  expected: 'two dimensions, rows × columns',
  chunkRows: ([rows]) => rows!,
  select: (start, rows, columns) => [
    [start, 0],
    [rows, columns],
  ],
  isByColumns: false,
};

/** A column after the other, as MATLAB has them. */
export const byColumns: RowLayout = {
  ...byRows,
  sizes: ([columns, rows, ...more]) =>
    more.length > 0 || !columns || rows === undefined ? undefined : [rows, columns],
  chunkRows: ([, rows]) => rows!,
  select: (start, rows, columns) => [
    [0, start],
    [columns, rows],
  ],
  isByColumns: true,
};

/** Rows of so many numbers in one dimension. */
export const inARow = (columns: number): RowLayout => ({
  sizes: ([numbers, ...more]) =>
    more.length > 0 || numbers === undefined || numbers % columns !== 0 ? undefined : [numbers / columns, columns],
  expected: `one dimension, a multiple of ${columns} numbers`,
  chunkRows: ([numbers]) => Math.max(1, Math.floor(numbers! / columns)),
  select: (start, rows) => [[start * columns], [rows * columns]],
  isByColumns: false,
});

/** A matrix of numbers in an open file. */
export class StoredMatrix {
  readonly rows: number;
  readonly dimensions: number;
  readonly #dataset: Dataset;
  readonly #name: string;
  readonly #layout: RowLayout;
  readonly #numberType: NumberType;
  readonly #sliceRows: number;

  /** @throws DataError where it is no matrix of numbers that can be read. */
  constructor(dataset: Dataset, path: string, name: string, layout: RowLayout = byRows) {
    checkFilters(dataset, name);
    this.#numberType = numberTypeOf(dataset, path, name);
    const { shape } = dataset;
    const sizes = shape && layout.sizes(shape);
    if (!sizes) {
      const what = shape ? `of shape (${shape.join(', ')})` : 'that holds nothing (its dataspace is null)';
      throw new DataError('wrong-shape', `${name}: a dataset ${what}; expected ${layout.expected}`, { source: name });
    }
    [this.rows, this.dimensions] = sizes;
    this.#dataset = dataset;
    this.#name = name;
    this.#layout = layout;
    checkWritten(path, this.rows * this.dimensions * this.#numberType.bytes, name);
    this.#sliceRows = this.#rowsOfSlice();
  }

  /** The rows before the slice that a row is in, counted from `first`. */
  sliceBefore(row: number, first = 0): number {
    return row > first ? row - ((row - first) % this.#sliceRows) : first;
  }

  /** The rows from one to another, in slices that end on the boundaries of chunks, if `first` does. */
  *slices(first = 0, end: number = this.rows): Generator<Batch> {
    for (let start = first; start < end; start += this.#sliceRows) {
      yield this.read(start, Math.min(end, start + this.#sliceRows));
    }
  }

  read(start: number, end: number): Batch {
    const [offset, count] = this.#layout.select(start, end - start, this.dimensions);
    const batch = toBatch(this.#numberType, readRaw(this.#dataset, offset, count, this.#numberType.bytes));
    return this.#layout.isByColumns ? { ...batch, data: transposed(batch.data, end - start) } : batch;
  }

  /** About a chunk of rows, and whole chunks of the file. */
  #rowsOfSlice(): number {
    const [name, dimensions, { bytes }] = [this.#name, this.dimensions, this.#numberType];
    const { metadata, filters } = this.#dataset;
    const most = Math.floor(MOST_BYTES / (bytes * dimensions));
    const chunkRows = Math.max(1, metadata.chunks ? this.#layout.chunkRows(metadata.chunks) : 1);
    if (most === 0)
      throw new DataError('too-large', `${name}: rows of ${dimensions} numbers, more than are held at a time`, {
        source: name,
      });
    if (chunkRows <= most) {
      const chunks = Math.min(Math.floor(most / chunkRows), Math.round(rowsPerChunk(dimensions) / chunkRows));
      return Math.max(1, chunks) * chunkRows;
    }
    if (filters.length === 0) return Math.min(most, rowsPerChunk(dimensions));
    throw new DataError(
      'too-large',
      `${name}: compressed chunks of ${chunkRows} rows of ${dimensions} numbers, more than the ${MOST_BYTES / 2 ** 20} MiB ` +
        'that are held at a time: write it with smaller chunks',
      { source: name },
    );
  }
}

function toBatch(numberType: NumberType, raw: Uint8Array<ArrayBuffer>): Batch {
  const { bytes, decode } = numberType;
  if (!decode) return { data: bytes === 8 ? new Float64Array(raw.buffer) : new Float32Array(raw.buffer) };
  const data = numberType.make(raw.length / bytes);
  return { data, allFinite: decode(raw, data) || undefined };
}

/** Columns of `rows` numbers each as rows. */
function transposed(data: Batch['data'], rows: number): Batch['data'] {
  const columns = data.length / rows;
  const out = new (data.constructor as Float64ArrayConstructor)(data.length);
  for (let j = 0, at = 0; j < columns; j++) {
    for (let n = 0, to = j; n < rows; n++, at++, to += columns) out[to] = data[at]!;
  }
  return out;
}

/** Numbers that were never written are in no file, and are not read for ever. */
export function checkWritten(path: string, bytes: number, name: string): void {
  const { size } = statSync(path);
  if (bytes <= Math.max(UNWRITTEN_BYTES, MOST_RATIO * size)) return;
  throw new DataError(
    'truncated',
    `${name}: a dataset of ${bytes} bytes in a file of ${size}: most of it was never written`,
    { source: name },
  );
}
