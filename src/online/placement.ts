import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { spherical } from '../covariance/spherical.ts';
import { covarianceOf, factoriseGroups, type Mixture, type Parameters } from '../mixture.ts';
import type { Random } from '../random.ts';
import { type RowSample, rowAt } from '../start/row-sample.ts';
import type { ExplainedRows } from './explained-rows.ts';

/**
 * Places components at rows that are far from those that are left, as k-means++ does, each distance in the metric of the component
 * that explains the row best; the rows of such a component are then shared out to the nearest of it and what was placed beside it.
 */
export class Placement {
  /** K × D. */
  readonly means: Float64Array;
  /** Components whose rows change. */
  readonly concerned = new Set<number>();
  /** Rows of the sample, and the components that they are given to. */
  readonly labels = new Map<number, number>();
  readonly #mixture: Mixture;
  readonly #sample: RowSample & { readonly weights: Float64Array };
  readonly #random: Random;
  /** Of each row, the component that is left and explains it best; −1 if none is known. */
  readonly #parents: Int32Array;
  readonly #distances: Float64Array;
  readonly #labels: Int32Array;
  readonly #factors: readonly Float64Array[];
  readonly #scratch: readonly [Float64Array, Float64Array];

  constructor(
    mixture: Mixture,
    parameters: Parameters,
    sample: RowSample & { readonly weights: Float64Array },
    explained: ExplainedRows,
    random: Random,
  ) {
    const { dimensions } = mixture;
    this.#mixture = mixture;
    this.#sample = sample;
    this.#random = random;
    this.means = parameters.means.slice();
    this.#factors = mixture.covariance === null ? [Float64Array.of(1)] : factoriseGroups(mixture, parameters).factors;
    this.#scratch = [new Float64Array(dimensions), new Float64Array(dimensions)];
    this.#parents = Int32Array.from({ length: explained.rows }, (_, n) => explained.best(n).component);
    this.#labels = this.#parents.slice();
    this.#distances = Float64Array.from(this.#parents, (k, n) => (k < 0 ? 0 : this.#distance(n, k, k)));
    for (let n = 0; n < explained.rows; n++) {
      if (explained.isOrphan(n) && this.#parents[n]! >= 0) this.concerned.add(this.#parents[n]!);
    }
  }

  /** Returns whether there was a place for every component. */
  place(components: readonly number[]): boolean {
    const { dimensions } = this.#mixture;
    for (const k of components) {
      const row = this.#draw();
      if (row === undefined) return false;
      this.means.set(rowAt(this.#sample, dimensions, row), k * dimensions);
      const parent = this.#parents[row]!;
      this.concerned.add(k).add(parent);
      for (let n = 0; n < this.#parents.length; n++) {
        if (this.#parents[n] !== parent) continue;
        const distance = this.#distance(n, k, parent);
        if (distance >= this.#distances[n]!) continue;
        this.#distances[n] = distance;
        this.#labels[n] = k;
      }
    }
    for (const [n, k] of this.#labels.entries()) if (this.concerned.has(k)) this.labels.set(n, k);
    return true;
  }

  /** A row, in proportion to its weight times its squared distance. */
  #draw(): number | undefined {
    const { weights } = this.#sample;
    const distances = this.#distances;
    let total = 0;
    for (let n = 0; n < distances.length; n++) total += weights[n]! * distances[n]!;
    if (!(total > 0)) return undefined;
    let left = uniformFloat64(this.#random) * total;
    let last: number | undefined;
    for (let n = 0; n < distances.length && left >= 0; n++) {
      if (distances[n] === 0 || weights[n] === 0) continue;
      last = n;
      left -= weights[n]! * distances[n]!;
    }
    return last;
  }

  /** The squared distance of a row from the mean of component `to`, in the metric of component `of`. */
  #distance(row: number, to: number, of: number): number {
    const { dimensions, covariance } = this.#mixture;
    const type = covariance === null ? spherical : covarianceOf(this.#mixture);
    const [difference, whitened] = this.#scratch;
    for (let j = 0; j < dimensions; j++) {
      difference[j] = this.#sample.rows[row * dimensions + j]! - this.means[to * dimensions + j]!;
    }
    type.whiten(this.#factors[covariance === null || type.shared ? 0 : of]!, difference, whitened);
    let square = 0;
    for (const value of whitened) square += value * value;
    return square;
  }
}
