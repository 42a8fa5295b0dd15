// Checks of a fit's settings, and which combinations of them there are.
import { SettingError } from '../errors.ts';
import { MixtureModel } from '../inference/model.ts';
import { parts } from '../mixture/constraints.ts';
import { distances } from '../mixture/distance.ts';
import { distanceOf } from '../mixture/mixture.ts';
import { type ModelName, models, takes } from '../mixture/model-table.ts';
import {
  checkDefined,
  type Definition,
  type DefinitionTable,
  namesOf,
  type WithDefaults,
  withDefaults,
} from '../util/definition.ts';
import type { Begin } from './algorithms/algorithm.ts';
import { type AlgorithmName, algorithms } from './algorithms/index.ts';
import { type InitName, inits } from './initialization/initializers.ts';
import { fitDefinitions, type OfFits } from './setting-table.ts';
import type { FitSettings } from './settings-types.ts';
import type { Control } from './stopping.ts';

/** The table of settings, with what is true of all. */
export const fitRows: DefinitionTable<FitSettings, OfFits> = fitDefinitions;

/** Checked FitSettings with their defaults; what depends on the data is still open. */
export interface CheckedSettings extends WithDefaults<FitSettings, typeof fitDefinitions> {
  readonly model: ModelName;
  /** The model that is fitted on exactly, if `init` is one of the kind asked for; another kind is only where the fit begins. */
  readonly continues: MixtureModel | undefined;
  readonly control: Control;
  readonly begin: Begin;
}

/**
 * Checks settings once, for all that comes after.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkSettings(model: ModelName, settings: FitSettings): CheckedSettings {
  checkDefined(fitRows, settings, '{ components: 8 }');
  const algorithm = settings.algorithm ?? fitDefinitions.algorithm.default;
  for (const name of namesOf(fitRows)) if (settings[name] !== undefined) checkBelongs(name, model, algorithm);
  const continues = continued(model, settings);
  if (continues) checkContinues(settings, continues);
  else checkBegins(model, settings);
  checkEnds(settings);
  checkOrder(settings);
  const checked = withDefaults(fitDefinitions, withThoseOf(settings.init, settings));
  const { tolerance = models[model].gain.tolerance, patience, maxIterations, iterations } = checked;
  return {
    ...checked,
    discount: takes(model, 'discount') ? checked.discount : 0,
    model,
    continues,
    control: { tolerance, patience, maxIterations, iterations },
    begin: algorithms[algorithm](checked),
  };
}

/** A setting that is given belongs to the model and to the algorithm. */
function checkBelongs(name: keyof FitSettings, model: ModelName, algorithm: AlgorithmName): void {
  const { family, algorithms: owners }: Definition & OfFits = fitRows[name];
  if (family && !takes(model, family))
    throw new SettingError('unknown-setting', `${name}: a ${model} has no such setting`, { setting: name });
  if (owners && !owners.includes(algorithm)) {
    throw new SettingError(
      'setting-conflict',
      `${name}: belongs to the algorithm '${owners[0]}', not to '${algorithm}': leave it out`,
      { setting: name },
    );
  }
}

/** The model to begin with, if it is to be fitted on exactly: one of the same kind and covariance type. */
function continued(model: ModelName, { init, covariance, distance }: FitSettings): MixtureModel | undefined {
  if (!(init instanceof MixtureModel) || init.kind !== model) return undefined;
  if (distance !== undefined && distances[distance] !== distanceOf(init.state.mixture)) return undefined;
  return covariance === undefined || covariance === init.covarianceType ? init : undefined;
}

/** A model to begin with settles how many components there are and, unless another is asked for, the covariance type. */
function withThoseOf(init: FitSettings['init'], settings: FitSettings): FitSettings {
  if (!(init instanceof MixtureModel)) return settings;
  const { covariance = init.covarianceType ?? undefined } = settings;
  return { ...settings, components: init.components, covariance };
}

/** There is something to begin with, and nothing that it leaves no room for. */
function checkBegins(model: ModelName, settings: FitSettings): void {
  const { init = fitDefinitions.init.default, start, restarts, components } = settings;
  if (typeof init !== 'string') {
    if (init instanceof MixtureModel) {
      checkComponents(settings, init);
      if (init.hasDensity) checkEntered(start, 'a model');
    }
    if (restarts === undefined) return;
    throw new SettingError('setting-conflict', 'restarts: given means leave nothing to chance: leave it out', {
      setting: 'restarts',
    });
  }
  if (inits[init as InitName].givesComponents) {
    if (!takes(model, 'covariance')) {
      throw new SettingError(
        'not-offered',
        `init: received '${init}', which gives components; a ${model} has means only`,
        { setting: 'init' },
      );
    }
    checkEntered(start, `'${init}'`);
  }
  if (components === undefined) {
    throw new SettingError('missing-setting', 'components: received nothing, expected how many components to fit', {
      setting: 'components',
    });
  }
}

/** There is no choice of how components begin that are given whole. */
function checkEntered(start: FitSettings['start'], from: string): void {
  if (start === undefined) return;
  throw new SettingError(
    'setting-conflict',
    `start: components that ${from} gives are entered as they are: leave it out`,
    { setting: 'start' },
  );
}

/** A model to begin with says how many components there are. */
function checkComponents({ components }: FitSettings, init: MixtureModel): void {
  if (components === undefined || components === init.components) return;
  throw new SettingError(
    'setting-conflict',
    `components: received ${components}, but the model to begin with has ${init.components}: leave it out`,
    { setting: 'components' },
  );
}

/** What stays stays in its place. */
function checkOrder({ sortComponents, update }: FitSettings): void {
  if (!sortComponents || !update || parts.every((part) => update.includes(part))) return;
  throw new SettingError(
    'setting-conflict',
    `sortComponents: what update (${update.join(', ')}) leaves as it is stays in its order: leave one of them out`,
    { setting: 'sortComponents' },
  );
}

/** A number of iterations is the only reason to end. */
function checkEnds(settings: FitSettings): void {
  if (settings.iterations === undefined) return;
  const clash = (['tolerance', 'patience', 'maxIterations'] as const).find((name) => settings[name] !== undefined);
  if (!clash) return;
  throw new SettingError(
    'setting-conflict',
    `iterations: asks for exactly ${settings.iterations}, which ${clash} contradicts: give one of them`,
    { setting: 'iterations' },
  );
}

/** A model is fitted on with what it was made with. */
function checkContinues(settings: FitSettings, init: MixtureModel): void {
  checkComponents(settings, init);
  const clash = namesOf(fitRows).find((name) => fitRows[name].isOfModel && settings[name] !== undefined);
  if (clash)
    throw new SettingError(
      'setting-conflict',
      `${clash}: the model to fit on from has its own, which holds: leave it out`,
      { setting: clash },
    );
}
