// The settings of a fit: their ranges, and which models they belong to.
import { SettingError } from '../errors.ts';
import { MixtureModel } from '../inference/model.ts';
import { type CovarianceName, covarianceTypes } from '../mixture/covariance/index.ts';
import { DEFAULT_REG_COVAR } from '../mixture/mixture.ts';
import { type ModelName, type ModelSetting, models, takes } from '../mixture/model-table.ts';
import type { RowData } from '../sources/data.ts';
import { anObject, checkValue, oneOf, trueOrFalse, unknownName } from '../util/options.ts';
import { shown } from '../util/shown.ts';
import type { Begin } from './algorithms/algorithm.ts';
import { type AlgorithmName, type AlgorithmSettings, algorithms, beginOf } from './algorithms/index.ts';
import { checkStepSize } from './algorithms/step-size.ts';
import { type InitName, inits } from './initialization/initializers.ts';
import type { Control } from './stopping.ts';

/** What an estimator can be told. A model takes only the settings that belong to it. */
export interface FitSettings extends AlgorithmSettings {
  /** How many components; needed unless `init` gives means or a model. */
  readonly components?: number | undefined;
  /** Default 'full'. */
  readonly covariance?: CovarianceName | undefined;
  /**
   * Where the first means are from, or the first components. Means: 'k-means' (default), 'k-means++', 'afk-mc2' or 'random' rows;
   * components: another model fitted to a sample first ('gmm', 'vbgmm'), components 'splitting' until there are enough, or
   * 'random-responsibilities'. Or `{ means }` (rows of K × D numbers), or a model to fit on from.
   */
  readonly init?: InitName | { readonly means: RowData } | MixtureModel | undefined;
  /** 'labels' (default): one M-step from each row's nearest mean; 'parameters': the data's covariance, equal weights. */
  readonly start?: StartName | undefined;
  /**
   * 'batch' (default): an M-step after each pass; 'incremental': after each of some blocks, whose statistics are remembered;
   * 'stepwise': after each window, with statistics that fade, in the first pass.
   */
  readonly algorithm?: AlgorithmName | undefined;
  /** How often to begin, each time fitting the model to a sample of the rows; the best is kept. Default 1. */
  readonly restarts?: number | undefined;
  /** What the first covariances are multiplied by; default 1. */
  readonly boost?: number | undefined;
  /** Of everything random; default 0. */
  readonly seed?: number | undefined;
  /**
   * The least gain that counts: per row, default 1e-3; for K-means the fall of the criterion as a part of it, default 1e-4. A gain of
   * nothing ends the fit whatever the tolerance.
   */
  readonly tolerance?: number | undefined;
  /** Iterations without gain, in a row, that are let pass; default 0. */
  readonly patience?: number | undefined;
  /** M-steps at the most; default 100. */
  readonly maxIterations?: number | undefined;
  /** Exactly so many M-steps instead; the last model is returned, not the best. */
  readonly iterations?: number | undefined;
  /** Added to the diagonal of covariances; default 1e-6. */
  readonly regCovar?: number | undefined;
  /** α₀, the prior concentration; default 1/K. */
  readonly alpha0?: number | undefined;
  /** β₀, how many rows the prior mean is worth; default 1. */
  readonly beta0?: number | undefined;
  /** ν₀, degrees of freedom of the prior precision; default D. */
  readonly nu0?: number | undefined;
  /** m₀, where the prior expects means to be: D numbers; by default the mean of the data. */
  readonly meansPrior?: RowData | undefined;
  /**
   * W₀⁻¹, the prior's inverse scale of the precisions: D × D numbers (full, tied), D (diagonal) or 1 (spherical); with ν₀ = D
   * about D times the covariance that the prior expects. By default the covariance of the data.
   */
  readonly inversePrecisionPrior?: RowData | undefined;
  /** d of the Pitman-Yor process, in [0, 1); default 0.5. */
  readonly discount?: number | undefined;
}

/** How a fit begins from means. */
export type StartName = 'labels' | 'parameters';

