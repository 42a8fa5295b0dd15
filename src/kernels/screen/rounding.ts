// Rounding bounds: which responsibilities matter, and how exactly they must be known.
import { NEGLIGIBLE } from '../../mixture/assignment.ts';
import { isProduct, type Scorer } from '../../mixture/scorer.ts';
import type { Precision } from '../precision.ts';

/** Relative rounding error of a float. */
export const FLOAT_ROUNDING: number = 2 ** -24;
/** Pairs whose shares matter least are this many nats below the best. */
const DEEP = 40;

/** Floats are 2⁻¹²⁶ to 2¹²⁸; products of two deviations and a small responsibility must keep their digits. */
const SMALLEST_DEVIATION = 2 ** -40;
const LARGEST_DEVIATION = 2 ** 40;

/** How far a log density f that was computed in floats may be from the true one: error0 + errorSlope · (constant − f). */
export interface RoundingBounds {
  readonly error0: number;
  readonly errorSlope: number;
}

/** The error of a density as far below the constant as those that matter least. */
export function typicalError({ error0, errorSlope }: RoundingBounds, dimensions: number): number {
  return error0 + errorSlope * (dimensions / 2 + DEEP);
}

/** Whether a component is to be computed in doubles at once: it is tiny or far away compared with the others. */
export function isDoubtful(bounds: RoundingBounds, dimensions: number, precision: Precision): boolean {
  return !(typicalError(bounds, dimensions) < exactness[precision].most);
}

/** A double that was rounded to a float. */
export const narrowed: RoundingBounds = { error0: 0, errorSlope: FLOAT_ROUNDING };

/** How exact responsibilities are to be. */
interface Exactness {
  /** A component whose log densities may be off by more is not computed in floats. */
  readonly most: number;
  /** Allowed relative error of a component's statistics because log densities are floats. */
  readonly rounded: number;
  /** Allowed relative error because rows with small responsibilities are left out. */
  readonly left: number;
  /** The same of a row's log normaliser. */
  readonly logNormaliser: { readonly rounded: number; readonly left: number };
  /** The same of components that floats only bound: as exact as others are with floats. */
  readonly product: { readonly rounded: number; readonly left: number };
}

const exactness: Readonly<Record<Precision, Exactness>> = {
  f64: {
    most: 0.5,
    rounded: 1e-11,
    left: 1e-12,
    logNormaliser: { rounded: 1e-11, left: 1e-15 },
    product: { rounded: 0, left: 1e-12 },
  },
  f32: {
    most: 2e-2,
    rounded: Number.POSITIVE_INFINITY,
    left: 1e-6,
    logNormaliser: { rounded: Number.POSITIVE_INFINITY, left: 1e-9 },
    product: { rounded: 0, left: 1e-7 },
  },
};

/** For each component three responsibilities. */
export interface Thresholds {
  /** Those below are left out. */
  readonly least: Float64Array;
  /** Those above are computed in doubles. */
  readonly exact: Float64Array;
  /** Moments of rows with those below are multiplied in floats. */
  readonly single: Float64Array;
}

/** Which responsibilities matter to statistics, or to log normalisers alone. */
export function thresholds(
  scorer: Scorer,
  bounds: readonly RoundingBounds[],
  precision: Precision,
  hasMoments: boolean,
): Thresholds {
  const { components, dimensions, evidence } = scorer;
  const isOfProducts = isProduct(scorer);
  const { logNormaliser, product, ...ofMoments } = exactness[precision];
  const { rounded, left } = isOfProducts ? product : hasMoments ? ofMoments : logNormaliser;
  const each = (value: (share: number, k: number) => number): Float64Array =>
    Float64Array.from({ length: components }, (_, k) =>
      value(hasMoments ? Math.max(Number.MIN_VALUE, evidence!.shares[k]!) : 1, k),
    );
  const smallest = Math.exp(NEGLIGIBLE);
  return {
    least: each((share) => Math.max(smallest, left * share)),
    exact: isOfProducts
      ? new Float64Array(components)
      : each((share, k) => Math.max(smallest, (rounded * share) / typicalError(bounds[k]!, dimensions))),
    single: each((share, k) =>
      holdSquares(evidence!.deviations, k, dimensions, precision) ? (rounded * share) / FLOAT_ROUNDING : 0,
    ),
  };
}

/** Whether floats hold the squares of a component's deviations, and of what is far smaller and larger; of floats all are floats. */
function holdSquares(deviations: Float64Array, component: number, dimensions: number, precision: Precision): boolean {
  if (precision === 'f32') return true;
  for (let at = component * dimensions; at < (component + 1) * dimensions; at++) {
    if (!(deviations[at]! > SMALLEST_DEVIATION && deviations[at]! < LARGEST_DEVIATION)) return false;
  }
  return true;
}
