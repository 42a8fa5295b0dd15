// A chunk of rows, and how many rows one holds.
/** Some consecutive rows of a stream: the unit in which data are read and worked on. */
export interface Chunk {
  /** rows × dimensions numbers, row-major. */
  readonly data: Float64Array | Float32Array;
  readonly rows: number;
  readonly dimensions: number;
  /** One non-negative number for each row; every row counts 1 where absent. */
  readonly weights?: Float64Array | undefined;
  /** The number, from 0, of the file (or other part of the stream) that the rows are from. */
  readonly part: number;
  /**
   * The name of the utterance that all of the rows are of, where the format tells (Kaldi archives, HTK files); blocks made of
   * several chunks have none.
   */
  readonly utterance?: string | undefined;
  /** Of a part of several utterances: the number of this one, as two of them may have one name. */
  readonly utteranceNumber?: number | undefined;
  /** Whether some numbers may be missing (NaN); none are where absent. */
  readonly hasMissing?: boolean | undefined;
  /** Gives the numbers' memory back to whoever read them, to be used again: they must not be looked at any more. */
  readonly release?: (() => void) | undefined;
}

/** Counts what chunks are from: utterances, and files that do not tell of any. */
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

/** How many rows of so many dimensions a chunk of `bytes` bytes holds. */
export function rowsPerChunk(dimensions: number, bytes: number = CHUNK_BYTES): number {
  return Math.max(1, Math.floor(bytes / (8 * dimensions)));
}
