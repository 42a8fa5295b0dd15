// The state of an online fit during warm-up, as its group of a file holds it.
import { NO_PART } from '../../chunk.ts';
import { DataError, messageOf } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import type { StoredGroup } from '../../files/hdf5-group.ts';
import { type ModelName, models, takes } from '../../mixture/model-table.ts';
import type { RowData } from '../../sources/data.ts';
import type { FrontEnd } from '../../speech/front-end.ts';
import { checkNumbers, parseFrontEnd } from '../../storage/model-checks.ts';
import { nameOf, type Stored, sealed } from '../../storage/model-file.ts';
import { type Definition, namesOf } from '../../util/definition.ts';
import { readSmall } from '../initialization/given.ts';
import type { OfFits } from '../setting-table.ts';
import { type CheckedSettings, checkSettings, fitRows } from '../settings.ts';
import type { FitSettings } from '../settings-types.ts';
import { parseSettings, parseState } from './parse-state.ts';
import type { CheckedOnline } from './settings.ts';
import type { WarmUpState } from './warm-up.ts';

/** State of an online fit that has no model yet. */
export interface BeginningState {
  /** Settings of the model to come, whose data are numbers in memory. */
  readonly fit: CheckedSettings;
  readonly settings: CheckedOnline;
  readonly frontEnd: FrontEnd | undefined;
  readonly warmUp: WarmUpState;
}

/** Settings that may be data, and the datasets that hold them. */
const GIVEN = {
  means: 'online initial means',
  meansPrior: 'online means prior',
  inversePrecisionPrior: 'online scale prior',
} as const;

/** The state as a file holds it: the different rows so far, and the settings of the model to come. */
export function storedBeginning({ fit, settings, frontEnd, warmUp }: BeginningState): Stored {
  const { rows, came } = warmUp;
  const { init, meansPrior, inversePrecisionPrior, ...given } = givenSettings(fit);
  const datasets = new Map<string, ShapedValues>([
    ['online rows', { data: Float64Array.from(rows.data), shape: [rows.rows, rows.dimensions] }],
  ]);
  if (rows.weights) datasets.set('online row weights', { data: rows.weights, shape: [rows.rows] });
  const means = typeof init === 'object' && 'means' in init ? init.means : undefined;
  for (const [name, data] of Object.entries({ means, meansPrior, inversePrecisionPrior })) {
    if (data === undefined) continue;
    const { data: numbers, dimensions } = data as FlatRows;
    datasets.set(GIVEN[name as keyof typeof GIVEN], {
      data: numbers,
      shape: [numbers.length / dimensions, dimensions],
    });
  }
  const attributes = {
    model: fit.model,
    online_fit: JSON.stringify(means === undefined ? { ...given, init } : given),
    online_settings: JSON.stringify(settings),
    online_counters: JSON.stringify({ rows: came, hasMissing: rows.hasMissing === true }),
  };
  return sealed({ datasets, attributes }, frontEnd);
}

/** Numbers in memory, as `withNumbers` reads what is given as data. */
interface FlatRows {
  readonly data: Float64Array;
  readonly dimensions: number;
}

/**
 * Reads the state again.
 *
 * @throws DataError where it is damaged.
 */
export function beginningOf({ datasets, attributes }: StoredGroup, path: string, group: string): BeginningState {
  const name = nameOf(path, group);
  checkNumbers(datasets, attributes, name);
  const { model, online_fit: fit, online_settings: settings, online_counters: counters, front_end: sound } = attributes;
  const { data, shape } = datasets.get('online rows') ?? { data: new Float64Array(0), shape: [] };
  const [rows = 0, dimensions = 0] = shape;
  const weights = datasets.get('online row weights')?.data;
  const { rows: came = 0, hasMissing } = parseState(String(counters), name) as { rows?: number; hasMissing?: boolean };
  if (!(rows > 0 && came >= rows) || (weights && weights.length !== rows))
    throw new DataError('damaged', `${name} is damaged: its first rows are not whole`, { source: name });
  return {
    fit: fitOf(String(model), parseState(String(fit), name), datasets, name),
    settings: parseSettings(String(settings), name),
    frontEnd: parseFrontEnd(sound, dimensions, name),
    warmUp: { came, rows: { data, rows, dimensions, weights, part: NO_PART, hasMissing: hasMissing || undefined } },
  };
}

function fitOf(
  model: string,
  settings: FitSettings,
  datasets: ReadonlyMap<string, ShapedValues>,
  name: string,
): CheckedSettings {
  const given = (setting: keyof typeof GIVEN): FlatRows | undefined => {
    const dataset = datasets.get(GIVEN[setting]);
    return dataset && { data: dataset.data, dimensions: dataset.shape[1] ?? 1 };
  };
  const means = given('means');
  try {
    if (!Object.hasOwn(models, model)) throw new Error(`its model is ${model}`);
    return checkSettings(model as ModelName, {
      ...settings,
      ...(means && { init: { means } }),
      meansPrior: given('meansPrior'),
      inversePrecisionPrior: given('inversePrecisionPrior'),
    });
  } catch (error) {
    throw new DataError('damaged', `${name} is damaged: ${messageOf(error)}`, { source: name, cause: error });
  }
}

/** The settings that are not what they are by default, of those that the model and the algorithm take. */
function givenSettings(fit: CheckedSettings): FitSettings {
  return Object.fromEntries(
    namesOf(fitRows)
      .filter((name) => {
        const { default: usual, family, algorithms }: Definition & OfFits = fitRows[name];
        const isTaken = (!family || takes(fit.model, family)) && (!algorithms || algorithms.includes(fit.algorithm));
        return isTaken && fit[name] !== undefined && fit[name] !== usual;
      })
      .map((name) => [name, fit[name]]),
  );
}

/** The same settings with what is given as data read: numbers that can be saved. */
export async function withNumbers(fit: CheckedSettings, signal: AbortSignal): Promise<CheckedSettings> {
  const { init, meansPrior, inversePrecisionPrior } = fit;
  const numbers = async (data: RowData | undefined, what: string): Promise<FlatRows | undefined> => {
    if (data === undefined) return undefined;
    const { values, columns } = await readSmall(data, what, signal);
    return { data: values, dimensions: columns };
  };
  const known = typeof init === 'object' ? init.means : undefined;
  const means = fit.continues ? undefined : await numbers(known, 'the initial means');
  return {
    ...fit,
    init: means ? { means } : init,
    meansPrior: await numbers(meansPrior, 'the means prior'),
    inversePrecisionPrior: await numbers(inversePrecisionPrior, 'the inverse precision prior'),
  };
}
