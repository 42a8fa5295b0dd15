// Flags that are settings, of commands that learn.
import { type Command, Option } from 'commander';
import { DataError, SettingError } from '../errors.ts';
import { type StepSize, usualStepSize } from '../fitting/algorithms/step-size.ts';
import type { InitName } from '../fitting/initialization/initializers.ts';
import { fitDefinitions, groups } from '../fitting/setting-table.ts';
import type { FitSettings } from '../fitting/settings-types.ts';
import { MixtureModel } from '../inference/model.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import { givenOf } from '../util/definition.ts';
import { addDefinedOptions } from './defined-options.ts';
import { type DataFlags, loadOptions } from './options.ts';

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

/** The model, and the settings of a fit under some headings. */
export function addSettingOptions(command: Command, headings: readonly string[]): Command {
  const which = new Option('--model <name>', 'which model').choices(Object.keys(models));
  return addDefinedOptions(command.addOption(which.helpGroup(`${groups.model}:`)), fitDefinitions, headings);
}

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

/** Help on --group of commands that learn. */
export const groupHelp =
  'group to save it in; with --init-model the group to load that from, and it is saved in model_fitted (default: model_fitted)';

/** The group that a model is saved in. */
export const outputGroupOf = ({ group, initModel }: SettingFlags): string | undefined =>
  initModel === undefined ? group : undefined;

/** How a fit is to begin. */
export async function initOf(
  paths: string[],
  flags: SettingFlags & DataFlags,
  signal: AbortSignal,
): Promise<FitSettings['init']> {
  if (flags.initMeans !== undefined) return { means: flags.initMeans };
  if (flags.initModel === undefined) return flags.grow ? 'splitting' : flags.init;
  const { model, rows, discount, group } = flags;
  const load = (kind?: ModelName): Promise<MixtureModel> =>
    MixtureModel.load(flags.initModel!, loadOptions({ model: kind, rows, discount, group }, paths, flags, signal));
  try {
    return await load();
  } catch (error) {
    // A file that does not say which model it holds has one of the kind asked for.
    if (model === undefined || !(error instanceof DataError && error.setting === 'model')) throw error;
    return load(model);
  }
}

/** The flags that are settings; a discount that was needed to load the model to fit on from is its own. */
export function settingsOf(flags: SettingFlags, init: FitSettings['init']): FitSettings {
  const discount = init instanceof MixtureModel && init.kind === modelNameOf(flags, init) ? undefined : flags.discount;
  return { ...givenOf(fitDefinitions, flags), init, discount, stepSize: stepSizeOf(flags) };
}
