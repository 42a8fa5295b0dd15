// Cells become numbers: strict decimal notation, and error messages.
import { DataError } from '../../errors.ts';
import type { Place } from '../place.ts';

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
