// Definitions of settings: range, default, words and flags; checks and defaults are derived from tables of definitions.
import { SettingError } from '../errors.ts';
import { anything, checkValue, type Kind, trueOrFalse, unknownName } from './options.ts';
import { shown } from './shown.ts';

/** How the command line reads what follows a flag. */
export type Reading = 'number' | 'numbers' | 'text' | 'boolean' | 'list' | 'nothing';

/** A flag of the command line. */
export interface Flag {
  /** As code has it: `initMeans` is `--init-means`. */
  readonly name: string;
  /** Argument of the flag, for help: `<n>`; a switch has none. */
  readonly argument: string;
  readonly reads: Reading;
  readonly help: string;
  readonly choices?: readonly string[];
  /** Flags that it cannot be given with. */
  readonly conflicts?: readonly string[];
}

/** A setting: what it may be, what it is unless it is given, and what is said of it. */
export interface Definition<T = unknown> extends Kind {
  /** As TypeScript writes it. */
  readonly type: string;
  /** Default value; undefined if there is none, or the model or the data decide. */
  readonly default: T | undefined;
  /** The default in words, where the value does not say it. */
  readonly byDefault?: string;
  /** One line for help, which does not repeat the default. */
  readonly help: string;
  /** Meaning, unit, and the effect of raising and lowering it: for documents and editors. */
  readonly meaning: string;
  /** The heading of help and documents that it stands under. */
  readonly group: string;
  readonly argument: string;
  readonly reads: Reading;
  readonly choices?: readonly string[];
  /** Flags, where it is more than the one of its own name. */
  readonly flags?: readonly Flag[];
  /** The attribute of a model file that holds it, of those that a fitted model still needs. */
  readonly stored?: string;
}

/** A definition of every setting of a type, `satisfies DefinitionTable<Settings>`. */
export type DefinitionTable<T, More = unknown> = {
  readonly [K in keyof T]-?: Definition<NonNullable<T[K]>> & More;
};

const isNumber = (value: unknown): value is number => typeof value === 'number';

export const finite: Kind = { expected: 'a finite number', holds: (value) => Number.isFinite(value) };

export const atLeastZero: Kind = {
  expected: 'a finite number ≥ 0',
  holds: (value) => isNumber(value) && value >= 0 && value < Number.POSITIVE_INFINITY,
};

export const positive: Kind = {
  expected: 'a finite number > 0',
  holds: (value) => isNumber(value) && value > 0 && value < Number.POSITIVE_INFINITY,
};

/** From 0 to 1. */
export const share: Kind = {
  expected: 'a number from 0 to 1',
  holds: (value) => isNumber(value) && value >= 0 && value <= 1,
};

/** From 0 up to, but not, 1. */
export const belowOne: Kind = {
  expected: 'a number from 0 up to, but not, 1',
  holds: (value) => isNumber(value) && value >= 0 && value < 1,
};

/** A number of a range. */
export const number = (range: Kind) => ({ type: 'number', argument: '<n>', reads: 'number' as const, ...range });

/** One of some names, which TypeScript knows by the name of a type, or by themselves. */
export const choice = (choices: readonly string[], type?: string) => ({
  type: type ?? choices.map((each) => `'${each}'`).join(' | '),
  argument: '<name>',
  reads: 'text' as const,
  choices,
  expected: choices.join(', '),
  holds: (value: unknown) => typeof value === 'string' && choices.includes(value),
});

/** Some of a few names, of a setting that errors call by its name. */
export const several = <Name extends string>(setting: string, names: readonly Name[]) => {
  const one: Kind = { expected: `some of ${names.join(', ')}`, holds: (value) => names.some((each) => each === value) };
  return {
    type: `readonly (${names.map((each) => `'${each}'`).join(' | ')})[]`,
    expected: one.expected,
    holds: (value: unknown) => Array.isArray(value) && value.length > 0,
    check: (value: unknown) => {
      if (Array.isArray(value)) for (const each of value) checkValue(setting, each, one);
    },
    argument: '<list>',
    reads: 'list' as const,
    choices: names,
  };
};

/** True or false; the flag alone says true. */
export const onOrOff = { type: 'boolean', argument: '', reads: 'nothing' as const, ...trueOrFalse };

/** Numbers from wherever data can be from, whose shape is checked when they are read. */
export const numbersOf = (shape: string) => ({
  ...anything,
  type: 'RowData',
  argument: '<file>',
  reads: 'text' as const,
  expected: shape,
});

/** The names of a table's settings. */
export const namesOf = <Table extends object>(table: Table): readonly (keyof Table & string)[] =>
  Object.keys(table) as (keyof Table & string)[];

/**
 * Checks the names of settings, and what they are.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkDefined(table: Readonly<Record<string, Definition>>, settings: object, example: string): void {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new SettingError(
      'bad-setting',
      `settings: received ${shown(settings)}, expected an object such as ${example}`,
      {
        setting: 'settings',
      },
    );
  }
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const definition = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!definition) throw unknownName('setting', name, namesOf(table));
    checkValue(name, value, definition);
  }
}

/** Settings with the defaults of their table, where it has any. */
export type WithDefaults<T, Table extends Readonly<Record<keyof T, Definition>>> = {
  readonly [K in keyof T]-?: Table[K]['default'] extends undefined ? T[K] : NonNullable<T[K]>;
};

/** The settings of a table, with its defaults. */
export function withDefaults<T extends object, Table extends Readonly<Record<keyof T, Definition>>>(
  table: Table,
  settings: T,
): WithDefaults<T, Table> {
  const names = Object.keys(table) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, settings[name] ?? table[name].default])) as WithDefaults<
    T,
    Table
  >;
}

/** The settings of a table that are given, from what holds more. */
export function givenOf<Table extends object>(table: Table, all: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(all).filter(([name, value]) => Object.hasOwn(table, name) && value !== undefined),
  );
}

/** A default, for people. */
export function defaultText({ default: value, byDefault }: Definition): string | undefined {
  if (byDefault !== undefined || value === undefined) return byDefault;
  if (typeof value === 'number' && value > 0 && value < 1e-4) return value.toExponential();
  return Array.isArray(value) ? value.join(',') : typeof value === 'object' ? shown(value) : String(value);
}

/** The flags of a setting: those that it lists, else one of its own name. */
export function flagsOf(name: string, definition: Definition): readonly Flag[] {
  const { argument, reads, help, choices, flags } = definition;
  const text = defaultText(definition);
  const ofDefault = text === undefined || reads === 'nothing' ? '' : ` (default: ${text})`;
  return flags ?? [{ name, argument, reads, help: `${help}${ofDefault}`, ...(choices && { choices }) }];
}

/** How a name is written on the command line. */
export const flagName = (name: string): string =>
  `--${name.replaceAll(/[A-Z0-9]+/g, (part) => `-${part.toLowerCase()}`)}`;
