// The state of an online fit, saved and resumed exactly.
import type { Chunk } from '../../chunk.ts';
import { DataError, messageOf } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { covarianceOf } from '../../mixture/mixture.ts';
import { Statistics } from '../../mixture/statistics.ts';
import { DEFAULT_GROUP, loadWithExtras, type ModelState, saveModel } from '../../storage/model-file.ts';
import type { MoverState } from './mover.ts';
import { type CheckedOnline, checkOnline } from './settings.ts';

/** State of an online fit for continuing exactly. */
export interface OnlineState {
  readonly model: ModelState;
  /** Of one row, about the model's means. */
  readonly statistics: Statistics;
  readonly settings: CheckedOnline;
  /** Windows so far. */
  readonly windows: number;
  /** Rows so far, those that wait included. */
  readonly rows: number;
  readonly repeats: number;
  /** As of what was learned. */
  readonly weight: number;
  readonly weightBefore: number;
  readonly leastWeight: number;
  /** Rows that wait for the window to be full. */
  readonly waiting: Chunk;
  readonly mover: MoverState;
}

/** The group that holds the state, beside the group of the model that is used. */
export const stateGroupOf = (group: string = DEFAULT_GROUP): string => `${group}_online`;

const COUNTERS = ['windows', 'rows', 'repeats', 'weight', 'weightBefore', 'leastWeight'] as const;
/** Files that were written before it counted have none. */
const NONE_YET = { repeats: 0 };

/** Writes the latest model and the state for continuing from it into a group of its own. */
export async function saveState(path: string, group: string | undefined, state: OnlineState): Promise<void> {
  const { model, statistics, settings, waiting } = state;
  const datasets = new Map<string, ShapedValues>();
  const put = (name: string, data: Float64Array | undefined, shape: readonly number[]): void => {
    if (data && data.length > 0) datasets.set(name, { data, shape });
  };
  put('online statistics', statistics.values, [statistics.values.length]);
  put('online rows', Float64Array.from(waiting.data), [waiting.rows, waiting.dimensions]);
  put('online row weights', waiting.weights, [waiting.rows]);
  const { sample, counts, ...mover } = state.mover;
  const sampled = sample.weights.length;
  put('online sample', sample.rows, [sampled, waiting.dimensions]);
  put('online sample weights', sample.weights, [sampled]);
  put('online sample priorities', sample.priorities, [sampled]);
  put('online recent counts', counts, [counts.length]);
  const attributes = {
    online_settings: JSON.stringify(settings),
    online_counters: JSON.stringify(Object.fromEntries(COUNTERS.map((name) => [name, state[name]]))),
    online_mover: JSON.stringify({ ...mover, growth: sample.growth, highestLeft: sample.highestLeft }),
  };
  await saveModel(path, model, stateGroupOf(group), { datasets, attributes });
}

/**
 * Reads it again.
 *
 * @throws DataError where there is none, or it is damaged.
 */
export async function loadState(path: string, group: string | undefined): Promise<OnlineState> {
  const stateGroup = stateGroupOf(group);
  const name = `${path}:/${stateGroup}`;
  const { state: model, datasets, attributes } = await loadWithExtras(path, { group: stateGroup });
  const { components, dimensions } = model.mixture;
  const statistics = new Statistics({ components, dimensions, covariance: covarianceOf(model.mixture) });
  const values = datasets.get('online statistics')?.data;
  const [settings, counters] = [attributes.online_settings, attributes.online_counters];
  if (values?.length !== statistics.values.length || typeof settings !== 'string' || typeof counters !== 'string') {
    throw new DataError('bad-model', `${name} holds no state of an online fit: begin anew, without resume`, {
      source: name,
      setting: 'resume',
    });
  }
  statistics.values.set(values);
  const data = datasets.get('online rows')?.data ?? new Float64Array(0);
  const waiting: Chunk = {
    data,
    rows: data.length / dimensions,
    dimensions,
    weights: datasets.get('online row weights')?.data,
    part: 0,
    hasMissing: data.some(Number.isNaN) || undefined,
  };
  const counts = { ...NONE_YET, ...parse(counters, name) } as Pick<OnlineState, (typeof COUNTERS)[number]>;
  const bad = COUNTERS.find((counter) => !(counts[counter] >= 0));
  if (bad)
    throw new DataError('damaged', `${name} is damaged: its counter ${bad} is ${counts[bad]}, expected a number ≥ 0`, {
      source: name,
    });
  return {
    model,
    statistics,
    settings: parseSettings(settings, name),
    ...counts,
    waiting,
    mover: moverOf(datasets, attributes.online_mover, name, model),
  };
}

/** State of moving components; empty in files that are older than it. */
function moverOf(
  datasets: ReadonlyMap<string, ShapedValues>,
  attribute: unknown,
  name: string,
  { mixture }: ModelState,
): MoverState {
  const numbers = (dataset: string): Float64Array => datasets.get(dataset)?.data ?? new Float64Array(0);
  const { growth, highestLeft, ...mover } = {
    ...NOTHING_SEEN,
    ...(typeof attribute === 'string' ? parse(attribute, name) : {}),
  };
  const sample = {
    rows: numbers('online sample'),
    weights: numbers('online sample weights'),
    priorities: numbers('online sample priorities'),
  };
  const counts = datasets.get('online recent counts')?.data ?? new Float64Array(mixture.components);
  const rows = sample.weights.length;
  const isWhole = sample.rows.length === rows * mixture.dimensions && sample.priorities.length === rows;
  if (!isWhole || counts.length !== mixture.components)
    throw new DataError('damaged', `${name} is damaged: its sample is not whole`, { source: name });
  return { ...mover, counts, sample: { ...sample, growth, highestLeft } };
}

const NOTHING_SEEN = { growth: 1, highestLeft: 0, left: 1, older: 1, rows: 0, wasInVain: false, moved: 0, looks: 0 };

/** Checked as if somebody had just set them. */
function parseSettings(text: string, name: string): CheckedOnline {
  const { hasHeldOut, ...settings } = parse(text, name) as CheckedOnline;
  try {
    return { ...checkOnline({ ...settings, heldOut: '' }), hasHeldOut: hasHeldOut === true };
  } catch (error) {
    throw new DataError('damaged', `${name} is damaged: ${messageOf(error)}`, { source: name, cause: error });
  }
}

function parse(text: string, name: string): object {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    throw new DataError('damaged', `${name} is damaged: its state cannot be read: ${messageOf(error)}`, {
      source: name,
      cause: error,
    });
  }
}
