// Scales row weights to a size that floats can multiply with.
/** Weights up to this, or down to one over it, are of a size that floats can multiply with. */
const ORDINARY = 2 ** 20;

/**
 * Divisor of a chunk's weights before they are multiplied with, as some products are floats: a power of two, so that
 * it changes no bit; 1 where they are of ordinary size.
 */
export function weightScale(weights: Float64Array | undefined): number {
  if (!weights) return 1;
  let most = 0;
  for (let n = 0; n < weights.length; n++) if (weights[n]! > most) most = weights[n]!;
  if (most === 0 || (most < ORDINARY && most > 1 / ORDINARY)) return 1;
  return 2 ** Math.max(-1000, Math.min(1000, Math.round(Math.log2(most))));
}
