// Numbers for people, and from flags.
import { InvalidArgumentError } from 'commander';
import type { StopReason } from '../inference/stop-reason.ts';
import { parseDecimal } from '../sources/text/cells.ts';

/** 12,345 */
export const count = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** A number with this many significant digits, without an exponent where that is readable. */
export function figure(value: number, digits = 6): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e-3 && size < 1e9) return String(Number(value.toPrecision(digits)));
  return value.toExponential(digits - 1);
}

/** 1.2 s, 3 min 4 s */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 1 iteration, 2 iterations */
export const iterationCount = (n: number): string => `${count(n)} iteration${n === 1 ? '' : 's'}`;

/** 12 MB */
export const megabytes = (bytes: number): string => `${count(bytes / 1e6)} MB`;

/** Lines of a label and what it labels, set in two columns. */
export function columns(rows: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, text]) => `  ${label.padEnd(width)}${text}`).join('\n');
}

/** Why a fit ended, for people. */
export const stopReasons: Readonly<Record<StopReason, string>> = {
  tolerance: 'the gain fell below the tolerance',
  patience: 'no gain worth the name for longer than the patience',
  converged: 'nothing more was gained',
  decreased: 'the criterion went down',
  'max-iterations': 'the maximum of iterations was reached',
  iterations: 'exactly the iterations asked for',
  aborted: 'interrupted',
};

/** A number in decimal notation. */
export function decimal(text: string): number {
  const value = parseDecimal(text);
  if (value === undefined) throw new InvalidArgumentError('Expected a number.');
  return value;
}
