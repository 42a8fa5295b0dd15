// The interfaces of readers: Format, Input, Table, Part and Batch.
import type { FrontEnd, FrontEndSettings, HasFrontEnd } from '../speech/front-end.ts';
import type { PartFingerprint } from './fingerprint.ts';
import type { Skipped } from './skipped.ts';
import type { UtteranceOptions } from './speech/utterance-options.ts';

/** Some whole rows as a reader hands them over; `data` is row-major. */
export interface Batch {
  readonly data: Float64Array | Float32Array;
  readonly weights?: Float64Array | undefined;
  /** Set if all numbers are known to be finite. */
  readonly allFinite?: boolean | undefined;
  /** The name of the utterance that all of the rows are of, in formats that know utterances. */
  readonly utterance?: string | undefined;
  /** Where an input has several: the number of this one, as two of them may have one name. */
  readonly utteranceNumber?: number | undefined;
  /** Of each row the seconds from the beginning of its file or utterance to the middle of its frame, where they are known. */
  readonly times?: Float64Array | undefined;
  /** Where the utterance begins in an input that can be read on from there: a byte of an archive, a line of a list. */
  readonly utterancePosition?: number | undefined;
  /** As of a chunk. */
  readonly release?: (() => void) | undefined;
}

/** Where the rest of a table begins: after so many rows, and within which utterance. */
export interface TablePlace {
  readonly row: number;
  readonly utterance?: UtterancePlace | undefined;
}

/** An utterance of a table: its number, the rows before it, and where it begins in the input. */
export interface UtterancePlace {
  readonly number: number;
  readonly row: number;
  readonly position: number;
}

/** Rows that are open for reading, once. */
export interface Table {
  readonly dimensions: number;
  /** Rows that `batches` leaves out at the beginning, at most as many as were asked for; default 0. */
  readonly begins?: number | undefined;
  /** Number of rows, if the input says before all is read. */
  readonly rows?: number | undefined;
  readonly batches: AsyncIterable<Batch>;
  /** How sound became rows. */
  readonly frontEnd?: FrontEnd | undefined;
  /** The column, from 0, that holds the weights of the rows; where it was asked for by name. */
  readonly weightAt?: number | undefined;
  /** The column, from 0, that holds the times of the rows; likewise. */
  readonly timeAt?: number | undefined;
  /** Lets go of the input; called once, whether or not `batches` was iterated to its end. */
  close(): Promise<void>;
}

/** What is known of a table before it is read. */
export type TableProperties = Pick<Table, 'dimensions' | 'rows' | 'begins' | 'frontEnd' | 'weightAt' | 'timeAt'>;

/** A part of a stream, such as a file, that can be opened again for every pass. */
export interface Part {
  readonly name: string;
  /** What its rows are called where they are of no utterance, as a file's name without directory and ending; default: the name. */
  readonly stem?: string | undefined;
  readonly dimensions: number;
  /** Number of rows, if known before all is read. */
  readonly rows?: number | undefined;
  /** How sound became rows. */
  readonly frontEnd?: FrontEnd | undefined;
  /** Whether its rows cost more to make than to read. */
  readonly isDecoded?: boolean | undefined;
  /** Whether it may be opened, with all of its rows, while others before it are read. */
  readonly isShort?: boolean | undefined;
  /** Opens it for a pass, or for the rest of one: the table may begin anywhere up to that place. */
  open(from?: TablePlace): Promise<Table>;
  /** What it can be recognised by; undefined as long as it is not known. */
  fingerprint(): Promise<PartFingerprint | undefined>;
  /** Lets go of what is kept between passes. */
  close?(): Promise<void>;
}

/** How what can be read only once becomes a part; it is opened unless it is kept already. */
export type Keep = (name: string, openLive: () => Promise<Table>) => Promise<Part>;

