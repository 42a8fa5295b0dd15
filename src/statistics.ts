import type { CovarianceType } from './covariance/type.ts';

/** How many numbers there are of what. */
export interface StatisticsShape {
  readonly components: number;
  readonly dimensions: number;
  readonly covariance: CovarianceType;
}

const LOG_NORMALISER = 0;
const ROWS = 1;
const WEIGHT = 2;
const HEADER = 3;

/**
 * Sufficient statistics of some rows, about the means μ that entered the pass: for each component k the count Σ r and the
 * first moment Σ r δ, for each group of the covariance type the second moment Σ r δδᵀ, where δ = x − μ; besides
 * Σ log normaliser, the number of rows and the sum of their weights. All in one flat buffer: merging is addition.
 */
export class Statistics {
  readonly values: Float64Array;
  readonly shape: StatisticsShape;
  /** K counts. */
  readonly counts: Float64Array;
  /** For each component, D numbers. */
  readonly first: readonly Float64Array[];
  /** For each component, the group of its covariance; the same one for all if that is shared. */
  readonly second: readonly Float64Array[];

  /** How many numbers statistics of a shape are. */
  static length({ components, dimensions, covariance }: StatisticsShape): number {
    const groups = covariance.shared ? 1 : components;
    return HEADER + components * (1 + dimensions) + groups * covariance.size(dimensions);
  }

  constructor(shape: StatisticsShape) {
    const { components, dimensions, covariance } = shape;
    const size = covariance.size(dimensions);
    const groups = covariance.shared ? 1 : components;
    const firstAt = HEADER + components;
    const secondAt = firstAt + components * dimensions;
    const values = new Float64Array(Statistics.length(shape));
    const view = (start: number, length: number): Float64Array => values.subarray(start, start + length);
    this.shape = shape;
    this.values = values;
    this.counts = view(HEADER, components);
    this.first = Array.from({ length: components }, (_, k) => view(firstAt + k * dimensions, dimensions));
    const second = Array.from({ length: groups }, (_, g) => view(secondAt + g * size, size));
    this.second = Array.from({ length: components }, (_, k) => second[covariance.shared ? 0 : k]!);
  }

  /** Σ over rows of weight × log normaliser. */
  get logNormaliser(): number {
    return this.values[LOG_NORMALISER]!;
  }

  /** How many rows were added. */
  get rows(): number {
    return this.values[ROWS]!;
  }

  /** Σ of their weights. */
  get weight(): number {
    return this.values[WEIGHT]!;
  }

  /** Adds to the header. */
  addRows(rows: number, weight: number, logNormaliser: number): void {
    this.values[ROWS]! += rows;
    this.values[WEIGHT]! += weight;
    this.values[LOG_NORMALISER]! += logNormaliser;
  }

  /** Σ log normaliser is replaced by another sum over rows. */
  setLogNormaliser(sum: number): void {
    this.values[LOG_NORMALISER] = sum;
  }

  copy(): Statistics {
    const copy = new Statistics(this.shape);
    copy.values.set(this.values);
    return copy;
  }

  zero(): this {
    this.values.fill(0);
    return this;
  }

  /** Adds other statistics of the same shape, or their values; so many times. */
  merge(other: { readonly values: Float64Array }, times = 1): this {
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i]! += times * other.values[i]!;
    return this;
  }

  scale(factor: number): this {
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i]! *= factor;
    return this;
  }
}
