// The feature map Φ of each covariance type.
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import type { Blas } from '../blas-library.ts';

/** How rows become features of which log densities are linear functions: Φ(x) = (products of x's numbers, x, 1). */
export interface FeatureMap {
  /** The function that computes the products. */
  readonly call: string;
  /** How many products there are. */
  products(dimensions: number): number;
  /** The precision matrix A = PᵀP of a factor as what the products are multiplied by in xᵀA x; and A itself times a vector. */
  precision(factor: Float64Array, dimensions: number, blas: Blas): PrecisionFeatures;
}

interface PrecisionFeatures {
  readonly coefficients: Float64Array;
  times(vector: Float64Array): Float64Array;
  /** D numbers. */
  readonly diagonal: Float64Array;
}

/** The feature map of each form; those that have none are computed the centred way. */
export const featureMaps: Readonly<Partial<Record<CovarianceName, FeatureMap>>> = {
  full: { call: 'products', products: (dimensions) => (dimensions * (dimensions + 1)) / 2, precision: ofTriangle },
  diagonal: { call: 'squares', products: (dimensions) => dimensions, precision: (factor) => ofSquares(factor) },
  spherical: {
    call: 'squaredNorm',
    products: () => 1,
    precision: (factor, dimensions) => ({
      ...ofSquares(new Float64Array(dimensions).fill(factor[0]!)),
      coefficients: factor.map((value) => value * value),
    }),
  },
};

function ofSquares(factor: Float64Array): PrecisionFeatures {
  const precision = factor.map((value) => value * value);
  return {
    coefficients: precision,
    times: (vector) => vector.map((value, j) => precision[j]! * value),
    diagonal: precision,
  };
}

function ofTriangle(factor: Float64Array, dimensions: number, blas: Blas): PrecisionFeatures {
  const rows = new Float64Array(dimensions * dimensions);
  for (let i = 0, at = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++) rows[i * dimensions + j] = factor[at++]!;
  }
  const product = new Float64Array(rows.length);
  const sizes = [dimensions, dimensions, dimensions] as const;
  blas.doubles.addTransposed(...sizes, rows, dimensions, rows, dimensions, product, dimensions);
  const precision = new Float64Array(factor.length);
  for (let i = 0, at = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++) precision[at++] = product[i * dimensions + j]!;
  }
  const coefficients = new Float64Array(factor.length);
  const diagonal = new Float64Array(dimensions);
  for (let i = 0, at = 0; i < dimensions; i++) {
    for (let j = 0; j < i; j++, at++) coefficients[at] = 2 * precision[at]!;
    diagonal[i] = precision[at]!;
    coefficients[at] = precision[at++]!;
  }
  return { coefficients, diagonal, times: (vector) => timesTriangle(precision, vector) };
}

/** A symmetric matrix, of which the lower triangle is packed, times a vector. */
function timesTriangle(triangle: Float64Array, vector: Float64Array): Float64Array {
  const out = new Float64Array(vector.length);
  for (let i = 0, at = 0; i < vector.length; i++) {
    let sum = 0;
    for (let j = 0; j < i; j++, at++) {
      sum += triangle[at]! * vector[j]!;
      out[j]! += triangle[at]! * vector[i]!;
    }
    out[i] = sum + triangle[at++]! * vector[i]!;
  }
  return out;
}