/** How text and containers are to be read; each format takes what concerns it. */
export interface ReadOptions extends UtteranceOptions {
  /** CSV, JSON lines, Parquet, Arrow: names of columns, or their numbers from 1, in the order wanted; all columns by default. */
  readonly columns?: readonly (string | number)[] | undefined;
  /** CSV: between cells; a comma by default. */
  readonly delimiter?: string | undefined;
  /**
   * CSV: whether the first row holds names. By default it decides: all numbers are data, all text are names, and what
   * could be both (a mixture, or 0, 1, 2, …) is refused.
   */
  readonly header?: boolean | undefined;
  /** Sound: which channel, from 1; needed of more than one. */
  readonly channel?: number | undefined;
  /** Sound: how it becomes rows. */
  readonly frontEnd?: FrontEndSettings | undefined;
  /** Model that the rows are for: sound becomes rows as it did there. */
  readonly rowsFor?: HasFrontEnd | undefined;
  /** The column, by name or number from 1, that holds the weights of the rows; it is no data then. */
  readonly weightColumn?: string | number | undefined;
  /** The column, by name or number from 1, that holds the name of the utterance that a row is of; it is no data then. */
  readonly utteranceColumn?: string | number | undefined;
  /** The column, by name or number from 1, that holds the times of the rows, in seconds; likewise. */
  readonly timeColumn?: string | number | undefined;
  /** Whether rows are given as soon as they are there, not when a chunk is full. */
  readonly isLive?: boolean | undefined;
  /** Whether an array of one dimension is a column, as weights are. */
  readonly isList?: boolean | undefined;
  /** Whether empty cells, NaN, NA and null are numbers that are missing. */
  readonly allowsMissing?: boolean | undefined;
  /** Ends long work that gives no rows yet, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Set if rows that cannot be used are to be left out: they become NaN, and are noted here. */
  readonly skipped?: Skipped | undefined;
}

/** A part of a recording, in seconds; to its end where that is −1. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where a format reads from. */
export interface Input {
  readonly name: string;
  /** Set if the input is a file that can be read here and there. */
  readonly path?: string | undefined;
  /** Where the file is, if it is one, compressed or not. */
  readonly directory?: string | undefined;
  /** After the colon of `file.h5:/dataset`. */
  readonly inside?: string | undefined;
  /** Its bytes when it was first looked at, if it is a file. */
  readonly size?: number | undefined;
  /** The part of a recording that is meant; the whole by default. */
  readonly span?: Span | undefined;
  /** Values that a format keeps from pass to pass: plain data. */
  readonly kept: Map<string, unknown>;
  /** Its bytes; those of a file that has a path, from any of them on. */
  bytes(start?: number): AsyncIterable<Uint8Array>;
  /** The same of a file, each piece good until the next is asked for. */
  lentBytes?(start?: number): AsyncIterable<Uint8Array>;
}

/** Properties of a kind of file. */
export interface DescribedFormat {
  readonly extensions: readonly string[];
  /** The options that it takes. */
  readonly takes: readonly (keyof ReadOptions)[];
  /** Whether a thread reads its files, and decompresses them. */
  readonly isInThread?: boolean;
  /** Whether it is read here and there in its file, which thus must be there as it is. */
  readonly needsFile?: boolean;
  /** Whether its rows are made of something else, such as text. */
  readonly isDecoded?: boolean;
  /** Whether it holds several arrays, of which `file:/name` names one. */
  readonly hasNames?: boolean;
}

/** Opens files of a kind. */
export interface Opener {
  /** A table that is read on from a place may begin anywhere up to it. */
  open(input: Input, options: ReadOptions, from?: TablePlace): Promise<Table>;
}

/** A kind of file. */
export interface Format extends DescribedFormat, Opener {
  /** What is known of an input before it is read, where to open it is to begin. */
  look?(input: Input, options: ReadOptions): Promise<TableProperties>;
  /** Paths of the files that one of this kind names, each once. */
  filesOf?(input: Input): Promise<string[]>;
}
