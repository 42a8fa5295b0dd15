// Screen that computes log densities as one product of matrices, Φ(X) Θ, by BLAS.
import type { Scorer } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import type { BatchRows } from '../batch-group.ts';
import type { Blas } from '../blas-library.ts';
import { BATCH } from '../kernel.ts';
import { meanOfMeans } from '../precision.ts';
import type { Memory } from '../wasm-memory.ts';
import { type FeatureMap, featureMaps } from './features.ts';
import { FLOAT_ROUNDING, type RoundingBounds } from './rounding.ts';
import type { Screen } from './screen.ts';

/** Effective number of roundings of a sum of products, with a margin: they are a random walk. */
const roundingsOf = (products: number): number => 12 + 0.8 * Math.sqrt(products);

/**
 * Log densities as one product of matrices, Φ(X) Θ, by the machine's BLAS; Φ(x) = (products of x's numbers, x, 1), of rows
 * less a centre c. Its terms are larger than their sum: with v = |μ − c| + |x − μ| and the precision matrix A, the squares
 * of the terms add up to at most (Σ A_jj v_j²)², and v_j² ≤ 2 (μ_j − c_j)² + 2 (x_j − μ_j)², of which the latter grow with
 * q = (x − μ)ᵀ A (x − μ): Σ A_jj (x_j − μ_j)² is q Σ A_jj Σ_jj / D on the average over directions, and taken as three times that.
 */
export class ProductScreen implements Screen {
  readonly bounds: readonly RoundingBounds[];
  readonly groups: number = 1;
  readonly #memory: Memory;
  readonly #blas: Blas;
  readonly #map: FeatureMap;
  readonly #dimensions: number;
  readonly #components: number;
  readonly #centre: Float64Array;
  readonly #weights: Float32Array;
  readonly #features: number;
  readonly #at: Readonly<Record<'centre' | 'features' | 'weights', number>>;
  #views: Readonly<Record<'features' | 'weights', Float32Array>> | undefined;
  #out: { readonly at: number; readonly numbers: Float32Array } | undefined;

  static can({ form }: Scorer): boolean {
    return featureMaps[form] !== undefined;
  }

  constructor(memory: Memory, scorer: Scorer, blas: Blas) {
    const { components, dimensions, form, means, factors, constants, evidence } = scorer;
    const map = featureMaps[form]!;
    const squares = map.products(dimensions);
    const size = factors.length / components;
    const features = squares + dimensions + 1;
    const roundings = roundingsOf(features);
    const deviations = rowsOf(evidence!.deviations, dimensions);
    const centre = meanOfMeans(scorer);
    const weights = new Float32Array(components * features);
    this.bounds = rowsOf(means, dimensions).map((mean, k) => {
      const offset = mean.map((value, j) => value - centre[j]!);
      const { coefficients, times, diagonal } = map.precision(
        factors.subarray(k * size, (k + 1) * size),
        dimensions,
        blas,
      );
      const linear = times(offset);
      const run = k * features;
      for (let i = 0; i < coefficients.length; i++) weights[run + i] = -0.5 * coefficients[i]!;
      weights.set(linear, run + squares);
      weights[run + features - 1] = constants[k]! - 0.5 * dot(linear, offset);
      const ofMean = dot(
        diagonal,
        offset.map((value) => value * value),
      );
      const spread =
        dot(
          diagonal,
          deviations[k]!.map((value) => value * value),
        ) / dimensions;
      return {
        error0: FLOAT_ROUNDING * (roundings * ofMean + 4 * Math.abs(constants[k]!)),
        errorSlope: FLOAT_ROUNDING * roundings * 6 * spread,
      };
    });
    this.#memory = memory;
    this.#blas = blas;
    this.#map = map;
    this.#dimensions = dimensions;
    this.#components = components;
    this.#centre = centre;
    this.#weights = weights;
    this.#features = features;
    this.#at = {
      centre: memory.reserve(dimensions * 8),
      features: memory.reserve(features * BATCH * 4),
      weights: memory.reserve(weights.length * 4),
    };
  }

  begin(): void {
    const memory = this.#memory;
    const features = memory.floats(this.#at.features, this.#features * BATCH);
    const weights = memory.floats(this.#at.weights, this.#weights.length);
    memory.doubles(this.#at.centre, this.#dimensions).set(this.#centre);
    weights.set(this.#weights);
    features.fill(1, (this.#features - 1) * BATCH);
    this.#views = { features, weights };
  }

  score({ at: rowsAt, bits, width, rows }: BatchRows, out: number): void {
    const dimensions = this.#dimensions;
    const { calls } = this.#memory;
    const { centre, features: featuresAt } = this.#at;
    const { features, weights } = this.#views!;
    const length = this.#components * BATCH;
    if (this.#out?.at !== out) this.#out = { at: out, numbers: this.#memory.floats(out, length) };
    const linear = featuresAt + this.#map.products(dimensions) * BATCH * 4;
    const inner = this.#features;
    calls[`columns${bits}`]!(rowsAt, rows, width, dimensions, BATCH, centre, linear);
    calls[this.#map.call]!(linear, dimensions, BATCH, featuresAt);
    this.#blas.floats.multiply(
      rows,
      this.#components,
      inner,
      features,
      BATCH,
      weights,
      inner,
      this.#out.numbers,
      BATCH,
    );
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}
