// Checks of a fit's settings, and which combinations of them there are.
import { SettingError } from '../errors.ts';
import { MixtureModel } from '../inference/model.ts';
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
  if (settings.init instanceof MixtureModel) checkContinues(model, settings, settings.init);
  else checkBegins(model, settings);
  checkEnds(settings);
  const checked = withDefaults(fitDefinitions, settings);
  const { tolerance = models[model].gain.tolerance, patience, maxIterations, iterations } = checked;
  return {
    ...checked,
    discount: takes(model, 'discount') ? checked.discount : 0,
    model,
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

/** There is something to begin with, and nothing that it leaves no room for. */
function checkBegins(model: ModelName, settings: FitSettings): void {
  const { init = fitDefinitions.init.default, start, restarts, components } = settings;
  if (typeof init !== 'string') {
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
    if (start !== undefined) {
      throw new SettingError(
        'setting-conflict',
        `start: components that '${init}' gives are entered as they are: leave it out`,
        { setting: 'start' },
      );
    }
  }
  if (components === undefined) {
    throw new SettingError('missing-setting', 'components: received nothing, expected how many components to fit', {
      setting: 'components',
    });
  }
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
  const clash = namesOf(fitRows).find((name) => fitRows[name].isOfModel && settings[name] !== undefined);
  if (clash)
    throw new SettingError(
      'setting-conflict',
      `${clash}: the model to fit on from has its own, which holds: leave it out`,
      { setting: clash },
    );
}
