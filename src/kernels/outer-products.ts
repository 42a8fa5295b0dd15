import type { Blas } from './blas-library.ts';
import { MOST_ROWS } from './group.ts';
import type { Memory } from './memory.ts';

/** The matrices that are multiplied by BLAS. */
interface Views {
  readonly deltas: Float64Array;
  readonly weighted: Float64Array;
  readonly floatDeltas: Float32Array;
  readonly floatWeighted: Float32Array;
  readonly product: Float32Array;
  /** One for each component. */
  readonly sums: readonly Float64Array[];
}

/**
 * Σ weighted · deltaᵀ of the rows that were gathered for a component, runs of `width` numbers: some in doubles, some, which
 * matter less, in floats. By BLAS, or in WebAssembly.
 */
export class OuterProducts {
  /** Where rows are to be gathered, and how many were (doubles, floats) as 32-bit integers. */
  readonly at: Readonly<
    Record<'deltas' | 'weighted' | 'floatDeltas' | 'floatWeighted' | 'product' | 'counts' | 'sums', number>
  >;
  readonly #memory: Memory;
  readonly #width: number;
  readonly #components: number;
  readonly #blas: Blas | undefined;
  #counts: Int32Array = new Int32Array(2);
  #views: Views | undefined;

  /** `sums` is where the sums are: `width`² doubles for each component. */
  constructor(memory: Memory, width: number, components: number, sums: number, blas: Blas | undefined) {
    const run = MOST_ROWS * width;
    this.#memory = memory;
    this.#width = width;
    this.#components = components;
    this.#blas = blas;
    this.at = {
      deltas: memory.reserve(run * 8),
      weighted: memory.reserve(run * 8),
      floatDeltas: memory.reserve(run * 4),
      floatWeighted: memory.reserve(run * 4),
      product: memory.reserve(width * width * 4),
      counts: memory.reserve(8),
      sums,
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const memory = this.#memory;
    const run = MOST_ROWS * this.#width;
    const size = this.#width ** 2;
    const { deltas, weighted, floatDeltas, floatWeighted, product, counts, sums } = this.at;
    this.#counts = memory.integers(counts, 2);
    if (!this.#blas) return;
    this.#views = {
      deltas: memory.doubles(deltas, run),
      weighted: memory.doubles(weighted, run),
      floatDeltas: memory.floats(floatDeltas, run),
      floatWeighted: memory.floats(floatWeighted, run),
      product: memory.floats(product, size),
      sums: Array.from({ length: this.#components }, (_, k) => memory.doubles(sums + k * size * 8, size)),
    };
  }

  /** Adds the gathered rows to the sums of component k. */
  add(k: number): void {
    const width = this.#width;
    const doubles = this.#counts[0]!;
    const floats = this.#counts[1]!;
    const at = this.at;
    const sums = at.sums + k * width * width * 8;
    const { calls } = this.#memory;
    if (!this.#blas) {
      if (doubles > 0) calls.addOuter64!(at.deltas, at.weighted, doubles, width, sums);
      if (floats > 0) calls.addOuter32!(at.floatDeltas, at.floatWeighted, floats, width, sums);
      return;
    }
    const views = this.#views!;
    if (doubles > 0) {
      const { deltas, weighted } = views;
      this.#blas.doubles.addTransposed(width, width, doubles, weighted, width, deltas, width, views.sums[k]!, width);
    }
    if (floats > 0) {
      const { floatDeltas, floatWeighted, product } = views;
      this.#blas.floats.addTransposed(width, width, floats, floatWeighted, width, floatDeltas, width, product, width);
      calls.addFloats!(at.product, width * width, sums);
    }
  }
}
