// Tables of what options may be, and the one check of them.
import { SettingError } from '../errors.ts';
import { shown } from './shown.ts';

/** Allowed values of an option. */
export interface Kind {
  readonly expected: string;
  holds(value: unknown): boolean;
  /** Says of a part what is wrong with it, where the whole alone says too little; throws a SettingError. */
  readonly check?: (value: unknown) => void;
}

/** A kind for every option of a type, `satisfies OptionTable<Options>`. */
export type OptionTable<T> = { readonly [K in keyof Required<T>]: Kind };

/** Whatever it may be is checked where it is used. */
export const anything: Kind = { expected: 'anything', holds: () => true };

export const callback: Kind = { expected: 'a function', holds: (value) => typeof value === 'function' };

export const abortSignal: Kind = { expected: 'an AbortSignal', holds: (value) => value instanceof AbortSignal };

export const trueOrFalse: Kind = { expected: 'true or false', holds: (value) => typeof value === 'boolean' };

export const text: Kind = { expected: 'a text', holds: (value) => typeof value === 'string' };

export const anObject: Kind = {
  expected: 'an object',
  holds: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): Kind => ({
  expected: most === Number.MAX_SAFE_INTEGER ? `a whole number ≥ ${least}` : `a whole number from ${least} to ${most}`,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
});

/** One of the names that a table has. */
export const oneOf = (choices: object): Kind => ({
  expected: Object.keys(choices).join(', '),
  holds: (value) => typeof value === 'string' && Object.hasOwn(choices, value),
});

/**
 * Checks the names of options, and what they are.
 *
 * @throws SettingError that names the option, what was received and what was expected.
 */
export function checkOptionsBy<T extends object>(table: OptionTable<T>, options: T): void {
  if (!anObject.holds(options)) {
    throw new SettingError(
      'bad-setting',
      `options: received ${shown(options)}, expected an object such as { ${firstOf(table)}: … }`,
      { setting: 'options' },
    );
  }
  for (const name in options) {
    if (!Object.hasOwn(table, name)) throw unknownName('option', name, Object.keys(table));
    checkValue(name, options[name], table[name]);
  }
}

/**
 * Checks a value, if there is one.
 *
 * @throws SettingError that names it.
 */
export function checkValue(name: string, value: unknown, { expected, holds, check }: Kind): void {
  if (value === undefined) return;
  check?.(value);
  if (holds(value)) return;
  throw new SettingError('bad-setting', `${name}: received ${shown(value)}, expected ${expected}`, { setting: name });
}

/** Checks the name of a file that is to be read or written. */
export function checkPath(path: unknown): void {
  if (typeof path === 'string') return;
  throw new SettingError('bad-setting', `path: received ${shown(path)}, expected the name of a file`, {
    setting: 'path',
  });
}

/** Error for an unknown name. */
export function unknownName(what: string, name: string, known: readonly string[]): SettingError {
  const [nearest, distance] = known
    .map((each) => [each, distanceOf(name.toLowerCase(), each.toLowerCase())] as const)
    .reduce((best, each) => (each[1] < best[1] ? each : best), ['', Number.POSITIVE_INFINITY]);
  const hint = distance <= Math.max(1, Math.min(3, name.length / 3)) ? `is ${nearest} meant? ` : '';
  return new SettingError(
    'unknown-setting',
    `there is no ${what} ${shown(name).slice(1, -1)}: ${hint}There are ${known.join(', ')}`,
    { setting: name },
  );
}

const firstOf = (table: object): string => Object.keys(table)[0]!;

/** How many letters are to be put in, left out or replaced to make one word of another (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= Math.min(one.length, 64); i++) {
    const before = row;
    row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = before[j - 1]! + Number(one[i - 1] !== other[j - 1]);
      row.push(Math.min(replaced, before[j]! + 1, row[j - 1]! + 1));
    }
  }
  return row.at(-1)!;
}
