// Sums of squares (diagonal and spherical covariances).
import type { Statistics } from '../../mixture/statistics.ts';
import { type Group, MOST_ROWS } from '../batch-group.ts';
import type { Memory } from '../wasm-memory.ts';
import { type MomentSums, type PassMoments, roundUp, type Worth, writeMeans } from './sums.ts';

/** Σ r, Σ r δ and Σ r δ², column by column. */
export class SquareSums implements MomentSums {
  readonly #memory: Memory;
  readonly #means: Float64Array;
  readonly #dimensions: number;
  readonly #width: number;
  readonly #worth: Worth;
  readonly #at: Readonly<Record<'means' | 'least' | 'list' | 'sums', number>>;

  constructor({ means }: PassMoments, memory: Memory, dimensions: number, worth: Worth) {
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions, 8);
    this.#worth = worth;
    this.#at = {
      means: memory.reserve(components * this.#width * 8),
      least: memory.reserve(components * 8),
      list: memory.reserve((MOST_ROWS + 1) * 16),
      sums: memory.reserve(components * (1 + 2 * this.#width) * 8),
    };
  }

  begin(): void {
    const { means, least } = this.#at;
    writeMeans(this.#memory, means, this.#means, this.#dimensions, this.#width);
    this.#memory.doubles(least, this.#worth.least.length).set(this.#worth.least);
  }

  add({ at, bits, dimensions, components, batches }: Group): void {
    const { means, least, list, sums } = this.#at;
    this.#memory.calls[`addSquares${bits}`]!(
      at.rows,
      dimensions,
      this.#width,
      components,
      batches,
      at.starts,
      at.inverses,
      at.weights,
      least,
      means,
      list,
      sums,
    );
  }

  /** A group of D numbers takes them all, of one number their sum, and an empty one none. */
  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    const run = 1 + 2 * width;
    const sums = this.#memory.doubles(this.#at.sums, counts.length * run);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      const mean = first[k]!;
      counts[k]! += sums[k * run]!;
      for (let j = 0, at = k * run + 1; j < dimensions; j++, at++) {
        mean[j]! += sums[at]!;
        if (group.length > 0) group[j % group.length]! += sums[at + width]!;
      }
    }
    sums.fill(0);
  }
}
