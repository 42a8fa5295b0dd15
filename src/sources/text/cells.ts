// Cells become numbers: strict decimal notation, chosen columns, error messages.
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import type { Place } from '../place.ts';
import { invalidRow } from '../skipped.ts';
import type { Batch, ReadOptions } from '../table.ts';

/** Options for rows of text. */
type Collecting = Pick<ReadOptions, 'skipped' | 'isLive'>;

/**
 * Batches of the rows that `write` writes, `dimensions` numbers each, into the place it is given. The rows come in groups;
 * live ones are handed over at the end of each.
 */
export async function* collectRows<Row>(
  groups: AsyncIterable<readonly Row[]>,
  dimensions: number,
  write: (row: Row, into: Float64Array, at: number) => void,
  { skipped, isLive }: Collecting,
): AsyncGenerator<Batch> {
  const capacity = rowsPerChunk(dimensions);
  let data = new Float64Array(capacity * dimensions);
  let filled = 0;
  for await (const group of groups) {
    for (const row of group) {
      const at = filled * dimensions;
      try {
        write(row, data, at);
      } catch (error) {
        if (isLive && !skipped && filled > 0) yield { data: data.slice(0, at) };
        invalidRow(error, skipped, data.subarray(at, at + dimensions));
      }
      if (++filled === capacity) {
        yield { data };
        data = new Float64Array(capacity * dimensions);
        filled = 0;
      }
    }
    if (!isLive || filled === 0) continue;
    yield { data: data.slice(0, filled * dimensions) };
    filled = 0;
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions) };
}

const NOT_DECIMAL = /^\s*$|^\s*0[xXoObB]/;

/** The number that a text says in decimal notation; undefined if it says anything else, or nothing finite. */
export function parseDecimal(text: string): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && !NOT_DECIMAL.test(text) ? value : undefined;
}

const MISSING = /^\s*(?:nan|na|null)?\s*$/i;

/** The same; NaN of a cell that says that its number is missing, if that is allowed. */
export function parseCell(text: string, allowsMissing: boolean | undefined): number | undefined {
  return parseDecimal(text) ?? (allowsMissing && MISSING.test(text) ? Number.NaN : undefined);
}

/** Possible cause in all rows, and the option that fixes it. */
export interface Hint {
  readonly text?: string;
  readonly setting?: string;
}

/** Error for a cell. */
export function badCell(
  place: Place | string,
  row: number,
  column: string | number,
  received: unknown,
  hint: Hint = {},
  within = '',
): DataError {
  const label = typeof column === 'string' ? JSON.stringify(column) : column;
  return new DataError(
    'bad-cell',
    `${place}, row ${row}, column ${label}${within}: received ${shown(received)}, expected a finite decimal number: ${hint.text ?? 'repair or remove the row'}`,
    { source: sourceOf(place), row, column, setting: hint.setting },
  );
}

const sourceOf = (place: Place | string): string => (typeof place === 'string' ? place : place.source);

/** A cell as error messages show it. */
export function shown(value: unknown): string {
  if (value === undefined || (typeof value === 'string' && value.trim() === '')) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

/** Error for a row of another length. */
export function raggedRow(
  place: Place | string,
  row: number,
  received: number,
  expected: number,
  hint: Hint = {},
): DataError {
  return new DataError(
    'ragged-row',
    `${place}, row ${row}: received ${received} columns, expected ${expected} as in the first row: ${hint.text ?? 'repair or remove the row'}`,
    { source: sourceOf(place), row, setting: hint.setting },
  );
}

/**
 * Where in a record the asked-for columns are: whole numbers are places from 1, all else is a name. The column of weights, if
 * there is one, comes last.
 */
export function locateColumns(
  name: string,
  { columns, weightColumn }: ReadOptions,
  names: readonly string[] | undefined,
  width: number,
): number[] {
  const all = Array.from({ length: width }, (_, i) => i);
  if (weightColumn === undefined) return columns ? locate(name, columns, names, width) : all;
  const [weight] = locate(name, [weightColumn], names, width);
  const data = columns ? locate(name, columns, names, width) : all.filter((place) => place !== weight);
  if (data.includes(weight!))
    throw new DataError('unknown-column', `${name}: column ${weight! + 1} cannot be both data and weights`, {
      source: name,
      column: weight! + 1,
      setting: 'weightColumn',
    });
  return [...data, weight!];
}

function locate(
  name: string,
  asked: readonly (string | number)[],
  names: readonly string[] | undefined,
  width: number,
): number[] {
  const places = asked.map((column) => {
    const isNumber = /^\d+$/.test(String(column));
    const place = isNumber ? Number(column) - 1 : (names?.indexOf(String(column)) ?? -1);
    if (!isNumber && names && place !== names.lastIndexOf(String(column))) {
      throw new DataError(
        'unknown-column',
        `${name} has several columns ${JSON.stringify(column)}: choose by number, such as ${place + 1} or ${names.lastIndexOf(String(column)) + 1}`,
        { source: name, column, setting: 'columns' },
      );
    }
    if (place >= 0 && place < width) return place;
    const choice = names ? `${listed(names)}, or 1 to ${width}` : `1 to ${width} (it has no column names)`;
    throw new DataError('unknown-column', `${name} has no column ${JSON.stringify(column)}; it has ${choice}`, {
      source: name,
      column,
      setting: 'columns',
    });
  });
  const twice = places.find((place, i) => places.indexOf(place) < i);
  if (twice !== undefined)
    throw new DataError('unknown-column', `${name}: column ${twice + 1} is chosen twice: choose each column once`, {
      source: name,
      column: twice + 1,
      setting: 'columns',
    });
  return places;
}

const MOST_LISTED = 12;

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') + (names.length > MOST_LISTED ? ', …' : '');

/** The first of groups that is not empty; undefined if there is none. */
export async function startOf<T>(groups: AsyncIterator<readonly T[]>): Promise<readonly T[] | undefined> {
  for (;;) {
    const { value, done } = await groups.next();
    if (done) return undefined;
    if (value.length > 0) return value;
  }
}

/** Puts a first value back in front of the rest of its stream. */
export async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
