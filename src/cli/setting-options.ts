// Flags that are settings, made of their tables.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SettingError } from '../errors.ts';
import { type StepSize, usualStepSize } from '../fitting/algorithms/step-size.ts';
import type { InitName } from '../fitting/initialization/initializers.ts';
import { fitDefinitions, groups } from '../fitting/setting-table.ts';
import type { FitSettings } from '../fitting/settings-types.ts';
import { MixtureModel } from '../inference/model.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import { type Definition, type Flag, flagName, flagsOf, givenOf, type Reading } from '../util/definition.ts';
import { type DataFlags, loadOptions } from './options.ts';
import { decimal } from './text.ts';

/** Flags of commands that learn a model. */
export interface SettingFlags extends Omit<FitSettings, 'init' | 'stepSize'> {
  readonly model?: ModelName;
  readonly group?: string;
  readonly init?: InitName;
  readonly grow?: boolean;
  readonly initMeans?: string;
  readonly initModel?: string;
  readonly rows?: number;
  readonly kappa?: number;
  readonly stepOffset?: number;
  readonly stepSize?: number;
}

/** How what follows a flag becomes a setting; a text, and the mere presence of a flag, are what they are. */
const readers: Readonly<Partial<Record<Reading, (flag: Flag) => (text: string) => unknown>>> = {
  number: () => decimal,
  list: (flag) => (text) => partsOf(text, flag),
};

/** The flags of a table's settings, those of some headings or of all. */
export function addDefinedOptions(
  command: Command,
  table: Readonly<Record<string, Definition>>,
  headings: readonly string[] = Object.values(table).map(({ group }) => group),
): Command {
  for (const [name, definition] of Object.entries(table)) {
    if (!headings.includes(definition.group)) continue;
    for (const flag of flagsOf(name, definition)) command.addOption(optionOf(flag).helpGroup(`${definition.group}:`));
  }
  return command;
}

function optionOf(flag: Flag): Option {
  const { name, argument, reads, help, choices, conflicts } = flag;
  const option = new Option([flagName(name), argument].join(' ').trim(), help).conflicts([...(conflicts ?? [])]);
  const reader = readers[reads]?.(flag);
  if (reader) return option.argParser(reader);
  return choices ? option.choices(choices) : option;
}

/** The model, and the settings of a fit under some headings. */
export function addSettingOptions(command: Command, headings: readonly string[]): Command {
  const which = new Option('--model <name>', 'which model').choices(Object.keys(models));
  return addDefinedOptions(command.addOption(which.helpGroup(`${groups.model}:`)), fitDefinitions, headings);
}

/** Flags of the parts of a step size. */
export const stepFlags: Readonly<Record<string, string>> = {
  'stepSize.kappa': '--kappa',
  'stepSize.offset': '--step-offset',
  'stepSize.constant': '--step-size',
};

/** The step size that flags ask for, if they do. */
export function stepSizeOf({ kappa, stepOffset, stepSize }: SettingFlags): StepSize | undefined {
  if (stepSize !== undefined) return { constant: stepSize };
  if (kappa === undefined && stepOffset === undefined) return undefined;
  return { kappa: kappa ?? usualStepSize.kappa, offset: stepOffset ?? usualStepSize.offset };
}

/** Which model is asked for. */
export function modelNameOf({ model }: SettingFlags, init: FitSettings['init']): ModelName {
  const name = model ?? (init instanceof MixtureModel ? init.kind : undefined);
  if (!name)
    throw new SettingError('missing-setting', `model: received nothing, expected ${Object.keys(models).join(', ')}`, {
      setting: 'model',
    });
  return name;
}

/** How a fit is to begin. */
export async function initOf(
  paths: string[],
  flags: SettingFlags & DataFlags,
  signal: AbortSignal,
): Promise<FitSettings['init']> {
  if (flags.initMeans !== undefined) return { means: flags.initMeans };
  if (flags.initModel === undefined) return flags.grow ? 'splitting' : flags.init;
  const { model, rows, discount, group } = flags;
  return MixtureModel.load(flags.initModel, loadOptions({ model, rows, discount, group }, paths, flags, signal));
}

/** The flags that are settings; what a model to fit on from has of its own is not repeated. */
export function settingsOf(flags: SettingFlags, init: FitSettings['init']): FitSettings {
  const discount = init instanceof MixtureModel ? undefined : flags.discount;
  return { ...givenOf(fitDefinitions, flags), init, discount, stepSize: stepSizeOf(flags) };
}

function partsOf(text: string, { choices }: Flag): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (choices && !parts.every((part) => choices.includes(part))) {
    throw new InvalidArgumentError(`Expected some of ${choices.join(', ')}, with commas between them.`);
  }
  return parts;
}
