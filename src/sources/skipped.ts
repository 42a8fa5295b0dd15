// Counts the rows that were left out.
import { DataError } from '../errors.ts';

/** What was left out of a reading because it cannot be used, where that is asked for. */
export class Skipped {
  /** How many rows in the last reading. */
  rows = 0;
  /** What was wrong with the first, with its place; undefined if there was none. */
  first: string | undefined;

  /** To be called when a reading begins; what was wrong is told as the first reading found it. */
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
