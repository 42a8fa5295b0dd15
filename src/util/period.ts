// Periods such as 30s or 1000windows: how often something is done.
import { SettingError } from '../errors.ts';
import { shown } from './shown.ts';

/** What periods are counted in, and examples for messages. */
const measures = {
  seconds: 'a time such as 30s, 2min or 1h',
  rows: 'a number of rows such as 5000000rows',
  iterations: 'a number of iterations such as 2iterations',
  windows: 'a number of windows such as 1000windows',
} as const;

/** What a period is counted in. */
export type Measure = keyof typeof measures;

/** A period, as an object of its measure alone: `{ seconds: 30 }`, `{ rows: 5000000 }`. */
export type Period<M extends Measure = Measure> = M extends Measure ? { readonly [K in M]: number } : never;

/** The measure of each unit, and how much of it the unit is. */
const units: Readonly<Record<string, readonly [measure: Measure, size: number]>> = {
  ms: ['seconds', 0.001],
  s: ['seconds', 1],
  min: ['seconds', 60],
  h: ['seconds', 3600],
  row: ['rows', 1],
  rows: ['rows', 1],
  iteration: ['iterations', 1],
  iterations: ['iterations', 1],
  window: ['windows', 1],
  windows: ['windows', 1],
};

/** What is allowed of a period. */
export interface PeriodRange<M extends Measure> {
  /** The setting that it is given by, for messages. */
  readonly setting: string;
  readonly measures: readonly M[];
  /** The unit of a number without one; default: there must be one. */
  readonly unit?: keyof typeof units;
}

/**
 * Reads a period: a number and a unit (ms, s, min, h, rows, iterations, windows), such as `'0.5s'` or `'5e6rows'`. Times are more
 * than 0; the others are whole numbers of at least 1.
 *
 * @throws SettingError that lists what is expected.
 */
export function parsePeriod<M extends Measure>(
  text: string,
  { setting, measures: allowed, unit }: PeriodRange<M>,
): Period<M> {
  const [, digits = '', name = unit ?? ''] = /^\s*([\d.]+(?:e\+?\d+)?)\s*([a-z]+)?\s*$/i.exec(text) ?? [];
  const [measure, size] = (Object.hasOwn(units, name) ? units[name] : undefined) ?? [];
  const value = Number(digits) * (size ?? Number.NaN);
  const isRight =
    measure === 'seconds' ? value > 0 && value < Number.POSITIVE_INFINITY : Number.isSafeInteger(value) && value >= 1;
  if (isRight && allowed.some((each) => each === measure)) return { [measure as M]: value } as Period<M>;
  const expected = allowed.map((each) => measures[each]).join(', or ');
  throw new SettingError('bad-setting', `${setting}: received ${shown(text)}, expected ${expected}`, { setting });
}
