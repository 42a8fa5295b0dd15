// Marginal density and conditional moments of a row with missing numbers.
import { full } from '../../mixture/covariance/full.ts';
import { covarianceNamed } from '../../mixture/covariance/index.ts';
import { isProduct, type Scorer } from '../../mixture/scorer.ts';
import { logGammaRatio } from '../../util/special-functions.ts';

const LOG_2PI: number = Math.log(2 * Math.PI);

/** Density and moments of a row with missing numbers, under one component. */
export interface Marginal {
  /** The log density of what is there. */
  density: number;
  /** Row less mean, the missing numbers in place of what is to be expected of them given the others: D numbers. */
  readonly expected: Float64Array;
  /**
   * Vectors, D numbers each, whose outer products add up to what the covariance type keeps of the covariance of the missing
   * numbers given the others.
   */
  readonly spread: readonly Float64Array[];
}

/** Of a Student-t distribution; see `Scorer`. */
interface Tail {
  readonly rate: number;
  readonly exponent: number;
}

/**
 * Densities of rows with missing numbers (NaN), a component at a time. With the precision A, where M are the missing and O the
 * other places: ∫ exp(constant − ½ δᵀAδ) dx_M = exp(constant + ½ |M| log 2π − ½ log|A_MM| − ½ (δ_OᵀA_OO δ_O − ‖L⁻¹A_MO δ_O‖²)),
 * A_MM = LLᵀ; x_M given x_O is normal with mean μ_M − A_MM⁻¹A_MO δ_O and covariance A_MM⁻¹ (Ghahramani & Jordan 1994). In
 * variational models A is E[Λ], and the same is the best q(x_M). Distances simply leave missing numbers out. Memory is D² numbers
 * where A is a matrix, else D.
 */
export class Marginals {
  readonly #scorer: Scorer;
  /** Whether A is a matrix, and no diagonal. */
  readonly #isMatrix: boolean;
  /** A, row-major, or its diagonal. */
  readonly #precision: Float64Array;
  readonly #mean: Float64Array;
  #constant = 0;
  #tail: Tail | undefined;
  readonly #isProduct: boolean;
  readonly #delta: Float64Array;

  constructor(scorer: Scorer) {
    const { dimensions, form, whitening } = scorer;
    const { order } = covarianceNamed(form).wishart(dimensions);
    this.#scorer = scorer;
    this.#isMatrix = whitening !== undefined || order > 1;
    this.#precision = new Float64Array(this.#isMatrix ? dimensions * dimensions : dimensions);
    this.#isProduct = isProduct(scorer);
    this.#mean = new Float64Array(dimensions);
    this.#delta = new Float64Array(dimensions);
    if (whitening) this.#setPrecision(whitening.factor);
  }

  /** D numbers of the component that was chosen. */
  get mean(): Float64Array {
    return this.#mean;
  }

