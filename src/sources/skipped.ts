// Counts the rows that were left out.
import { DataError } from '../errors.ts';

/** Rows that a reading left out because they cannot be used. */
export class Skipped {
  /** How many rows in the last reading. */
  rows = 0;
  /** Error of the first such row, with its place; undefined if there was none. */
  first: string | undefined;

  /** Call at the start of a reading; `first` stays as the first reading found it. */
  begin(): void {
    this.rows = 0;
  }

  /** Notes what is wrong with a row, of which NaN will be left. */
  note(message: string): void {
    this.first ??= message;
  }
}

/** A row that cannot be used: NaN, if such rows are to be skipped. */
export function invalidRow(error: unknown, skipped: Skipped | undefined, into: Float64Array): void {
  if (!skipped || !(error instanceof DataError)) throw error;
  skipped.note(error.message);
  into.fill(Number.NaN);
}
