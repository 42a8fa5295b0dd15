// The interface of checked chunks that can be read again.
import type { Chunk } from '../chunk.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import type { Skipped } from './skipped.ts';

/** Checked chunks that can be read again and again. */
export interface ChunkStream {
  readonly name: string;
  /** Those of its parts, by their numbers. */
  readonly partNames?: readonly string[] | undefined;
  readonly dimensions: number;
  /** Number of rows, if known before the data are read. */
  readonly rows?: number | undefined;
  /** How sound became rows. */
  readonly frontEnd?: FrontEnd | undefined;
  /** Rows that the last reading left out, if rows are skipped. */
  readonly skipped?: Skipped | undefined;
  /** Whether numbers may be missing (NaN). */
  readonly allowsMissing?: boolean | undefined;
  /** Whether rows may have weights. */
  readonly mayBeWeighted?: boolean | undefined;
  read(): AsyncGenerator<Chunk>;
  close(): Promise<void>;
}

/** Rows that are wider are a mistake. */
export const MOST_COLUMNS = 1_000_000;

/** How rows are checked and weighted while they are read. */
export interface RowOptions {
  /** Row weights, of a stream with one column and as many rows. */
  readonly weights?: ChunkStream | undefined;
  /** Set if rows that cannot be used are to be left out. */
  readonly skipped?: Skipped | undefined;
  /** Whether NaN is a number that is missing, and the row of use all the same. */
  readonly allowsMissing?: boolean | undefined;
  /** Ends every reading, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
