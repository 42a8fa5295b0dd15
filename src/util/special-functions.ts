// Gamma functions, and ratios of them whose logarithms would cancel.
/** Stirling's series of log Γ holds to 1e-17 from here on. */
const LARGE = 12;
/** B₂ᵢ / (2i (2i − 1)), i = 1 … 7. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/**
 * log Γ(x + d) − log Γ(x) − d log x for x > 0, d ≥ 0, without the cancellation of the difference of two large log Γ: tends to
 * d (d − 1) / 2x for large x. Abramowitz & Stegun (1964), 6.1.40, and 6.1.15 for small x.
 */
export function logGammaRatio(x: number, d: number): number {
  let product = 1;
  let large = x;
  for (; large < LARGE; large++) product *= large / (large + d);
  const h = d / large;
  const ofSeries = (large + d - 0.5) * Math.log1p(h) - d + stirling(large + d) - stirling(large);
  return large === x ? ofSeries : ofSeries + Math.log(product) + d * Math.log(large / x);
}

/** Remainder of Stirling's formula for log Γ(x). */
function stirling(x: number): number {
  const square = 1 / (x * x);
  return STIRLING.reduceRight((sum, coefficient) => sum * square + coefficient, 0) / x;
}
