// The interface of a kernel: the E-step of a batch on one thread.
import type { Chunk } from '../chunk.ts';
import type { Statistics } from '../mixture/statistics.ts';

/** Rows worked on at a time: 16 tiles of 8, which stay in the first-level caches with one component's factor. */
export const BATCH = 128;

/** The E-step of one pass on one thread. Rows that overflow have a log density or normaliser that is not finite. */
export interface Kernel {
  /**
   * Adds a chunk to statistics: its rows, their log normalisers and, if the pass asks for them, the moments about the
   * means that entered it.
   */
  addChunk(chunk: Chunk, statistics: Statistics): void;
  /** Of each row the component of highest log density, the first of equals, and that density. */
  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void;
  /** Of each row the log normaliser. */
  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void;
  /** Of each row K log densities (row-major) and, if there is a place for it, its log normaliser. */
  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void;
  /** Lets go of memory; the kernel is not used any more. */
  close(): void;
}

/** Calls with the first row and the number of rows of each batch of a chunk. */
export function forBatches(chunk: Chunk, visit: (start: number, rows: number) => void): void {
  for (let start = 0; start < chunk.rows; start += BATCH) visit(start, Math.min(BATCH, chunk.rows - start));
}

/** Copies the weights of some rows; returns their sum. */
export function takeWeights(chunk: Chunk, start: number, rows: number, out: Float64Array, at = 0): number {
  const { weights } = chunk;
  if (!weights) {
    out.fill(1, at, at + rows);
    return rows;
  }
  let sum = 0;
  for (let n = 0; n < rows; n++) {
    out[at + n] = weights[start + n]!;
    sum += weights[start + n]!;
  }
  return sum;
}

/** Runs of BATCH numbers, one for each component, become rows of K numbers. */
export function toRows(runs: Float64Array, components: number, rows: number, out: Float64Array, start: number): void {
  for (let n = 0, at = start * components; n < rows; n++) {
    for (let k = 0; k < components; k++) out[at++] = runs[k * BATCH + n]!;
  }
}