  /** Chooses the component that what follows is about. */
  choose(k: number): void {
    const { dimensions, means, factors, components, constants, tails, whitening } = this.#scorer;
    const mean = means.subarray(k * dimensions, (k + 1) * dimensions);
    this.#constant = constants[k]!;
    this.#tail = tails && { rate: tails.rates[k]!, exponent: tails.exponents[k]! };
    if (whitening) {
      full.unwhiten(whitening.factor, mean, this.#mean);
      for (let j = 0; j < dimensions; j++) this.#mean[j]! += whitening.centre[j]!;
      return;
    }
    this.#mean.set(mean);
    const size = factors.length / components;
    this.#setPrecision(factors.subarray(k * size, (k + 1) * size));
  }

  /** Of a row of which `missing` lists the places that are missing; `wantsSpread` says whether moments are asked for. */
  of(row: Float64Array | Float32Array, missing: readonly number[], wantsSpread: boolean): Marginal {
    const { dimensions } = this.#scorer;
    const delta = this.#delta;
    for (let j = 0; j < dimensions; j++) delta[j] = Number.isNaN(row[j]!) ? 0 : row[j]! - this.#mean[j]!;
    if (!this.#isMatrix) return this.#ofIndependent(missing, wantsSpread);
    const a = this.#precision;
    const expected = delta.slice();
    let square = 0;
    for (let i = 0; i < dimensions; i++) {
      let sum = 0;
      for (let j = 0; j < dimensions; j++) sum += a[i * dimensions + j]! * delta[j]!;
      square += delta[i]! * sum;
    }
    const count = missing.length;
    const factor = choleskyOf(a, dimensions, missing);
    const solved = new Float64Array(count);
    let logDeterminant = 0;
    for (let m = 0; m < count; m++) {
      let sum = 0;
      for (let j = 0; j < dimensions; j++) sum += a[missing[m]! * dimensions + j]! * delta[j]!;
      for (let l = 0; l < m; l++) sum -= factor[m * count + l]! * solved[l]!;
      solved[m] = sum / factor[m * count + m]!;
      square -= solved[m]! ** 2;
      logDeterminant += 2 * Math.log(factor[m * count + m]!);
    }
    const density = this.#scorer.isDistance
      ? -0.5 * square
      : this.#tail
        ? this.#constant + this.#heavyTailed(this.#tail, delta, count, square) - 0.5 * logDeterminant
        : this.#constant + 0.5 * (count * LOG_2PI - logDeterminant - square);
    if (!wantsSpread) return { density, expected, spread: [] };
    const shift = backSubstituted(factor, count, solved);
    for (const [m, place] of missing.entries()) expected[place] = -shift[m]!;
    const spread = missing.map((_, m) => {
      const unit = new Float64Array(count);
      unit[m] = 1;
      const column = backSubstituted(factor, count, unit);
      const vector = new Float64Array(dimensions);
      for (const [l, place] of missing.entries()) vector[place] = column[l]!;
      return vector;
    });
    return { density, expected, spread };
  }

  /** Where columns are independent given the component: one vector has the variances of all that is missing. */
  #ofIndependent(missing: readonly number[], wantsSpread: boolean): Marginal {
    const { dimensions, isDistance } = this.#scorer;
    const a = this.#precision;
    const delta = this.#delta;
    let square = 0;
    for (let j = 0; j < dimensions; j++) square += a[j]! * delta[j]! * delta[j]!;
    const expected = delta.slice();
    if (isDistance) return { density: -0.5 * square, expected, spread: [] };
    let logDeterminant = 0;
    for (const place of missing) logDeterminant += Math.log(a[place]!);
    const density = this.#tail
      ? this.#constant + this.#heavyTailed(this.#tail, delta, missing.length, square) - 0.5 * logDeterminant
      : this.#constant + 0.5 * (missing.length * LOG_2PI - logDeterminant - square);
    if (!wantsSpread) return { density, expected, spread: [] };
    const deviations = new Float64Array(dimensions);
    for (const place of missing) deviations[place] = 1 / Math.sqrt(a[place]!);
    return { density, expected, spread: [deviations] };
  }

  /**
   * Replaces −½ square where components are Student-t distributions, and corrects the constant: marginal densities
   * have as many degrees of freedom, in fewer dimensions.
   */
  #heavyTailed({ rate, exponent }: Tail, delta: Float64Array, count: number, square: number): number {
    const a = this.#precision;
    const [ratios, step] = this.#isProduct ? [count, 0.5] : [1, count / 2];
    const least = exponent - step;
    const ofMissing = ratios * logGammaRatio(least, step) + 0.5 * count * Math.log((rate * least) / Math.PI);
    if (!this.#isProduct) return -ofMissing - (exponent - step) * Math.log1p(rate * square);
    let sum = 0;
    for (let j = 0; j < delta.length; j++) sum += Math.log1p(rate * a[j]! * delta[j]! ** 2);
    return -ofMissing - exponent * sum;
  }

  /** A = PᵀP. */
  #setPrecision(factor: Float64Array): void {
    const { dimensions, form, whitening } = this.#scorer;
    const type = whitening ? full : covarianceNamed(form);
    const [unit, column] = [new Float64Array(dimensions), new Float64Array(dimensions)];
    if (!this.#isMatrix) {
      type.whiten(factor, unit.fill(1), column);
      for (let j = 0; j < dimensions; j++) this.#precision[j] = column[j]! * column[j]!;
      return;
    }
    const columns = Array.from({ length: dimensions }, (_, j) => {
      unit.fill(0);
      unit[j] = 1;
      type.whiten(factor, unit, column);
      return column.slice();
    });
    for (let i = 0; i < dimensions; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let l = i; l < dimensions; l++) sum += columns[i]![l]! * columns[j]![l]!;
        this.#precision[i * dimensions + j] = sum;
        this.#precision[j * dimensions + i] = sum;
      }
    }
  }
}

/** L with LLᵀ = A_MM, row-major. */
function choleskyOf(a: Float64Array, dimensions: number, places: readonly number[]): Float64Array {
  const count = places.length;
  const factor = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[places[i]! * dimensions + places[j]!]!;
      for (let l = 0; l < j; l++) sum -= factor[i * count + l]! * factor[j * count + l]!;
      factor[i * count + j] = i === j ? Math.sqrt(sum) : sum / factor[j * count + j]!;
    }
  }
  return factor;
}

/** x with Lᵀx = b. */
function backSubstituted(factor: Float64Array, count: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = count - 1; i >= 0; i--) {
    for (let l = i + 1; l < count; l++) x[i]! -= factor[l * count + i]! * x[l]!;
    x[i]! /= factor[i * count + i]!;
  }
  return x;
}
