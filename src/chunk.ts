// A chunk of rows, and how many rows one holds.
/** A part of a stream: a file, or an utterance of one. */
export interface RowPart {
  /** Index, from 0, of the file (or other input) in the stream. */
  readonly index: number;
  /** The utterance, where the format has utterances; else the file's name without directory and ending, or the `name` option. */
  readonly name: string;
  /** Number, from 0, of the part in the stream: two parts may have one name. */
  readonly number: number;
  /** The same name, only where it is that of an utterance within its file. */
  readonly utterance?: string | undefined;
}

/** Consecutive rows of a stream: the unit in which data are read and computed. */
export interface Chunk {
  /** rows × dimensions numbers, row-major. */
  readonly data: Float64Array | Float32Array;
  /** Number of rows. */
  readonly rows: number;
  /** Numbers per row. */
  readonly dimensions: number;
  /** Weights, one non-negative number per row; absent if every row has weight 1. */
  readonly weights?: Float64Array | undefined;
  /** Where the rows are from; of blocks, which are cut across the utterances of a file, where the first row is from. */
  readonly part: RowPart;
  /**
   * Seconds from the beginning of the part to the middle of the frame that each row is of; absent where they are not
   * known, and from blocks made of several chunks.
   */
  readonly times?: Float64Array | undefined;
  /** Whether numbers may be missing (NaN); absent if none are. */
  readonly hasMissing?: boolean | undefined;
  /** Returns the memory of `data` to its reader, to be used again; do not read `data` afterwards. */
  readonly release?: (() => void) | undefined;
}

/** The part of rows that are of no stream. */
export const NO_PART: RowPart = { index: 0, name: '', number: 0 };

/** Bytes of a chunk (as 64-bit numbers), unless another size is asked for. */
export const CHUNK_BYTES: number = 1 << 20;

/** Number of rows of `dimensions` numbers in a chunk of `bytes` bytes. */
export function rowsPerChunk(dimensions: number, bytes: number = CHUNK_BYTES): number {
  return Math.max(1, Math.floor(bytes / (8 * dimensions)));
}
