// Σ z zᵀ of gathered rows, by BLAS or in WebAssembly.
import { MOST_ROWS } from '../batch-group.ts';
import type { Blas } from '../blas-library.ts';
import type { Memory } from '../wasm-memory.ts';

/** The matrices that BLAS multiplies. */
interface Views {
  readonly doubles: Float64Array;
  readonly floats: Float32Array;
  readonly product: Float32Array;
  /** One for each component. */
  readonly sums: readonly Float64Array[];
}

/**
 * Σ z zᵀ of the rows z that were gathered for a component, runs of `width` numbers: some in doubles, some, which matter less,
 * in floats. By BLAS, or in WebAssembly.
 */
export class OuterProducts {
  /** Where rows are to be gathered, and how many were (doubles, floats) as 32-bit integers. */
  readonly at: Readonly<Record<'doubles' | 'floats' | 'product' | 'counts' | 'sums', number>>;
  readonly #memory: Memory;
  readonly #width: number;
  readonly #components: number;
  readonly #blas: Blas | undefined;
  #counts: Int32Array = new Int32Array(2);
  #views: Views | undefined;

  /** `sums` is where the sums are: `width`² doubles for each component. */
  constructor(memory: Memory, width: number, components: number, sums: number, blas: Blas | undefined) {
    this.#memory = memory;
    this.#width = width;
    this.#components = components;
    this.#blas = blas;
    this.at = {
      doubles: memory.reserve(MOST_ROWS * width * 8),
      floats: memory.reserve(MOST_ROWS * width * 4),
      product: memory.reserve(width * width * 4),
      counts: memory.reserve(8),
      sums,
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const memory = this.#memory;
    const size = this.#width ** 2;
    const { doubles, floats, product, counts, sums } = this.at;
    this.#counts = memory.integers(counts, 2);
    if (!this.#blas) return;
    this.#views = {
      doubles: memory.doubles(doubles, MOST_ROWS * this.#width),
      floats: memory.floats(floats, MOST_ROWS * this.#width),
      product: memory.floats(product, size),
      sums: Array.from({ length: this.#components }, (_, k) => memory.doubles(sums + k * size * 8, size)),
    };
  }

  /** Adds the gathered rows to the sums of component k. */
  add(k: number): void {
    const width = this.#width;
    const size = width * width;
    const [inDoubles, inFloats] = [this.#counts[0]!, this.#counts[1]!];
    const { at } = this;
    const sums = at.sums + k * size * 8;
    const { calls } = this.#memory;
    if (!this.#blas) {
      if (inDoubles > 0) calls.addOuter64!(at.doubles, inDoubles, width, sums);
      if (inFloats > 0) calls.addOuter32!(at.floats, inFloats, width, sums);
      return;
    }
    const views = this.#views!;
    const { doubles, floats, product } = views;
    if (inDoubles > 0) {
      this.#blas.doubles.addTransposed(width, width, inDoubles, doubles, width, doubles, width, views.sums[k]!, width);
    }
    if (inFloats > 0) {
      this.#blas.floats.addTransposed(width, width, inFloats, floats, width, floats, width, product, width);
      calls.addFloats!(at.product, size, sums);
    }
  }
}
