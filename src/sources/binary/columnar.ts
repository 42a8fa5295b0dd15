// Chosen columns become rows.
import { DataError } from '../../errors.ts';
import type { ReadOptions } from '../table.ts';
import { badCell } from '../text/cells.ts';
import { locateColumns } from '../text/columns.ts';
import type { Numbers } from './number-types.ts';

/** The values of a column, or of rows one after another. */
export type ColumnValues = ArrayLike<number | bigint | boolean | null | undefined>;

/** A column as a file describes it. */
export interface Column {
  readonly name: string;
  /** Name of its type in error messages. */
  readonly type: string;
  /** Reader of its numbers; undefined if it has none. */
  readonly numbers: 'float32' | 'float64' | undefined;
  /** Whether every value is several numbers, a row by itself. */
  readonly isVector: boolean;
  /** Whether it can name utterances, as text. */
  readonly isText: boolean;
}

/** Which columns become rows, and how. */
export interface ColumnLayout {
  readonly name: string;
  /** The places of the columns in the file. */
  readonly places: readonly number[];
  /** Their name in error messages. */
  readonly labels: readonly string[];
  readonly isVector: boolean;
  readonly isDouble: boolean;
  readonly weightAt: number | undefined;
  readonly timeAt: number | undefined;
  /** The place of the column of utterances' names in the file. */
  readonly utterance: number | undefined;
  readonly options: ReadOptions;
}

/** Chooses columns: all of them, or those asked for, which must be numbers; or one whose values are vectors. */
export function layOutColumns(name: string, columns: readonly Column[], options: ReadOptions): ColumnLayout {
  if (columns.length === 0) throw new DataError('empty', `${name} has no columns`, { source: name });
  const names = columns.map((column) => column.name);
  const { places, weightAt, timeAt, utterance } = locateColumns(name, options, names, columns.length);
  const chosen = places.map((place) => columns[place]!);
  const naming = utterance === undefined ? undefined : columns[utterance]!;
  if (naming && !naming.isText && (!naming.numbers || naming.isVector)) {
    throw new DataError(
      'column-type',
      `${name}: column ${JSON.stringify(naming.name)} of type ${naming.type} names no utterances: expected text, or whole numbers`,
      { source: name, column: naming.name, setting: 'utteranceColumn' },
    );
  }
  const isVector = chosen.length === 1 && chosen[0]!.isVector;
  const odd = chosen.find((column) => !column.numbers || (column.isVector && !isVector));
  if (odd) {
    const good = columns.flatMap((column) => (column.numbers && !column.isVector ? [column.name] : []));
    const what = odd.numbers ? 'must be the only one' : 'is no number';
    const choice = (odd.numbers ? [odd.name] : good.slice(0, 20)).map((each) => JSON.stringify(each)).join(', ');
    throw new DataError(
      'column-type',
      `${name}: column ${JSON.stringify(odd.name)} of type ${odd.type} ${what}: ` +
        (choice === '' ? 'there are no columns of numbers' : `choose columns, as in columns: [${choice}]`),
      { source: name, column: odd.name, setting: 'columns' },
    );
  }
  const labels = chosen.map((column) => column.name);
  const isDouble = chosen.some(({ numbers }) => numbers === 'float64');
  return { name, places, labels, isVector, isDouble, weightAt, timeAt, utterance, options };
}

/** Refuses, or records, the first missing number of a chunk that starts after `before` rows. */
export function checkMissing(
  { name, labels, isVector, options }: ColumnLayout,
  dimensions: number,
  missing: number,
  before: number,
): void {
  if (missing < 0 || options.allowsMissing) return;
  const label = labels[isVector ? 0 : missing % dimensions]!;
  const within = isVector ? `, number ${(missing % dimensions) + 1}` : '';
  const error = badCell(name, before + Math.floor(missing / dimensions) + 1, label, null, {}, within);
  if (!options.skipped) throw error;
  options.skipped.note(error.message);
}

/** Copies values to every `step`-th place, and returns which is the first that is missing, or −1. */
export function copyValues(
  out: Numbers,
  first: number,
  step: number,
  values: ColumnValues,
  from: number,
  count: number,
): number {
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

/** Error for a file that contradicts its own format. */
export const damaged = (name: string, what: string, column?: string): DataError =>
  new DataError('damaged', `${name} is damaged (${what}): write it again`, { source: name, column });

/** Error for valid contents that this reader does not support, named in the format's terms, in the plural. */
export class Unsupported extends Error {}

/** Message of that error. */
export const unsupported = (name: string, { message }: Unsupported, column?: string): DataError =>
  new DataError(
    'unsupported',
    `${name}${column === undefined ? '' : `: column ${JSON.stringify(column)}`} has ${message}, which are not read: write it in another way`,
    { source: name },
  );
