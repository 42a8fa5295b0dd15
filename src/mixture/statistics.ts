// Sufficient statistics: one flat buffer of counts and moments that adds up.
import type { CovarianceType } from './covariance/covariance-type.ts';
import { FarthestRows } from './farthest-rows.ts';

/** How many numbers there are of what. */
export interface StatisticsShape {
  readonly components: number;
  readonly dimensions: number;
  readonly covariance: CovarianceType;
  /** How many of the rows that are farthest from their centres are kept; none where absent. */
  readonly farthest?: number | undefined;
}

const LOG_NORMALISER = 0;
const ROWS = 1;
const WEIGHT = 2;
const HEADER = 3;

/**
 * Sufficient statistics of some rows, about the means μ that entered the pass: for each component k the count Σ r and the
 * first moment Σ r δ, for each group of the covariance type the second moment Σ r δδᵀ, where δ = x − μ; besides
 * Σ log normaliser, the number of rows and the sum of their weights. All in one flat buffer: merging is addition, but for the
 * rows that are farthest from their centres, which come last.
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
  /** Where they are asked for. */
  readonly farthest: FarthestRows | undefined;
  /** Values that add up: all but those of the farthest rows. */
  readonly sums: Float64Array;

  /** How many numbers statistics of a shape are. */
  static length(shape: StatisticsShape): number {
    return sumsLength(shape) + FarthestRows.length(shape.farthest ?? 0, shape.dimensions);
  }

  constructor(shape: StatisticsShape) {
    const { components, dimensions, covariance } = shape;
    const size = covariance.size(dimensions);
    const groups = covariance.shared ? 1 : components;
    const firstAt = HEADER + components;
    const secondAt = firstAt + components * dimensions;
    const values = new Float64Array(Statistics.length(shape));
    const view = (start: number, length: number): Float64Array => values.subarray(start, start + length);
    const length = sumsLength(shape);
    this.shape = shape;
    this.values = values;
    this.sums = view(0, length);
    this.farthest = shape.farthest ? new FarthestRows(values.subarray(length), dimensions) : undefined;
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

  /** The components that no row was given to, in their order. */
  get empty(): number[] {
    return [...this.counts.keys()].filter((k) => this.counts[k] === 0);
  }

  /** Where log densities are −½ squared distances: their weighted mean. */
  get meanSquare(): number {
    return (-2 * this.logNormaliser) / this.weight;
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

  /** Replaces the number of rows and the sum of their weights. */
  withHeader(rows: number, weight: number): this {
    this.values[ROWS] = rows;
    this.values[WEIGHT] = weight;
    return this;
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

  /** Adds other statistics, or their values; `times` many times. The rows farthest from their centres are merged if both have them. */
  merge(other: { readonly values: Float64Array }, times = 1): this {
    const sums = this.sums;
    for (let i = 0; i < sums.length; i++) sums[i]! += times * other.values[i]!;
    this.farthest?.merge(other.values.subarray(sums.length));
    return this;
  }

  /** As if the weight of every row had been this many times as large. */
  scaleWeights(factor: number): this {
    const { rows } = this;
    this.scale(factor);
    this.values[ROWS] = rows;
    return this;
  }

  /** Multiplies what adds up. */
  scale(factor: number): this {
    const sums = this.sums;
    for (let i = 0; i < sums.length; i++) sums[i]! *= factor;
    return this;
  }
}

function sumsLength({ components, dimensions, covariance }: StatisticsShape): number {
  const groups = covariance.shared ? 1 : components;
  return HEADER + components * (1 + dimensions) + groups * covariance.size(dimensions);
}
