// Whether a column varies at all.
import type { CovarianceType } from './covariance-type.ts';

/** Below it numbers lose digits: squares of what is less than 10⁻¹⁵⁴. */
const SMALLEST_NORMAL = 2 ** -1022;

/** Whether a column's variance is no more than the rounding of its mean, or no number to compute with. */
export function isConstant(type: CovarianceType, covariance: Float64Array, column: number, mean: number): boolean {
  const variance = type.variance(covariance, column);
  return !(variance > (4 * Number.EPSILON * mean) ** 2) || isOutOfRange(variance);
}

/** Whether a variance is other than 0, but so small or large that nothing can be computed with it. */
export function isOutOfRange(variance: number): boolean {
  return variance !== 0 && !(variance >= SMALLEST_NORMAL && variance < Number.POSITIVE_INFINITY);
}
