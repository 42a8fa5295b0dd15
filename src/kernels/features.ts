import type { CovarianceName } from '../covariance/index.ts';

/** How rows become features of which log densities are linear functions: Φ(x) = (products of x's numbers, x, 1). */
export interface FeatureMap {
  /** The function that computes the products. */
  readonly call: string;
  /** How many products there are. */
  products(dimensions: number): number;
  /** The precision matrix A = PᵀP of a factor as what the products are multiplied by in xᵀA x; and A itself times a vector. */
  precision(factor: Float64Array, dimensions: number): Precision;
}

interface Precision {
  readonly coefficients: Float64Array;
  times(vector: Float64Array): Float64Array;
  /** D numbers. */
  readonly diagonal: Float64Array;
}

/** The feature map of each form; those that have none are computed the centred way. */
export const featureMaps: Readonly<Record<CovarianceName, FeatureMap | undefined>> = {
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
  tied: undefined,
};

function ofSquares(factor: Float64Array): Precision {
  const precision = factor.map((value) => value * value);
  return {
    coefficients: precision,
    times: (vector) => vector.map((value, j) => precision[j]! * value),
    diagonal: precision,
  };
}

function ofTriangle(factor: Float64Array, dimensions: number): Precision {
  const precision = new Float64Array(factor.length);
  for (let l = 0; l < dimensions; l++) {
    const row = (l * (l + 1)) / 2;
    for (let i = 0, at = 0; i <= l; i++) {
      for (let j = 0; j <= i; j++) precision[at++]! += factor[row + i]! * factor[row + j]!;
    }
  }
  const forEach = (visit: (i: number, j: number, value: number) => void): void => {
    for (let i = 0, at = 0; i < dimensions; i++) for (let j = 0; j <= i; j++) visit(i, j, precision[at++]!);
  };
  const coefficients = precision.slice();
  forEach((i, j, value) => {
    coefficients[(i * (i + 1)) / 2 + j] = i === j ? value : 2 * value;
  });
  return {
    coefficients,
    times(vector) {
      const out = new Float64Array(dimensions);
      forEach((i, j, value) => {
        out[i]! += value * vector[j]!;
        if (i !== j) out[j]! += value * vector[i]!;
      });
      return out;
    },
    diagonal: Float64Array.from({ length: dimensions }, (_, j) => precision[(j * (j + 3)) / 2]!),
  };
}
