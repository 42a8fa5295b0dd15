// The first reading of data with missing numbers.
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import type { BrokenRow } from '../../mixture/missing-rows.ts';

/** Sums over rows, for each column or for each pair of columns: see `MissingMoments`. */
interface Sums {
  readonly centre: Float64Array;
  /** Of column i, over the rows in which column j is there too. */
  readonly weights: Float64Array;
  readonly firsts: Float64Array;
  readonly products: Float64Array;
}

/** State of the sums: plain data. */
export interface MissingState {
  readonly weight: number;
  readonly sums: Sums | undefined;
}

/**
 * Sums over rows with missing numbers, about a fixed centre: of each column and, for covariances that are matrices, of each pair
 * of columns where both numbers are there. Together with the moments of whole rows they give the mean of what is there of each
 * column, and the covariance of all rows with the mean in place of what is missing. No memory is taken before the first such row:
 * then 3 D numbers, or 3 D² for matrices.
 */
export class MissingMoments {
  weight: number;
  readonly #dimensions: number;
  /** How many columns a column is paired with: all (sums are row-major), or only itself. */
  readonly #pairs: number;
  #lazy: Sums | undefined;

  constructor(dimensions: number, type: CovarianceType, state?: MissingState) {
    this.weight = state?.weight ?? 0;
    this.#lazy = state?.sums;
    this.#dimensions = dimensions;
    this.#pairs = type.wishart(dimensions).order;
  }

  get state(): MissingState {
    return { weight: this.weight, sums: this.#lazy };
  }

  add(rows: readonly BrokenRow[]): void {
    const [first] = rows;
    if (!first) return;
    const { centre, weights, firsts, products } = this.#sumsAbout(first.row);
    for (const { row, weight } of rows) {
      this.weight += weight;
      for (let i = 0, at = 0; i < this.#dimensions; i++) {
        const x = row[i]! - centre[i]!;
        for (let j = this.#firstOf(i), end = j + this.#pairs; j < end; j++, at++) {
          if (Number.isNaN(x) || Number.isNaN(row[j]!)) continue;
          weights[at]! += weight;
          firsts[at]! += weight * x;
          products[at]! += weight * x * (row[j]! - centre[j]!);
        }
      }
    }
  }

  /** The mean of each column, with those of whole rows; NaN where no number is there. */
  mean(wholeMean: Float64Array, wholeWeight: number): Float64Array {
    const sums = this.#lazy;
    if (!sums) return wholeMean;
    return wholeMean.map((whole, j) => {
      const at = this.#placeOf(j, j);
      const seen = sums.weights[at]!;
      return (wholeWeight * whole + seen * sums.centre[j]! + sums.firsts[at]!) / (wholeWeight + seen);
    });
  }

  /**
   * Adds Σ over the rows of (x_i − m_i) (x_j − m_j), with 0 for what is missing, to a group of the covariance type: what it holds
   * of that matrix, which is its lower triangle, its diagonal, its trace, or nothing.
   */
  addScatter(group: Float64Array, mean: Float64Array): void {
    const sums = this.#lazy;
    if (!sums || group.length === 0) return;
    const shift = mean.map((value, j) => value - sums.centre[j]!);
    for (let i = 0, to = 0; i < this.#dimensions; i++) {
      for (let j = this.#firstOf(i); j <= i; j++, to++) {
        const [at, mirrored] = [this.#placeOf(i, j), this.#placeOf(j, i)];
        const cross = shift[i]! * sums.firsts[mirrored]! + shift[j]! * sums.firsts[at]!;
        group[to % group.length]! += sums.products[at]! - cross + sums.weights[at]! * shift[i]! * shift[j]!;
      }
    }
  }

  #firstOf(column: number): number {
    return this.#pairs > 1 ? 0 : column;
  }

  #placeOf(i: number, j: number): number {
    return this.#pairs > 1 ? i * this.#pairs + j : i;
  }

  #sumsAbout(row: Float64Array | Float32Array): Sums {
    const length = this.#dimensions * this.#pairs;
    this.#lazy ??= {
      centre: Float64Array.from(row, (value) => (Number.isNaN(value) ? 0 : value)),
      weights: new Float64Array(length),
      firsts: new Float64Array(length),
      products: new Float64Array(length),
    };
    return this.#lazy;
  }
}
