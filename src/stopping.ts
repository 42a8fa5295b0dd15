/** When a fit ends. */
export interface Control {
  /** A gain per row below this is no gain. */
  readonly tolerance: number;
  /** How many iterations in a row without a gain are let pass. */
  readonly patience: number;
  /** M-steps at the most. */
  readonly maxIterations: number;
  /** Exactly so many M-steps, whatever the gains. */
  readonly iterations?: number | undefined;
}

/** Why a fit ended; `decreased`: the last gain was negative. */
export type StopReason = 'tolerance' | 'patience' | 'decreased' | 'max-iterations' | 'iterations' | 'aborted';

/** How many M-steps there will be at the most. */
export const lastIteration = (control: Control): number => control.iterations ?? control.maxIterations;

/** Improvement of the criterion per row at the last iteration; undefined before the first M-step. */
export function lastGain(criterion: readonly number[], rows: number, criterionScale: number): number | undefined {
  const t = criterion.length - 1;
  return t < 1 ? undefined : (Math.sign(criterionScale) * (criterion[t]! - criterion[t - 1]!)) / rows;
}

/** Whether, and why, to stop, from the gains so far (one for each M-step). */
export function stopReason(gains: readonly number[], control: Control): StopReason | undefined {
  if (control.iterations !== undefined) return gains.length >= control.iterations ? 'iterations' : undefined;
  const wasGain = gains.map((gain) => gain >= control.tolerance);
  const withoutGain = gains.length - 1 - wasGain.lastIndexOf(true);
  if (withoutGain > control.patience) {
    if (gains.at(-1)! < 0) return 'decreased';
    return control.patience > 0 ? 'patience' : 'tolerance';
  }
  return gains.length >= control.maxIterations ? 'max-iterations' : undefined;
}
