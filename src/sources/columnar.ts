import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { badCell, locateColumns } from './cells.ts';
import type { Numbers } from './number-types.ts';
import type { Batch, ReadOptions } from './table.ts';

/** The values of a column, or of rows one after another. */
export type Values = ArrayLike<number | bigint | boolean | null | undefined>;

/** A column as a file describes it. */
export interface Column {
  readonly name: string;
  /** What messages call its type. */
  readonly type: string;
  /** What holds its numbers; undefined if it has none. */
  readonly numbers: 'float32' | 'float64' | undefined;
  /** Whether every value is several numbers, a row by itself. */
  readonly isVector: boolean;
}

/** Which columns become rows, and how. */
export interface ColumnLayout {
  readonly name: string;
  /** The places of the columns in the file. */
  readonly places: readonly number[];
  /** What messages call them. */
  readonly labels: readonly string[];
  readonly isVector: boolean;
  readonly isDouble: boolean;
  readonly weightAt: number | undefined;
  readonly options: ReadOptions;
}

/** Chooses columns: all of them, or those asked for, which must be numbers; or one whose values are vectors. */
export function layOutColumns(name: string, columns: readonly Column[], options: ReadOptions): ColumnLayout {
  if (columns.length === 0) throw new DataError(`${name} has no columns`);
  const names = columns.map((column) => column.name);
  const places = locateColumns(name, options, names, columns.length);
  const chosen = places.map((place) => columns[place]!);
  const isVector = chosen.length === 1 && chosen[0]!.isVector;
  const odd = chosen.find((column) => !column.numbers || (column.isVector && !isVector));
  if (odd) {
    const good = columns.flatMap((column) => (column.numbers && !column.isVector ? [column.name] : []));
    const what = odd.numbers ? 'must be the only one' : 'is no number';
    const choice = odd.numbers ? odd.name : good.slice(0, 20).join(',');
    throw new DataError(
      `${name}: column ${JSON.stringify(odd.name)} of type ${odd.type} ${what}: ` +
        (choice === '' ? 'there are no columns of numbers' : `choose columns, as in --columns ${choice}`),
    );
  }
  const labels = chosen.map((column) => JSON.stringify(column.name));
  const isDouble = chosen.some(({ numbers }) => numbers === 'float64');
  const weightAt = options.weightColumn === undefined ? undefined : places.length - 1;
  return { name, places, labels, isVector, isDouble, weightAt, options };
}

/** Rows of columns, or of vectors one after another, a chunk at a time; so many came before. */
export function* rowsOfColumns(
  { name, labels, isVector, isDouble, options }: ColumnLayout,
  columns: readonly Values[],
  rows: number,
  before: number,
): Generator<Batch> {
  const dimensions = isVector ? columns[0]!.length / rows : columns.length;
  if (columns.some(({ length }) => length !== rows * (isVector ? dimensions : 1)))
    throw damaged(name, 'columns of different lengths');
  const capacity = rowsPerChunk(dimensions);
  for (let start = 0; start < rows; start += capacity) {
    const count = Math.min(capacity, rows - start);
    const data: Numbers = isDouble ? new Float64Array(count * dimensions) : new Float32Array(count * dimensions);
    let missing = isVector ? fill(data, 0, 1, columns[0]!, start * dimensions, data.length) : -1;
    for (let j = 0; j < dimensions && !isVector; j++) {
      const row = fill(data, j, dimensions, columns[j]!, start, count);
      if (row >= 0 && (missing < 0 || row * dimensions + j < missing)) missing = row * dimensions + j;
    }
    if (missing >= 0 && !options.allowsMissing) {
      const label = isVector ? `${labels[0]}, number ${(missing % dimensions) + 1}` : labels[missing % dimensions]!;
      const error = badCell(name, before + start + Math.floor(missing / dimensions) + 1, label, null);
      if (!options.skipped) throw error;
      options.skipped.note(error.message);
    }
    yield { data };
  }
}

/** Copies values, and returns the place of the first that is missing, or −1. */
function fill(out: Numbers, first: number, step: number, values: Values, from: number, count: number): number {
  if (values instanceof Float64Array || values instanceof Float32Array || values instanceof Int32Array) {
    for (let n = 0, at = first; n < count; n++, at += step) out[at] = values[from + n]!;
    return -1;
  }
  let missing = -1;
  for (let n = 0, at = first; n < count; n++, at += step) {
    const value = values[from + n];
    if (value === null || value === undefined) {
      if (missing < 0) missing = n;
      out[at] = Number.NaN;
    } else {
      out[at] = Number(value);
    }
  }
  return missing;
}

/** What is wrong with a file that cannot be what it says it is. */
export const damaged = (name: string, what: string): DataError =>
  new DataError(`${name} is damaged, or uses what is not supported (${what}): write it again`);
