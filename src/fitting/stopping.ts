// When a fit stops, as pure functions of the gains.
import type { StopReason } from '../inference/stop-reason.ts';
import type { Precision } from '../kernels/precision.ts';
import type { GainMeasure } from '../mixture/gain.ts';
/** When a fit ends. */
export interface Control {
  /** The least gain that counts: per row, or for K-means as a part of the criterion. */
  readonly tolerance: number;
  /** How many consecutive iterations without such a gain are let pass. */
  readonly patience: number;
  /** M-steps at most. */
  readonly maxIterations: number;
  /** Exactly this many M-steps, whatever the gains. */
  readonly iterations?: number | undefined;
}

/** How many M-steps there will be at most. */
export const lastIteration = (control: Control): number => control.iterations ?? control.maxIterations;

/**
 * Whether, and why, to stop, from the gains so far (one for each M-step; exactly 0 where nothing is gained). A fit whose next
 * M-step moves clusters that hold no rows has a gain to come.
 */
export function stopReason(gains: readonly number[], control: Control, isMoving = false): StopReason | undefined {
  if (control.iterations !== undefined) return gains.length >= control.iterations ? 'iterations' : undefined;
  if (!isMoving) {
    const reason = withoutGain(gains, control);
    if (reason) return reason;
  }
  return gains.length >= control.maxIterations ? 'max-iterations' : undefined;
}

function withoutGain(gains: readonly number[], { tolerance, patience }: Control): StopReason | undefined {
  const last = gains.at(-1);
  if (last === 0) return 'converged';
  const iterations = gains.length - 1 - gains.findLastIndex((gain) => gain >= tolerance);
  if (iterations <= patience) return undefined;
  if (last! < 0) return 'decreased';
  return patience > 0 ? 'patience' : 'tolerance';
}

/**
 * Rounding error of a row's part of the criterion, in nats (K-means: as a fraction): from the responsibilities that are left
 * out or rounded (kernels/screen/rounding.ts).
 */
const ROUNDING: Readonly<Record<Precision, number>> = { f64: 1e-11, f32: 1e-6 };

/**
 * The gain from the last criterion but one to the last; exactly 0 where it is nothing but rounding, undefined before the first
 * M-step.
 */
export function lastGain(
  criterion: readonly number[],
  weight: number,
  measure: GainMeasure,
  precision: Precision,
): number | undefined {
  const [before, after] = criterion.slice(-2);
  if (before === undefined || after === undefined) return undefined;
  const gain = measure.of(before, after, weight);
  return Math.abs(gain) <= measure.noise(after, weight, ROUNDING[precision]) ? 0 : gain;
}
