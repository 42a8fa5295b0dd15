// Where components are moved to.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { factoriseGroups } from '../../mixture/compile.ts';
import { spherical } from '../../mixture/covariance/spherical.ts';
import { covarianceOf, type Mixture, type Parameters } from '../../mixture/mixture.ts';
import type { Random } from '../../util/random.ts';
import { type RowSample, rowAt } from '../initialization/row-sample.ts';
import { type ExplainedRows, NOBODY } from './explained-rows.ts';

/** Rounds of k-means among the components that share the rows of one. */
const ROUNDS = 5;

/**
 * Places components at rows that are far from those that are left, as k-means++ does, each distance in the metric of the component
 * that explains the row best, its parent; k-means in the same metric then shares the rows of a parent out among it and what was
 * placed beside it.
 */
export class Placement {
  /** K × D. */
  readonly means: Float64Array;
  /** Components whose rows change. */
  readonly concerned = new Set<number>();
  /** Of each row the component that it is given to; of rows that are not concerned their parent. */
  readonly labels: Int32Array;
  readonly #dimensions: number;
  readonly #sample: RowSample & { readonly weights: Float64Array };
  readonly #random: Random;
  readonly #parents: Int32Array;
  /** Rows less the mean of their parent, whitened by it: n × D. */
  readonly #whitened: Float64Array;
  /** To the nearest of those placed so far. */
  readonly #distances: Float64Array;
  /** For each parent it and what was placed beside it: components, and their means in its metric. */
  readonly #families = new Map<number, Map<number, Float64Array>>();

  constructor(
    mixture: Mixture,
    parameters: Parameters,
    sample: RowSample & { readonly weights: Float64Array },
    explained: ExplainedRows,
    random: Random,
  ) {
    const { dimensions } = mixture;
    this.#dimensions = dimensions;
    this.#sample = sample;
    this.#random = random;
    this.means = parameters.means.slice();
    this.#parents = Int32Array.from({ length: explained.rows }, (_, n) => explained.best(n));
    this.labels = this.#parents.slice();
    this.#whitened = whiten(mixture, parameters, sample, this.#parents);
    const origin = new Float64Array(dimensions);
    this.#distances = Float64Array.from(this.#parents, (k, n) => (k === NOBODY ? 0 : this.#distance(n, origin)));
    for (const [n, parent] of this.#parents.entries()) {
      if (explained.isOrphan(n) && parent !== NOBODY) this.concerned.add(parent);
    }
  }

  /** Returns whether there was a place for every component. */
  place(components: readonly number[]): boolean {
    for (const k of components) {
      const row = this.#draw();
      if (row === undefined) return false;
      const parent = this.#parents[row]!;
      const mean = rowAt({ rows: this.#whitened }, this.#dimensions, row).slice();
      this.concerned.add(k).add(parent);
      if (!this.#families.has(parent))
        this.#families.set(parent, new Map([[parent, new Float64Array(this.#dimensions)]]));
      this.#families.get(parent)!.set(k, mean);
      for (const [n, of] of this.#parents.entries()) {
        if (of === parent) this.#distances[n] = Math.min(this.#distances[n]!, this.#distance(n, mean));
      }
    }
    this.#share();
    for (let round = 1; round < ROUNDS; round++) {
      this.#average(this.#whitened, (parent, k) => this.#families.get(parent)!.get(k)!);
      this.#share();
    }
    this.#average(this.#sample.rows, (_, k) => rowAt({ rows: this.means }, this.#dimensions, k));
    return true;
  }

  /** Gives each row to the nearest of its parent's family. */
  #share(): void {
    for (const [n, parent] of this.#parents.entries()) {
      let least = Number.POSITIVE_INFINITY;
      for (const [k, mean] of this.#families.get(parent) ?? []) {
        const distance = this.#distance(n, mean);
        if (!(distance < least)) continue;
        least = distance;
        this.labels[n] = k;
      }
    }
  }

  /** Writes the weighted means of the rows that members of families were given; a member without rows keeps its own. */
  #average(rows: Float64Array, meanOf: (parent: number, component: number) => Float64Array): void {
    const dimensions = this.#dimensions;
    for (const [parent, members] of this.#families) {
      for (const k of members.keys()) {
        const total = new Float64Array(dimensions);
        let weight = 0;
        for (const [n, label] of this.labels.entries()) {
          if (label !== k || this.#parents[n] !== parent) continue;
          weight += this.#sample.weights[n]!;
          for (let j = 0; j < dimensions; j++) total[j]! += this.#sample.weights[n]! * rows[n * dimensions + j]!;
        }
        if (weight > 0) meanOf(parent, k).set(total.map((sum) => sum / weight));
      }
    }
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

  /** The squared distance of a row from a mean in its parent's metric. */
  #distance(row: number, mean: Float64Array): number {
    let square = 0;
    for (let j = 0, at = row * this.#dimensions; j < mean.length; j++, at++)
      square += (this.#whitened[at]! - mean[j]!) ** 2;
    return square;
  }
}

function whiten(mixture: Mixture, parameters: Parameters, { rows }: RowSample, parents: Int32Array): Float64Array {
  const { dimensions, covariance } = mixture;
  const type = covariance === null ? spherical : covarianceOf(mixture);
  const factors = covariance === null ? [Float64Array.of(1)] : factoriseGroups(mixture, parameters).factors;
  const whitened = new Float64Array(rows.length);
  const difference = new Float64Array(dimensions);
  for (const [n, parent] of parents.entries()) {
    if (parent === NOBODY) continue;
    for (let j = 0; j < dimensions; j++) {
      difference[j] = rows[n * dimensions + j]! - parameters.means[parent * dimensions + j]!;
    }
    const factor = factors[covariance === null || type.shared ? 0 : parent]!;
    type.whiten(factor, difference, whitened.subarray(n * dimensions, (n + 1) * dimensions));
  }
  return whitened;
}
