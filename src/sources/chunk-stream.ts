// The interface of checked chunks that can be read again.
import type { Chunk } from '../chunk.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import type { SourceFingerprint } from './fingerprint.ts';
import type { Skipped, SkippedRows } from './skipped.ts';
import type { TablePlace } from './table.ts';

/** Where a stream can be read on, as plain data. */
export interface StreamPlace {
  /** Rows that the stream gave before. */
  readonly rows: number;
  /** That of the stream whose rows it picks. */
  readonly of?: StreamPlace | undefined;
  /** That in its parts. */
  readonly at?: PartsPlace | undefined;
}

/** A place in parts, of which rows are counted as they are stored, with those that are skipped. */
export interface PartsPlace extends TablePlace {
  readonly part: number;
  /** Rows of the parts before. */
  readonly before: number;
  /** Number of the part that chunks are of, as `RowPart` counts. */
  readonly number?: number | undefined;
  readonly skipped?: SkippedRows | undefined;
  /** The place in the row weights, and how many were taken after it. */
  readonly weights?: { readonly at: StreamPlace; readonly taken: number } | undefined;
}

/** A chunk, and where the stream can be read on with its first row. */
export interface PlacedChunk {
  readonly chunk: Chunk;
  readonly place: StreamPlace;
}

/** What readings of a stream have found so far, as plain data. */
export interface Known {
  readonly rows?: number | undefined;
  /** Rows of each part. */
  readonly parts?: readonly (number | undefined)[] | undefined;
  readonly skipped?: SkippedRows | undefined;
  readonly weights?: Known | undefined;
  /** Of the stream whose rows it picks, or holds. */
  readonly of?: Known | undefined;
}

/** Told how many more rows were read only to be passed over; a promise is awaited. */
export type PassOver = (rows: number) => unknown;

/** Checked chunks that can be read again and again. */
export interface ChunkStream {
  readonly name: string;
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
  /** Reads all of it, or what is left from a place on. */
  read(from?: StreamPlace, passOver?: PassOver): AsyncGenerator<PlacedChunk>;
  /** What was found so far. */
  known(): Known;
  /** What the data can be recognised by; undefined while an input that can be read once was not read to its end. */
  fingerprint(): Promise<SourceFingerprint | undefined>;
  /** Takes over what another opening of the same data has found. */
  remember(known: Known): void;
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
