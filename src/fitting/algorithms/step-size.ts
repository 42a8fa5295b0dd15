// Step sizes of stepwise EM: how fast statistics decay.
import { SettingError } from '../../errors.ts';
import { shown } from '../../util/shown.ts';

/**
 * How much of the statistics a window replaces: (t + offset)^−kappa at window t = 1, 2, …, with kappa in (0.5, 1] and
 * offset ≥ 0 (default 100); or a constant fraction in (0, 1], for data that drift. The larger kappa and offset, the
 * smaller the steps.
 */
export type StepSize = { readonly kappa: number; readonly offset?: number | undefined } | { readonly constant: number };

/** Large first steps ruin a good start. */
const DEFAULT_OFFSET = 100;

/** Unless another is asked for. */
export const usualStepSize = { kappa: 0.6, offset: DEFAULT_OFFSET } satisfies StepSize;

/** The step at window t = 1, 2, … */
export function stepAt(stepSize: StepSize, t: number): number {
  if ('constant' in stepSize) return stepSize.constant;
  return (t + (stepSize.offset ?? DEFAULT_OFFSET)) ** -stepSize.kappa;
}

/** @throws SettingError that says what was received and what was expected. */
export function checkStepSize(stepSize: StepSize): StepSize {
  if (typeof stepSize !== 'object' || stepSize === null || !('constant' in stepSize || 'kappa' in stepSize)) {
    throw new SettingError(`stepSize: received ${shown(stepSize)}, expected { kappa, offset } or { constant }`);
  }
  if ('constant' in stepSize)
    return checkNumber('constant', stepSize.constant, (x) => x > 0 && x <= 1, '(0, 1]') && stepSize;
  checkNumber('kappa', stepSize.kappa, (x) => x > 0.5 && x <= 1, '(0.5, 1]');
  checkNumber('offset', stepSize.offset ?? DEFAULT_OFFSET, (x) => x >= 0 && x < Number.POSITIVE_INFINITY, '[0, ∞)');
  return stepSize;
}

function checkNumber(name: string, value: unknown, holds: (value: number) => boolean, range: string): true {
  if (typeof value === 'number' && holds(value)) return true;
  throw new SettingError(`stepSize.${name}: received ${shown(value)}, expected a number in ${range}`);
}
