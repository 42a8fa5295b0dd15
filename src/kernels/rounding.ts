import type { Scorer } from '../scorer.ts';
import { rowsOf } from '../vector.ts';

/** What one component's statistics may be wrong by, as a share of themselves, because something was computed in floats. */
const TOLERANCE = 1e-12;
const FLOAT_ROUNDING = 2 ** -24;
/** How many roundings a sum of D products is wrong by, in effect; they mostly cancel. */
const ROUNDINGS = 2;
/** A component with larger errors is computed in doubles at once. */
const MOST_ERROR = 0.1;
/** Numbers whose squares are neither too large nor too small for floats. */
const LARGEST = 1e10;

/**
 * How far a density that was computed in floats may be from the true one, d: offset + (1 − slope) |d|, in a form that is
 * linear in the density, and which responsibilities matter.
 */
export interface RoundingBounds {
  /** Whether the component is to be computed in doubles at once: it is tiny or far away compared with the others. */
  readonly isDoubtful: boolean;
  /** Error = error0 + errorSlope · (constant − density). */
  readonly error0: number;
  readonly errorSlope: number;
  /** Pairs with larger responsibilities must be known to the last bit of a double. */
  readonly likely: number;
  /** Moments of rows with smaller responsibilities may be multiplied in floats. */
  readonly single: number;
}

/**
 * Bounds for every component of a scorer of full covariances, or undefined where floats will not do. With y = P (x − μ) and
 * q = ‖y‖², a density is off by ‖y‖ ‖dy‖, where |dy| ≤ u |P| (2 |μ − c| + roundings · |x − μ|); x − μ is taken as twice the
 * component's deviations, grown with √(q / D), and √q ≤ (q / s + s) / 2.
 */
export function roundingBounds(scorer: Scorer, centre: Float64Array): RoundingBounds[] | undefined {
  const { dimensions, means, factors, evidence } = scorer;
  if (!evidence) return undefined;
  const { deviations, shares } = evidence;
  const offsets = means.map((mean, i) => Math.abs(mean - centre[i % dimensions]!));
  const fits = (value: number): boolean => value <= LARGEST;
  if (!offsets.every(fits) || !deviations.every((value) => fits(value) && fits(1 / value))) return undefined;
  const typical = Math.sqrt(dimensions + 20);
  const offset = rowsOf(offsets, dimensions);
  const deviation = rowsOf(deviations, dimensions);
  return rowsOf(factors, factors.length / scorer.components).map((factor, k) => {
    const ofMean = absoluteNorm(factor, offset[k]!);
    const ofRow = (2 * ROUNDINGS * absoluteNorm(factor, deviation[k]!)) / Math.sqrt(dimensions);
    const error0 = FLOAT_ROUNDING * ofMean * typical;
    const errorSlope = 2 * FLOAT_ROUNDING * (ofMean / typical + ofRow + ROUNDINGS);
    const error = error0 + errorSlope * dimensions;
    const share = shares[k]!;
    return {
      isDoubtful: !(error < MOST_ERROR),
      error0,
      errorSlope,
      likely: (TOLERANCE * share) / error,
      single: (TOLERANCE * share) / (ROUNDINGS * FLOAT_ROUNDING),
    };
  });
}

/** Responsibilities that are this share of a component's share of all rows, or less, are left out. */
const NOTHING = 1e-13;

/** For each component the responsibility under which a row adds nothing to its moments: any but 0 does, where nothing is known. */
export function leastResponsibilities({ components, evidence }: Scorer): Float64Array {
  return Float64Array.from({ length: components }, (_, k) =>
    Math.max(Number.MIN_VALUE, NOTHING * (evidence?.shares[k] ?? 0)),
  );
}

/** ‖ |P| v ‖ of a packed triangle and a vector without negative elements. */
function absoluteNorm(factor: Float64Array, vector: Float64Array): number {
  let sum = 0;
  for (let i = 0, at = 0; i < vector.length; i++) {
    let y = 0;
    for (let j = 0; j <= i; j++) y += Math.abs(factor[at++]!) * vector[j]!;
    sum += y * y;
  }
  return Math.sqrt(sum);
}
