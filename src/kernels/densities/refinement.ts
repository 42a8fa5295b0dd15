// Recomputes in doubles the log densities for which floats are not accurate enough.
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import { isProduct, type Scorer } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import { type Group, MOST_ROWS } from '../batch-group.ts';
import type { Blas } from '../blas-library.ts';
import type { Memory } from '../wasm-memory.ts';
import type { Centred } from './centred.ts';

/** Computes the log densities of a group's pairs that floats are not good enough for, in doubles. */
export interface Refinement {
  /** To be called when memory is allocated. */
  begin(): void;
  /** Raises `highest` to them, a number for each row. */
  refine(group: Group, highest: number): void;
}

/** Functions that compute densities by type, and whether factors are matrices. */
const forms: Readonly<Partial<Record<CovarianceName, { readonly call: string; readonly isTriangle: boolean }>>> = {
  full: { call: 'refineTriangle', isTriangle: true },
  diagonal: { call: 'refineScaled', isTriangle: false },
  spherical: { call: 'refineScaled', isTriangle: false },
};

/** Of components that are products of Student-t distributions. */
const product = { call: 'refineProduct', isTriangle: false };

const formOf = (scorer: Scorer) => (isProduct(scorer) ? product : forms[scorer.form]);

/** In WebAssembly. */
export class CentredRefinement implements Refinement {
  readonly #memory: Memory;
  readonly #scorer: Scorer;
  readonly #centred: Centred;
  readonly #at: Readonly<Record<'constants' | 'scratch', number>>;

  static can(scorer: Scorer): boolean {
    return formOf(scorer) !== undefined;
  }

  constructor(memory: Memory, scorer: Scorer, centred: Centred) {
    this.#memory = memory;
    this.#scorer = scorer;
    this.#centred = centred;
    this.#at = {
      constants: memory.reserve(scorer.components * 2 * 8),
      scratch: memory.reserve(Math.max((scorer.dimensions + 2) * 64, MOST_ROWS * 8)),
    };
  }

  begin(): void {
    const { components, constants, tails } = this.#scorer;
    const numbers = this.#memory.doubles(this.#at.constants, components * 2);
    numbers.set(constants);
    if (tails) numbers.set(tails.exponents, components);
  }

  refine({ at, bits, batches, components, dimensions }: Group, highest: number): void {
    const { means, factors } = this.#centred.at;
    this.#memory.calls[`${formOf(this.#scorer)!.call}${bits}`]!(
      at.rows,
      dimensions,
      components,
      batches,
      at.starts,
      means,
      factors,
      this.#centred.factorBytes,
      this.#at.constants,
      highest,
      this.#at.scratch,
    );
  }
}

/** All rows of a component at a time: P (x − μ) as a product of matrices, by BLAS. For full covariances. */
export class ProductRefinement implements Refinement {
  readonly #memory: Memory;
  readonly #scorer: Scorer;
  readonly #blas: Blas;
  readonly #centred: Centred;
  readonly #at: Readonly<Record<'factors' | 'deltas' | 'whitened' | 'places', number>>;
  #views: { readonly factors: readonly Float64Array[] } & Readonly<Record<'deltas' | 'whitened', Float64Array>> = {
    factors: [],
    deltas: new Float64Array(0),
    whitened: new Float64Array(0),
  };

  static can(scorer: Scorer): boolean {
    return formOf(scorer)?.isTriangle === true;
  }

  constructor(memory: Memory, scorer: Scorer, centred: Centred, blas: Blas) {
    const { components, dimensions } = scorer;
    this.#memory = memory;
    this.#scorer = scorer;
    this.#blas = blas;
    this.#centred = centred;
    this.#at = {
      factors: memory.reserve(components * dimensions ** 2 * 8),
      deltas: memory.reserve(MOST_ROWS * dimensions * 8),
      whitened: memory.reserve(MOST_ROWS * dimensions * 8),
      places: memory.reserve(MOST_ROWS * 4),
    };
  }

  begin(): void {
    const { components, dimensions, factors } = this.#scorer;
    const { factors: at, deltas, whitened } = this.#at;
    const size = dimensions ** 2;
    const view = (from: number, length: number): Float64Array => this.#memory.doubles(from, length);
    const matrices = Array.from({ length: components }, (_, k) => view(at + k * size * 8, size));
    for (const [k, triangle] of rowsOf(factors, factors.length / components).entries()) {
      for (let i = 0, from = 0; i < dimensions; i++) {
        for (let j = 0; j <= i; j++) matrices[k]![j * dimensions + i] = triangle[from++]!;
      }
    }
    const rows = MOST_ROWS * dimensions;
    this.#views = { factors: matrices, deltas: view(deltas, rows), whitened: view(whitened, rows) };
  }

  refine({ at, bits, batches, components, dimensions }: Group, highest: number): void {
    const { calls } = this.#memory;
    const { deltas, whitened, factors } = this.#views;
    const { multiply } = this.#blas.doubles;
    const own = this.#at;
    const gather = calls[`gatherRough${bits}`]!;
    for (let k = 0; k < components; k++) {
      const mean = this.#centred.at.means + k * dimensions * 8;
      const count = gather(at.rows, dimensions, k, components, batches, at.starts, mean, own.deltas, own.places);
      if (count === 0) continue;
      multiply(dimensions, count, dimensions, factors[k]!, dimensions, deltas, dimensions, whitened, dimensions);
      calls.fromWhitened!(own.whitened, dimensions, count, this.#scorer.constants[k]!, own.places, highest);
    }
  }
}
