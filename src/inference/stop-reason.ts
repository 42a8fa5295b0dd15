// Why a fit ended.
/** Why a fit ended; `converged`: the last gain was nothing, up to rounding; `decreased`: it was negative. */
export type StopReason =
  | 'tolerance'
  | 'patience'
  | 'converged'
  | 'decreased'
  | 'max-iterations'
  | 'iterations'
  | 'aborted';
