// Rows that are objects, as csv-parse gives them with `columns: true`.
import { DataError } from '../../errors.ts';
import { shown } from '../../util/shown.ts';
import type { Place } from '../place.ts';
import type { ReadOptions } from '../table.ts';
import { parseCell } from '../text/cells.ts';
import { locateColumns } from '../text/columns.ts';
import { type Cell, cellOf } from './numbers.ts';

/**
 * A row as an object: its keys are the columns, in the order of the first row, or those that `columns` names. Text is
 * parsed as in CSV.
 */
export type NamedRow = Readonly<Record<string, Cell | string>>;

/** Layout of all rows, from the first. */
export interface NamedLayout {
  /** All names, if every row must have these and no others. */
  readonly names: ReadonlySet<string> | undefined;
  readonly columns: readonly string[];
  /** The column of weights. */
  readonly weight: string | undefined;
}

/** An object that is nothing but its members. */
export function isPlainObject(value: unknown): value is NamedRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (Symbol.iterator in value || Symbol.asyncIterator in value) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'); // of any realm
}

const WHOLE = /^(?:0|[1-9]\d*)$/;

/** Looks at the first row. */
export function namedLayout(
  first: NamedRow,
  name: string,
  options: Pick<ReadOptions, 'columns' | 'weightColumn'>,
): NamedLayout {
  const names = Object.keys(first);
  const number = names.find((key) => WHOLE.test(key));
  if (number !== undefined) {
    throw new DataError(
      'not-rows',
      `${name}, row 1: received an object with a column ${shown(number)}: JavaScript does not keep the order of columns that are called by numbers: give arrays, or other names`,
      { source: name, row: 1 },
    );
  }
  const { places, weightAt } = locateColumns(name, options, names, names.length);
  const chosen = places.map((place) => names[place]!);
  const weight = weightAt === undefined ? undefined : chosen.pop();
  return { names: options.columns ? undefined : new Set(names), columns: chosen, weight };
}

/**
 * Writes the numbers of a row, and gives its weight (1 without such a column).
 *
 * @throws DataError that names the row and the column.
 */
export function readNamed(
  row: unknown,
  { names, columns, weight }: NamedLayout,
  place: Place,
  into: Float64Array,
  { allowsMissing }: Pick<ReadOptions, 'allowsMissing'>,
): number {
  if (!isPlainObject(row)) {
    throw new DataError(
      'not-rows',
      `${place}: received ${Array.isArray(row) ? 'an array' : shown(row)}, expected an object with ${columns.join(', ')} as in the first row`,
      { ...place },
    );
  }
  const more = names && Object.keys(row).find((key) => !names.has(key));
  if (more !== undefined) {
    throw new DataError(
      'ragged-row',
      `${place}: received a column ${shown(more)}, which the first row has not: choose by columns`,
      { ...place },
    );
  }
  const numberOf = (column: string, isMissable: boolean | undefined): number => {
    const cell = Object.hasOwn(row, column) ? row[column] : undefined;
    const value = typeof cell === 'string' ? parseCell(cell, isMissable) : cellOf(cell, isMissable);
    if (value !== undefined) return value;
    const received = cell === undefined ? 'nothing' : shown(cell);
    throw new DataError('bad-cell', `${place}, column ${shown(column)}: received ${received}, expected a number`, {
      ...place,
      column,
    });
  };
  for (const [j, column] of columns.entries()) into[j] = numberOf(column, allowsMissing);
  return weight === undefined ? 1 : numberOf(weight, false);
}
