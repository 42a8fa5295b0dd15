// How the improvement of a criterion is measured.
/** How the improvement from one criterion to the next is measured, free of the units of the data and of the row weights. */
export interface GainMeasure {
  /** The least gain that counts, unless another is asked for. */
  readonly tolerance: number;
  /** The improvement; positive is better. `weight` is the sum of the row weights. */
  of(before: number, after: number, weight: number): number;
  /** A gain no larger than this is only rounding; `rounding` is what a row's part may be off by. */
  noise(criterion: number, weight: number, rounding: number): number;
}

/** Relative rounding error of sums of doubles. */
const SUMS = 8 * Number.EPSILON;

/** Of log-likelihoods and bounds: the rise per row, in nats. */
export const risePerRow: GainMeasure = {
  tolerance: 1e-3,
  of: (before, after, weight) => (after - before) / weight,
  noise: (criterion, weight, rounding) => rounding + SUMS * (Math.abs(criterion) / weight),
};

/** Of sums of squared distances: the fall as a part of the sum. */
export const fallOfCriterion: GainMeasure = {
  tolerance: 1e-4,
  of: (before, after) => (before === after ? 0 : (before - after) / before),
  noise: (_criterion, _weight, rounding) => rounding,
};
