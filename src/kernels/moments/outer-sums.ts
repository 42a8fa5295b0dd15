// Sums of outer products (full and tied covariances).
import type { Statistics } from '../../mixture/statistics.ts';
import type { Group } from '../batch-group.ts';
import type { Blas } from '../blas-library.ts';
import type { Memory } from '../wasm-memory.ts';
import { OuterProducts } from './outer-products.ts';
import { type MomentSums, type PassMoments, roundUp, type Worth, writeMeans } from './sums.ts';

/** Σ r, Σ r δ and Σ r δδᵀ as one matrix, of rows that end in a 1. */
export class OuterSums implements MomentSums {
  readonly #memory: Memory;
  readonly #means: Float64Array;
  readonly #dimensions: number;
  readonly #width: number;
  readonly #meanWidth: number;
  readonly #worth: Worth;
  readonly #outer: OuterProducts;
  readonly #at: Readonly<Record<'means' | 'sums', number>>;

  constructor({ means }: PassMoments, memory: Memory, dimensions: number, worth: Worth, blas: Blas | undefined) {
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions + 1, 8);
    this.#meanWidth = roundUp(dimensions, 2);
    this.#worth = worth;
    this.#at = {
      means: memory.reserve(components * this.#meanWidth * 8),
      sums: memory.reserve(components * this.#width ** 2 * 8),
    };
    this.#outer = new OuterProducts(memory, this.#width, components, this.#at.sums, blas);
  }

  begin(): void {
    writeMeans(this.#memory, this.#at.means, this.#means, this.#dimensions, this.#meanWidth);
    this.#outer.begin();
  }

  add({ at, bits, dimensions, components, batches }: Group): void {
    const { least, single } = this.#worth;
    const { doubles, floats, counts } = this.#outer.at;
    const gather = this.#memory.calls[`gather${bits}`]!;
    for (let k = 0; k < components; k++) {
      gather(
        at.rows,
        dimensions,
        this.#width,
        k,
        components,
        batches,
        at.starts,
        at.inverses,
        at.weights,
        least[k]!,
        single[k]!,
        this.#at.means + k * this.#meanWidth * 8,
        doubles,
        floats,
        counts,
      );
      this.#outer.add(k);
    }
  }

  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    const sums = this.#memory.doubles(this.#at.sums, counts.length * width * width);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      const mean = first[k]!;
      let row = k * width * width;
      for (let i = 0, to = 0; i < dimensions; i++, row += width) {
        for (let j = 0; j <= i; j++) group[to++]! += sums[row + j]!;
      }
      for (let j = 0; j < dimensions; j++) mean[j]! += sums[row + j]!;
      counts[k]! += sums[row + dimensions]!;
    }
    sums.fill(0);
  }
}