/** FitSettings that were looked at, with their defaults; what the data decide is still open. */
export interface CheckedSettings extends FitSettings {
  readonly model: ModelName;
  readonly covariance: CovarianceName;
  readonly init: NonNullable<FitSettings['init']>;
  readonly start: StartName;
  readonly seed: number;
  readonly restarts: number;
  readonly boost: number;
  readonly regCovar: number;
  readonly discount: number;
  readonly control: Control;
  readonly begin: Begin;
}

interface Range {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

const whole = (least: number): Range => ({
  expected: `a whole number ≥ ${least}`,
  holds: (value) => Number.isSafeInteger(value) && value >= least,
});
const atLeastZero: Range = {
  expected: 'a finite number ≥ 0',
  holds: (value) => value >= 0 && value < Number.POSITIVE_INFINITY,
};
const positive: Range = {
  expected: 'a finite number > 0',
  holds: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
};
const proportion: Range = { expected: 'a number from 0 up to, but not, 1', holds: (value) => value >= 0 && value < 1 };

/** Every numeric setting and what it may be. */
const ranges = {
  components: whole(1),
  seed: whole(0),
  restarts: whole(1),
  boost: positive,
  tolerance: { expected: 'a finite number', holds: Number.isFinite },
  patience: whole(0),
  maxIterations: whole(0),
  iterations: whole(0),
  regCovar: atLeastZero,
  alpha0: positive,
  beta0: positive,
  nu0: positive,
  discount: proportion,
  blocks: whole(1),
  momentum: { expected: 'a number from 0 to 1', holds: (value) => value >= 0 && value <= 1 },
  blockMemory: whole(0),
  window: whole(1),
  stepwisePasses: whole(0),
} satisfies Partial<Record<keyof FitSettings, Range>>;

/** How a fit can begin from means. */
export const starts: Readonly<Record<StartName, true>> = { labels: true, parameters: true };

/** Every setting, and whether it belongs to all models. */
const known: Readonly<Record<keyof FitSettings, 'all' | ModelSetting>> = {
  components: 'all',
  init: 'all',
  seed: 'all',
  restarts: 'all',
  boost: 'start',
  tolerance: 'all',
  patience: 'all',
  maxIterations: 'all',
  iterations: 'all',
  covariance: 'covariance',
  start: 'start',
  regCovar: 'regCovar',
  alpha0: 'alpha0',
  beta0: 'beta0',
  nu0: 'nu0',
  meansPrior: 'meansPrior',
  inversePrecisionPrior: 'inversePrecisionPrior',
  sortComponents: 'sortComponents',
  discount: 'discount',
  algorithm: 'all',
  blocks: 'all',
  momentum: 'all',
  blockMemory: 'all',
  window: 'all',
  stepwisePasses: 'all',
  stepSize: 'all',
};

/** The names of all settings. */
export const settingNames: readonly (keyof FitSettings)[] = Object.keys(known) as (keyof FitSettings)[];

/**
 * Checks settings once, for all that comes after.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkSettings(model: ModelName, settings: FitSettings): CheckedSettings {
  if (!anObject.holds(settings)) {
    throw new SettingError(
      'bad-setting',
      `settings: received ${shown(settings)}, expected an object such as { components: 8 }`,
      { setting: 'settings' },
    );
  }
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const belongs = Object.hasOwn(known, name) && known[name as keyof FitSettings];
    if (!belongs) throw unknownName('setting', name, settingNames);
    if (belongs !== 'all' && !takes(model, belongs)) {
      throw new SettingError('unknown-setting', `${name}: a ${model} has no such setting`, { setting: name });
    }
    if (name in ranges) checkRange(name as keyof typeof ranges, value);
  }
  if (settings.init instanceof MixtureModel) checkContinues(model, settings, settings.init);
  const { covariance = 'full', init = 'k-means', start = 'labels', algorithm = 'batch' } = settings;
  checkName('covariance', covariance, covarianceTypes);
  checkName('start', start, starts);
  checkName('algorithm', algorithm, algorithms);
  if (settings.stepSize !== undefined) checkStepSize(settings.stepSize);
  if (typeof init !== 'object' || init === null) checkName('init', init, inits);
  else if (!(init instanceof MixtureModel) && !('means' in init)) {
    throw new SettingError('bad-setting', 'init: received an object, expected a name, { means }, or a model', {
      setting: 'init',
    });
  }
  if (typeof init === 'string' && inits[init as InitName].givesComponents) {
    if (!takes(model, 'covariance')) {
      throw new SettingError(
        'not-offered',
        `init: received '${init}', which gives components; a ${model} has means only`,
        { setting: 'init' },
      );
    }
    if (settings.start !== undefined) {
      throw new SettingError(
        'setting-conflict',
        `start: components that '${init}' gives are entered as they are: leave it out`,
        { setting: 'start' },
      );
    }
  }
  if (typeof init !== 'string' && settings.restarts !== undefined) {
    throw new SettingError('setting-conflict', 'restarts: given means leave nothing to chance: leave it out', {
      setting: 'restarts',
    });
  }
  if (settings.components === undefined && typeof init === 'string') {
    throw new SettingError('missing-setting', 'components: received nothing, expected how many components to fit', {
      setting: 'components',
    });
  }
  checkValue('sortComponents', settings.sortComponents, trueOrFalse);
  if (settings.iterations !== undefined) {
    const clash = (['tolerance', 'patience', 'maxIterations'] as const).find((name) => settings[name] !== undefined);
    if (clash)
      throw new SettingError(
        'setting-conflict',
        `iterations: asks for exactly ${settings.iterations}, which ${clash} contradicts: give one of them`,
        { setting: 'iterations' },
      );
  }
  const { tolerance = models[model].gain.tolerance, patience = 0, maxIterations = 100, iterations } = settings;
  const discount = takes(model, 'discount') ? (settings.discount ?? 0.5) : 0;
  return {
    ...settings,
    model,
    covariance,
    init,
    start,
    seed: settings.seed ?? 0,
    restarts: settings.restarts ?? 1,
    boost: settings.boost ?? 1,
    regCovar: settings.regCovar ?? DEFAULT_REG_COVAR,
    discount,
    control: { tolerance, patience, maxIterations, iterations },
    begin: beginOf(algorithm, settings),
  };
}

/** A model is fitted on with what it was made with. */
function checkContinues(model: ModelName, settings: FitSettings, init: MixtureModel): void {
  if (init.kind !== model) {
    throw new SettingError(
      'setting-conflict',
      `init: received a ${init.kind}, which can be fitted on as a ${init.kind} only`,
      { setting: 'init' },
    );
  }
  if (settings.components !== undefined && settings.components !== init.components) {
    throw new SettingError(
      'setting-conflict',
      `components: received ${settings.components}, but the model to fit on from has ${init.components}`,
      { setting: 'components' },
    );
  }
  if (settings.covariance !== undefined && settings.covariance !== init.covarianceType) {
    throw new SettingError(
      'setting-conflict',
      `covariance: received '${settings.covariance}', but the model to fit on from is '${init.covarianceType}'`,
      { setting: 'covariance' },
    );
  }
  const clash = (
    [
      'start',
      'restarts',
      'boost',
      'regCovar',
      'alpha0',
      'beta0',
      'nu0',
      'discount',
      'meansPrior',
      'inversePrecisionPrior',
    ] as const
  ).find((name) => settings[name] !== undefined);
  if (clash)
    throw new SettingError(
      'setting-conflict',
      `${clash}: the model to fit on from has its own, which holds: leave it out`,
      { setting: clash },
    );
}

function checkRange(name: keyof typeof ranges, value: unknown): void {
  const { expected, holds } = ranges[name];
  if (typeof value !== 'number' || !holds(value)) {
    throw new SettingError('bad-setting', `${name}: received ${shown(value)}, expected ${expected}`, { setting: name });
  }
}

function checkName(setting: string, value: unknown, choices: object): void {
  checkValue(setting, value, oneOf(choices));
}
