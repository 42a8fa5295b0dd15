// Kernel of directions: rows are normalised to length 1, and then go to another kernel.
import type { Chunk } from '../chunk.ts';
import { normaliseRows } from '../mixture/distance.ts';
import type { Statistics } from '../mixture/statistics.ts';
import type { Kernel } from './kernel.ts';

/** Rows that have no direction count for nothing in sums; elsewhere what is computed of them is NaN. */
export class DirectionKernel implements Kernel {
  readonly #inner: Kernel;
  #rows = new Float64Array(0);

  constructor(inner: Kernel) {
    this.#inner = inner;
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const { normalised, without } = this.#normalised(chunk);
    const weights =
      without.length > 0 ? (chunk.weights?.slice() ?? new Float64Array(chunk.rows).fill(1)) : chunk.weights;
    for (const n of without) weights![n] = 0;
    this.#inner.addChunk({ ...normalised, weights }, statistics);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    const { normalised, without } = this.#normalised(chunk);
    this.#inner.label(normalised, labels, highest);
    for (const n of without) highest[n] = Number.NaN;
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    const { normalised, without } = this.#normalised(chunk);
    this.#inner.logNormalise(normalised, logNormalisers);
    for (const n of without) logNormalisers[n] = Number.NaN;
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    const { normalised, without } = this.#normalised(chunk);
    this.#inner.logDensities(normalised, densities, logNormalisers);
    for (const n of without) logNormalisers?.fill(Number.NaN, n, n + 1);
  }

  close(): void {
    this.#inner.close();
  }

  #normalised(chunk: Chunk): { readonly normalised: Chunk; readonly without: readonly number[] } {
    const { length } = chunk.data;
    if (this.#rows.length < length) this.#rows = new Float64Array(length);
    const data = this.#rows.subarray(0, length);
    const without = normaliseRows(chunk.data, chunk.dimensions, data);
    return { normalised: { ...chunk, data, hasMissing: undefined }, without };
  }
}
