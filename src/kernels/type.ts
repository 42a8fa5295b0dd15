import type { Chunk } from '../chunk.ts';
import type { Statistics } from '../statistics.ts';

/** Rows worked on at a time: 16 tiles of 8, which stay in the first-level caches with one component's factor. */
export const BATCH = 128;

/**
 * The E-step of one pass on one thread. `score` fills `densities`, then `normalise` or `label` says what they mean; or
 * `addChunk` does all of it for all rows of a chunk and adds up statistics.
 */
export interface Kernel {
  /** Of the batch that was scored last: for each component a run of BATCH log densities. */
  readonly densities: Float64Array;
  /** Of the rows of the batch that was normalised last; after `label` their highest log densities. */
  readonly logNormalisers: Float64Array;
  /** Log densities of rows `start` … `start + rows` (at most BATCH) of a chunk. */
  score(chunk: Chunk, start: number, rows: number): void;
  /** The same, but those that neither change a row's log normaliser nor are its highest may be rounded. */
  scoreLikely(chunk: Chunk, start: number, rows: number): void;
  /** Log normalisers of the rows last scored. */
  normalise(rows: number): void;
  /** The component of highest density, the first of equals, of the rows last scored. */
  label(rows: number, out: Float64Array): void;
  /**
   * Adds a chunk to statistics: its rows, their log normalisers and, if the pass asks for them, the moments about the
   * means that entered it.
   */
  addChunk(chunk: Chunk, statistics: Statistics): void;
  /** Lets go of memory; the kernel is not used any more. */
  close(): void;
}
