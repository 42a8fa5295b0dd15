// Flags that are settings, of commands that learn.
import { type Command, Option } from 'commander';
import { SettingError } from '../errors.ts';
import { type StepSize, usualStepSize } from '../fitting/algorithms/step-size.ts';
import { inits } from '../fitting/initialization/initializers.ts';
import { type FitSettings, settingNames, starts } from '../fitting/settings.ts';
import { MixtureModel } from '../inference/model.ts';
import { covarianceTypes } from '../mixture/covariance/index.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import { type DataFlags, loadOptions } from './options.ts';
import { decimal } from './text.ts';

/** What commands that learn can be told of the model. */
export interface SettingFlags extends Omit<FitSettings, 'init' | 'stepSize'> {
  readonly model?: ModelName;
  readonly group?: string;
  readonly init?: keyof typeof inits;
  readonly grow?: boolean;
  readonly initMeans?: string;
  readonly initModel?: string;
  readonly rows?: number;
  readonly kappa?: number;
  readonly stepOffset?: number;
  readonly stepSize?: number;
}

/** The model, how it begins, and its priors. */
export function addSettingOptions(command: Command): Command {
  return command
    .addOption(new Option('--model <name>', 'which model').choices(Object.keys(models)))
    .option('--components <k>', 'how many components', decimal)
    .addOption(
      new Option('--covariance <type>', 'kind of covariances (default: full)').choices(Object.keys(covarianceTypes)),
    )
    .addOption(
      new Option('--init <how>', 'how means are chosen (default: k-means)')
        .choices(Object.keys(inits))
        .conflicts(['initMeans', 'initModel', 'grow']),
    )
    .addOption(
      new Option('--grow', 'split components until there are enough: --init splitting').conflicts([
        'initMeans',
        'initModel',
      ]),
    )
    .option('--restarts <n>', 'begin so often on a sample of the rows, and keep the best (default: 1)', decimal)
    .option('--boost <x>', 'multiply the first covariances (default: 1)', decimal)
    .addOption(new Option('--init-means <file>', 'means to start from, one a row').conflicts('initModel'))
    .option('--init-model <file>', 'a saved model to fit on from')
    .option('--rows <n>', 'rows the saved model was fitted to, if it has no counts (default: those of DATA)', decimal)
    .addOption(
      new Option(
        '--start <from>',
        "from each row's nearest mean, or from the data's covariance (default: labels)",
      ).choices(Object.keys(starts)),
    )
    .option('--seed <n>', 'of everything random (default: 0)', decimal)
    .option('--alpha-0 <x>', 'prior: the smaller, the fewer components are used (default: 1/K)', decimal)
    .option('--beta-0 <x>', 'prior: how many rows the expected mean is worth (default: 1)', decimal)
    .option('--nu-0 <x>', 'prior: how many rows the expected covariance is worth (default: number of columns)', decimal)
    .option('--means-prior <file>', 'prior: where means are expected, one row (default: the mean of DATA)')
    .option(
      '--inverse-precision-prior <file>',
      'prior: the expected covariance times nu-0: D rows, one row, or a number (default: the covariance of DATA)',
    )
    .option('--discount <d>', 'prior of a pypgmm: the larger, the more small components (default: 0.5)', decimal)
    .option('--reg-covar <x>', 'added to the diagonal of covariances (default: 1e-6)', decimal);
}

/** How much a window replaces of what was learned. */
export function addStepOptions(command: Command): Command {
  return command
    .option('--kappa <k>', 'window t replaces (t + offset)^−k of what was learned; 0.5 < k ≤ 1 (default: 0.6)', decimal)
    .option('--step-offset <n>', 'windows that the beginning is worth (default: 100)', decimal)
    .addOption(
      new Option('--step-size <x>', 'every window replaces this part, for data that drift')
        .argParser(decimal)
        .conflicts(['kappa', 'stepOffset']),
    );
}

/** What parts of a step size are called here. */
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
  const given = settingNames.map((name) => [name, flags[name as keyof SettingFlags]]);
  const discount = init instanceof MixtureModel ? undefined : flags.discount;
  return { ...Object.fromEntries(given), init, discount, stepSize: stepSizeOf(flags) };
}
