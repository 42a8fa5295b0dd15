// Why a fit ended.
/**
 * Why a fit ended.
 *
 * - 'tolerance': the gain fell below the tolerance.
 * - 'patience': it did for more than `patience` iterations in a row.
 * - 'converged': the last gain was zero, up to rounding.
 * - 'decreased': the last gain was negative.
 * - 'max-iterations', 'iterations': the number of M-steps asked for was reached.
 * - 'aborted': the signal was aborted; the best model so far was returned.
 */
export type StopReason =
  | 'tolerance'
  | 'patience'
  | 'converged'
  | 'decreased'
  | 'max-iterations'
  | 'iterations'
  | 'aborted';
