import type { Scorer } from '../scorer.ts';
import { rowsOf } from '../vector.ts';
import type { Blas } from './blas-library.ts';
import { type FeatureMap, featureMaps } from './features.ts';
import type { Memory } from './memory.ts';
import type { BatchRows } from './moments.ts';
import { type Precision, precisions } from './precision.ts';
import { BATCH } from './type.ts';

/** Φ(X) Θ in one precision. */
interface Product {
  /** What one rounding changes. */
  readonly rounding: number;
  /** Log densities that are wrong by more than this are computed the centred way. */
  readonly tolerance: number;
  multiply(blas: Blas, memory: Memory, sizes: Sizes, at: Places): void;
}

/** Rows × components, from so many features. */
interface Sizes {
  readonly rows: number;
  readonly components: number;
  readonly features: number;
}

/** Addresses. */
interface Places {
  readonly features: number;
  readonly weights: number;
  /** Room for the product of floats, which become doubles on their way to the target. */
  readonly product: number;
  readonly target: number;
}

const products: Readonly<Record<Precision, Product>> = {
  f64: {
    rounding: 2 ** -53,
    tolerance: 5e-11,
    multiply({ multiply }, memory, { rows, components, features }, at) {
      const phi = memory.doubles(at.features, features * BATCH);
      const theta = memory.doubles(at.weights, features * components);
      const out = memory.doubles(at.target, components * BATCH);
      multiply(rows, components, features, phi, BATCH, theta, features, out, BATCH);
    },
  },
  f32: {
    rounding: 2 ** -24,
    tolerance: 1e-2,
    multiply({ multiplyFloats }, memory, { rows, components, features }, at) {
      const phi = memory.floats(at.features, features * BATCH);
      const theta = memory.floats(at.weights, features * components);
      const out = memory.floats(at.product, components * BATCH);
      multiplyFloats(rows, components, features, phi, BATCH, theta, features, out, BATCH);
      memory.calls.widen!(at.product, components * BATCH, at.target);
    },
  },
};

/** How many standard deviations from its mean a row may be that a component has a share of, in each dimension. */
const REACH = 3;

/** Rows of fewer dimensions are computed faster the centred way. */
const FEWEST_DIMENSIONS = 8;

/**
 * Log densities as one product of matrices, Φ(X) Θ, by the machine's BLAS; Φ(x) = (products of x's numbers, x, 1), of rows
 * less a centre. Numbers that are large compared with their differences cancel, so that tiny and far-away components would
 * be wrong: for each the error is bounded by u (Σ √A_jj v_j)², v = |μ − c| + reach · deviation, where A is its
 * precision matrix; `doubtful` are those above the tolerance.
 */
export class Quadratic {
  /** Components to be computed the centred way. */
  readonly doubtful: readonly number[];
  readonly #memory: Memory;
  readonly #blas: Blas;
  readonly #map: FeatureMap;
  readonly #scorer: Scorer;
  readonly #centre: Float64Array;
  readonly #features: number;
  readonly #at: Readonly<Record<'centre' | 'features' | 'weights' | 'product', number>>;
  readonly #weights: Float64Array;
  readonly #precision: Precision;

  static can({ form, dimensions, evidence }: Scorer): boolean {
    return featureMaps[form] !== undefined && evidence !== undefined && dimensions >= FEWEST_DIMENSIONS;
  }

  constructor(memory: Memory, scorer: Scorer, centre: Float64Array, precision: Precision, blas: Blas) {
    const { components, dimensions, form, means, factors, constants, evidence } = scorer;
    const map = featureMaps[form]!;
    const { rounding, tolerance } = products[precision];
    const { bytes } = precisions[precision];
    const squares = map.products(dimensions);
    const size = factors.length / components;
    const deviations = rowsOf(evidence!.deviations, dimensions);
    const doubtful: number[] = [];
    this.#features = squares + dimensions + 1;
    this.#weights = new Float64Array(components * this.#features);
    for (const [k, mean] of rowsOf(means, dimensions).entries()) {
      const offset = mean.map((value, j) => value - centre[j]!);
      const matrix = map.precision(factors.subarray(k * size, (k + 1) * size), dimensions);
      const reach = offset.map((value, j) => Math.abs(value) + REACH * deviations[k]![j]!);
      const error = rounding * (matrix.most(reach) + Math.abs(constants[k]!));
      if (!(error <= tolerance)) {
        doubtful.push(k);
        continue;
      }
      const linear = matrix.times(offset);
      const constant = constants[k]! - 0.5 * linear.reduce((sum, value, j) => sum + value * offset[j]!, 0);
      this.#weights.set(
        matrix.coefficients.map((value) => -0.5 * value),
        k * this.#features,
      );
      this.#weights.set(linear, k * this.#features + squares);
      this.#weights[(k + 1) * this.#features - 1] = constant;
    }
    this.doubtful = doubtful;
    this.#memory = memory;
    this.#blas = blas;
    this.#map = map;
    this.#precision = precision;
    this.#scorer = scorer;
    this.#centre = centre;
    this.#at = {
      centre: memory.reserve(dimensions * 8),
      features: memory.reserve(this.#features * BATCH * bytes),
      weights: memory.reserve(this.#weights.length * bytes),
      product: memory.reserve(components * BATCH * bytes),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const { dimensions } = this.#scorer;
    const memory = this.#memory;
    const { view } = precisions[this.#precision];
    memory.doubles(this.#at.centre, dimensions).set(this.#centre);
    view(memory, this.#at.weights, this.#weights.length).set(this.#weights);
    view(memory, this.#at.features, this.#features * BATCH).fill(1, (this.#features - 1) * BATCH);
  }

  /** Log densities of a batch's rows under all components but the doubtful, as doubles at `target`. */
  score({ at: rowsAt, isDouble, rows }: BatchRows, target: number): void {
    const { components, dimensions } = this.#scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    const { bits, bytes } = precisions[this.#precision];
    const linear = at.features + this.#map.products(dimensions) * BATCH * bytes;
    calls[`columns${isDouble ? 64 : 32}as${bits}`]!(rowsAt, rows, dimensions, BATCH, at.centre, linear);
    calls[`${this.#map.call}${bits}`]!(linear, dimensions, BATCH, at.features);
    const sizes = { rows, components, features: this.#features };
    products[this.#precision].multiply(this.#blas, this.#memory, sizes, { ...at, target });
  }
}
