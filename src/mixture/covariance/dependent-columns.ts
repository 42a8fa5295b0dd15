// Columns that depend linearly on others, by a pivoted Cholesky factorisation.
/** Of the columns whose conditional variance is at least this share of the largest, the first is the next pivot. */
const THRESHOLD = 0.1;

/**
 * The columns of a packed covariance matrix that are linear combinations of others: one Cholesky factorisation of the correlation
 * matrix with threshold diagonal pivoting, O(D² rank), which ends where no column's conditional variance is above `tolerance`.
 * Higham, Accuracy and Stability of Numerical Algorithms (2002), chapter 10.3. Earlier columns are pivots where that is safe, so
 * that later ones are reported.
 *
 * @param constant columns that take no part.
 * @returns column numbers in ascending order.
 */
export function dependentColumns(
  covariance: Float64Array,
  dimensions: number,
  constant: readonly number[],
  tolerance: number,
): number[] {
  const scales = new Float64Array(dimensions);
  for (let j = 0; j < dimensions; j++) scales[j] = 1 / Math.sqrt(covariance[(j * (j + 3)) / 2]!);
  /** Given the pivots so far, relative to the variance; −1 of pivots, and of columns that take no part. */
  const conditional = new Float64Array(dimensions).fill(1);
  for (const j of constant) conditional[j] = -1;
  const factors: Float64Array[] = [];
  for (;;) {
    const pivot = nextPivot(conditional, tolerance);
    if (pivot < 0) break;
    const factor = correlationsWith(covariance, scales, pivot);
    for (const earlier of factors) subtract(factor, earlier, earlier[pivot]!);
    const scale = 1 / Math.sqrt(conditional[pivot]!);
    for (let i = 0; i < dimensions; i++) {
      factor[i]! *= scale;
      if (conditional[i]! >= 0) conditional[i] = Math.max(0, conditional[i]! - factor[i]! * factor[i]!);
    }
    conditional[pivot] = -1;
    factors.push(factor);
  }
  return [...conditional.keys()].filter((j) => conditional[j]! >= 0);
}

/** The first column of large enough a conditional variance, or −1. */
function nextPivot(conditional: Float64Array, tolerance: number): number {
  let largest = tolerance;
  for (let j = 0; j < conditional.length; j++) if (conditional[j]! > largest) largest = conditional[j]!;
  if (!(largest > tolerance)) return -1;
  const least = Math.max(THRESHOLD * largest, tolerance);
  return conditional.findIndex((value) => value > least);
}

/** A column of the correlation matrix. */
function correlationsWith(covariance: Float64Array, scales: Float64Array, column: number): Float64Array {
  const row = (column * (column + 1)) / 2;
  const correlations = new Float64Array(scales.length);
  for (let i = 0; i < scales.length; i++) {
    const at = i <= column ? row + i : (i * (i + 1)) / 2 + column;
    correlations[i] = covariance[at]! * scales[i]! * scales[column]!;
  }
  return correlations;
}

function subtract(from: Float64Array, vector: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= times * vector[i]!;
}
