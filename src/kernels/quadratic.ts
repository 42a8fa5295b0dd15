import type { Scorer } from '../scorer.ts';
import { rowsOf } from '../vector.ts';
import type { Blas } from './blas-library.ts';
import { type FeatureMap, featureMaps } from './features.ts';
import type { Memory } from './memory.ts';
import type { BatchRows } from './moments.ts';
import { BATCH } from './type.ts';

/** Log densities that are wrong by more than this are computed the centred way. */
const TOLERANCE = 5e-11;
const ROUNDING = 2 ** -53;
/** How many roundings a sum of many products is wrong by, in effect; they mostly cancel. */
const ROUNDINGS = 1;
/** How many standard deviations from its mean a row may be that a component has a share of, in each dimension. */
const REACH = 3;

/** Rows of fewer dimensions are computed faster the centred way. */
const FEWEST_DIMENSIONS = 8;

/**
 * Log densities as one product of matrices, Φ(X) Θ, by the machine's BLAS; Φ(x) = (products of x's numbers, x, 1), of rows
 * less a centre. Numbers that are large compared with their differences cancel, so that tiny and far-away components would
 * be wrong: for each the error is bounded by roundings · u · (Σ √A_jj v_j)², v = |μ − c| + reach · deviation, where A is its
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
  readonly #at: Readonly<Record<'centre' | 'features' | 'weights', number>>;
  readonly #weights: Float64Array;
  #views: { readonly features: Float64Array; readonly weights: Float64Array } | undefined;

  static can({ form, dimensions, evidence }: Scorer): boolean {
    return featureMaps[form] !== undefined && evidence !== undefined && dimensions >= FEWEST_DIMENSIONS;
  }

  constructor(memory: Memory, scorer: Scorer, centre: Float64Array, blas: Blas) {
    const { components, dimensions, form, means, factors, constants, evidence } = scorer;
    const map = featureMaps[form]!;
    const products = map.products(dimensions);
    const size = factors.length / components;
    const deviations = rowsOf(evidence!.deviations, dimensions);
    const doubtful: number[] = [];
    this.#features = products + dimensions + 1;
    this.#weights = new Float64Array(components * this.#features);
    for (const [k, mean] of rowsOf(means, dimensions).entries()) {
      const offset = mean.map((value, j) => value - centre[j]!);
      const precision = map.precision(factors.subarray(k * size, (k + 1) * size), dimensions);
      const reach = offset.map((value, j) => Math.abs(value) + REACH * deviations[k]![j]!);
      const error = ROUNDINGS * ROUNDING * (precision.most(reach) + Math.abs(constants[k]!));
      if (!(error <= TOLERANCE)) {
        doubtful.push(k);
        continue;
      }
      const linear = precision.times(offset);
      const constant = constants[k]! - 0.5 * linear.reduce((sum, value, j) => sum + value * offset[j]!, 0);
      this.#weights.set(
        precision.coefficients.map((value) => -0.5 * value),
        k * this.#features,
      );
      this.#weights.set(linear, k * this.#features + products);
      this.#weights[(k + 1) * this.#features - 1] = constant;
    }
    this.doubtful = doubtful;
    this.#memory = memory;
    this.#blas = blas;
    this.#map = map;
    this.#scorer = scorer;
    this.#centre = centre;
    this.#at = {
      centre: memory.reserve(dimensions * 8),
      features: memory.reserve(this.#features * BATCH * 8),
      weights: memory.reserve(this.#weights.length * 8),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const { dimensions } = this.#scorer;
    const memory = this.#memory;
    const features = memory.doubles(this.#at.features, this.#features * BATCH);
    const weights = memory.doubles(this.#at.weights, this.#weights.length);
    memory.doubles(this.#at.centre, dimensions).set(this.#centre);
    weights.set(this.#weights);
    features.fill(1, (this.#features - 1) * BATCH);
    this.#views = { features, weights };
  }

  /** Log densities of a batch's rows under all components but the doubtful. */
  score({ at, isDouble, rows }: BatchRows, densities: Float64Array): void {
    const { components, dimensions } = this.#scorer;
    const { calls } = this.#memory;
    const linear = this.#at.features + this.#map.products(dimensions) * BATCH * 8;
    calls[`columns${isDouble ? 64 : 32}as64`]!(at, rows, dimensions, BATCH, this.#at.centre, linear);
    calls[this.#map.call]!(linear, dimensions, BATCH, this.#at.features);
    const { features, weights } = this.#views!;
    this.#blas.multiply(rows, components, this.#features, features, BATCH, weights, this.#features, densities, BATCH);
  }
}
