import type { BrokenRow } from '../sources/missing-rows.ts';

/**
 * Sums over rows with missing numbers, about a fixed centre: of each column, and of each pair of columns where both numbers
 * are there. Together with the moments of whole rows they give the mean of what is there of each column, and the covariance of
 * all rows with the mean in place of what is missing.
 */
export class MissingMoments {
  weight = 0;
  readonly #dimensions: number;
  #centre: Float64Array | undefined;
  /** Of column i, over the rows in which column j is there too: D × D. */
  readonly #weights: Float64Array;
  readonly #sums: Float64Array;
  readonly #products: Float64Array;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#weights = new Float64Array(dimensions * dimensions);
    this.#sums = new Float64Array(dimensions * dimensions);
    this.#products = new Float64Array(dimensions * dimensions);
  }

  add(rows: readonly BrokenRow[]): void {
    const dimensions = this.#dimensions;
    const [first] = rows;
    if (!first) return;
    this.#centre ??= Float64Array.from(first.row, (value) => (Number.isNaN(value) ? 0 : value));
    for (const { row, weight } of rows) {
      this.weight += weight;
      for (let i = 0; i < dimensions; i++) {
        if (Number.isNaN(row[i]!)) continue;
        const x = row[i]! - this.#centre[i]!;
        for (let j = 0, at = i * dimensions; j < dimensions; j++, at++) {
          if (Number.isNaN(row[j]!)) continue;
          this.#weights[at]! += weight;
          this.#sums[at]! += weight * x;
          this.#products[at]! += weight * x * (row[j]! - this.#centre[j]!);
        }
      }
    }
  }

  /** The mean of each column, with those of whole rows; NaN where no number is there. */
  mean(wholeMean: Float64Array, wholeWeight: number): Float64Array {
    return wholeMean.map((whole, j) => {
      const at = j * this.#dimensions + j;
      const seen = this.#weights[at]!;
      const sum = seen * (this.#centre?.[j] ?? 0) + this.#sums[at]!;
      return (wholeWeight * whole + sum) / (wholeWeight + seen);
    });
  }

  /** Σ over the rows of (x_i − m_i) (x_j − m_j), with 0 for what is missing: D × D, row-major. */
  scatter(mean: Float64Array): Float64Array {
    const dimensions = this.#dimensions;
    const shift = mean.map((value, j) => value - (this.#centre?.[j] ?? 0));
    return this.#products.map((product, at) => {
      const [i, j] = [Math.floor(at / dimensions), at % dimensions];
      const mirrored = j * dimensions + i;
      const cross = shift[i]! * this.#sums[mirrored]! + shift[j]! * this.#sums[at]!;
      return product - cross + this.#weights[at]! * shift[i]! * shift[j]!;
    });
  }
}
