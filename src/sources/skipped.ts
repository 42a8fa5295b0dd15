// Counts the rows that were left out.
import { DataError } from '../errors.ts';

/** How many rows were left out, and the error of the first. */
export interface SkippedRows {
  readonly rows: number;
  readonly first: string | undefined;
}

/** Rows that a reading left out because they cannot be used. */
export class Skipped {
  /** How many rows in the last reading. */
  rows = 0;
  /** Error of the first such row, with its place; undefined if there was none. */
  first: string | undefined;

  /** Call at the start of a reading, or of the rest of one; `first` stays as the first reading found it. */
  begin({ rows, first }: SkippedRows = { rows: 0, first: undefined }): void {
    this.rows = rows;
    this.first ??= first;
  }

  /** As plain data. */
  get found(): SkippedRows {
    return { rows: this.rows, first: this.first };
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
