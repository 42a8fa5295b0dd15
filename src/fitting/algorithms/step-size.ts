// Step sizes of stepwise EM: how fast statistics decay.
import { SettingError } from '../../errors.ts';
import { shown } from '../../util/shown.ts';

/**
 * How much of the statistics a window replaces: (t + offset)^−kappa at window t = 1, 2, …, with kappa in (0.5, 1] and
 * offset ≥ 0 (default 100); or a constant fraction in (0, 1], for data that drift. Larger kappa forgets later; a
 * larger offset trusts the start more.
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
export function checkStepSize(stepSize: unknown): void {
  if (typeof stepSize !== 'object' || stepSize === null || !('constant' in stepSize || 'kappa' in stepSize)) {
    throw new SettingError(
      'bad-setting',
      `stepSize: received ${shown(stepSize)}, expected { kappa, offset } or { constant }`,
      { setting: 'stepSize' },
    );
  }
  const { constant, kappa, offset } = stepSize as { [name in 'constant' | 'kappa' | 'offset']?: unknown };
  if ('constant' in stepSize) {
    checkNumber('constant', constant, (x) => x > 0 && x <= 1, '(0, 1]');
    return;
  }
  checkNumber('kappa', kappa, (x) => x > 0.5 && x <= 1, '(0.5, 1]');
  checkNumber('offset', offset ?? DEFAULT_OFFSET, (x) => x >= 0 && x < Number.POSITIVE_INFINITY, '[0, ∞)');
}

function checkNumber(name: string, value: unknown, holds: (value: number) => boolean, range: string): void {
  if (typeof value === 'number' && holds(value)) return;
  throw new SettingError('bad-setting', `stepSize.${name}: received ${shown(value)}, expected a number in ${range}`, {
    setting: `stepSize.${name}`,
  });
}
