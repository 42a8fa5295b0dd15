// A chunk of rows, and how many rows one holds.
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
  /** Index, from 0, of the file (or other part of the stream) that the rows are from. */
  readonly part: number;
  /**
   * Name of the utterance that the rows belong to, in formats with utterances (Kaldi archives, HTK files); absent
   * from blocks made of several chunks.
   */
  readonly utterance?: string | undefined;
  /** Index of the utterance within its part: two utterances may have the same name. */
  readonly utteranceNumber?: number | undefined;
  /** Whether numbers may be missing (NaN); absent if none are. */
  readonly hasMissing?: boolean | undefined;
  /** Returns the memory of `data` to its reader, to be used again; do not read `data` afterwards. */
  readonly release?: (() => void) | undefined;
}

/** Counts the utterances that chunks are from, and files without utterances. */
export class PartCounter {
  count = 0;
  #last: Pick<Chunk, 'part' | 'utterance' | 'utteranceNumber'> | undefined;

  add({ part, utterance, utteranceNumber }: Chunk): void {
    const last = this.#last;
    if (last?.part === part && last.utterance === utterance && last.utteranceNumber === utteranceNumber) return;
    this.count++;
    this.#last = { part, utterance, utteranceNumber };
  }
}

/** Bytes of a chunk (as 64-bit numbers), unless another size is asked for. */
export const CHUNK_BYTES: number = 1 << 20;

/** Number of rows of `dimensions` numbers in a chunk of `bytes` bytes. */
export function rowsPerChunk(dimensions: number, bytes: number = CHUNK_BYTES): number {
  return Math.max(1, Math.floor(bytes / (8 * dimensions)));
}
