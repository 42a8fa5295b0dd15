// The kinds of data, and the options of reading them.
import {
  abortSignal,
  anObject,
  anything,
  type Kind,
  type OptionTable,
  oneOf,
  text,
  trueOrFalse,
  whole,
} from '../util/options.ts';
import type { RowOptions } from './chunk-stream.ts';
import { type FileOptions, formats } from './formats.ts';
import type { Rows } from './rows.ts';
import { Skipped } from './skipped.ts';
import type { Bytes, HasBody } from './values/inputs.ts';
/**
 * A repeatable stream of rows: every iteration starts over.
 *
 * To write one, give `dimensions` and an async iterator of chunks or rows.
 */
export interface RowSource extends AsyncIterable<Rows> {
  /** Numbers per row. */
  readonly dimensions: number;
  /** Number of rows, if known; for progress only. */
  readonly rows?: number | undefined;
  /** Name in error messages. */
  readonly name?: string | undefined;
}

/** Everything that data can be: see `openData`. */
export type RowData =
  | string
  | URL
  | readonly string[]
  | Bytes
  | readonly Bytes[]
  | Blob
  | HasBody
  | Rows
  | RowSource
  | AsyncIterable<Rows | Bytes | string>
  | Iterable<Rows>;

/** How data are read and cut into chunks. */
export interface SourceOptions extends Omit<FileOptions, 'skipped' | 'allowsMissing' | 'isLive' | 'isList'> {
  /** Row weights: a file or stream with one number per row, or an array of numbers. Default: every row has weight 1. */
  readonly weights?: RowData | undefined;
  /**
   * What to do with a row that cannot be used as it is: 'error' (default), throw a DataError; 'skip', leave it out
   * and count it in `skipped`; 'missing', use the numbers that are there (NaN, null and empty cells are missing).
   */
  readonly onInvalid?: InvalidRows | undefined;
  /** Name of data without a path in error messages. */
  readonly name?: string | undefined;
  /** Size of a chunk in bytes, as 64-bit numbers; default 1 MiB, less for few rows. */
  readonly chunkBytes?: number | undefined;
  /**
   * Rows of text, sound, columns and compressed files are decoded once, and kept in a temporary file for later passes: at most so many bytes, and a
   * quarter of the free space; default 1 GiB, 0 for none. Not with `onInvalid: 'skip'`.
   */
  readonly cacheBytes?: number | undefined;
  /** Ends the work with the signal's reason, at the next chunk or while waiting for a stream. */
  readonly signal?: AbortSignal | undefined;
}

const MOST_CHUNK_BYTES = 2 ** 30;

const column = (value: unknown): boolean =>
  typeof value === 'string' || (Number.isSafeInteger(value) && (value as number) >= 1);

const aColumn: Kind = { expected: 'the name of a column, or its number from 1', holds: column };

const someColumns: Kind = {
  expected: 'an array of names of columns, or their numbers from 1',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(column),
};

/** Policies for rows that cannot be used as they are. */
export const invalidRows = {
  error: () => ({}),
  skip: () => ({ skipped: new Skipped() }),
  missing: () => ({ allowsMissing: true }),
} satisfies Record<string, () => Pick<RowOptions, 'skipped' | 'allowsMissing'>>;

/** error, skip or missing. */
export type InvalidRows = keyof typeof invalidRows;

/** Allowed values of the options of `openData`. */
export const sourceOptions = {
  format: oneOf(formats),
  columns: someColumns,
  delimiter: {
    expected: 'a text of at least one character',
    holds: (value) => typeof value === 'string' && value !== '',
  },
  header: trueOrFalse,
  channel: whole(1),
  frontEnd: anObject,
  allowCommands: trueOrFalse,
  segments: text,
  groups: text,
  voiced: text,
  rowsFor: anObject,
  weightColumn: aColumn,
  utteranceColumn: aColumn,
  timeColumn: aColumn,
  weights: anything,
  onInvalid: oneOf(invalidRows),
  name: text,
  chunkBytes: whole(1, MOST_CHUNK_BYTES),
  cacheBytes: whole(0),
  signal: abortSignal,
} satisfies OptionTable<SourceOptions>;
