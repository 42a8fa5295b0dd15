// Log densities of Student-t distributions, in JavaScript.
import { LANES } from '../../mixture/covariance/covariance-type.ts';

/** Log densities −½ q of a run become constant − exponent · log1p(rate · q), in place. */
export function fromSquares(
  run: Float64Array,
  start: number,
  end: number,
  constant: number,
  rate: number,
  exponent: number,
): void {
  for (let n = start; n < end; n++) run[n] = constant - exponent * Math.log1p(-2 * rate * run[n]!);
}

/**
 * Products of Student-t distributions, one for each dimension: for the rows of tiles, out[offset + row] = constant −
 * exponent · Σ log1p(rate · (p_j (x_j − mean_j))²). The product of 1 + y_j², less 1, keeps the digits of small y.
 */
export function productDensity(
  points: Float64Array,
  tiles: number,
  mean: Float64Array,
  factor: Float64Array,
  constant: number,
  rate: number,
  exponent: number,
  out: Float64Array,
  offset: number,
): void {
  const dimensions = mean.length;
  const root = Math.sqrt(rate);
  for (let tile = 0; tile < tiles; tile++) {
    for (let q = 0; q < LANES; q++) {
      const base = tile * dimensions * LANES + q;
      let excess = 0;
      for (let j = 0, p = base; j < dimensions; j++, p += LANES) {
        const y = root * factor[j]! * (points[p]! - mean[j]!);
        excess += y * y * (1 + excess);
      }
      const sum =
        excess < Number.POSITIVE_INFINITY ? Math.log1p(excess) : sumOfLogarithms(points, base, mean, factor, root);
      out[offset + tile * LANES + q] = constant - exponent * sum;
    }
  }
}

/** For products that overflow. */
function sumOfLogarithms(
  points: Float64Array,
  base: number,
  mean: Float64Array,
  factor: Float64Array,
  root: number,
): number {
  let sum = 0;
  for (let j = 0, p = base; j < mean.length; j++, p += LANES) {
    sum += Math.log1p((root * factor[j]! * (points[p]! - mean[j]!)) ** 2);
  }
  return sum;
}
