// The state of an online fit that has a model, as its group of a file holds it.
import { type Chunk, NO_PART } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import type { StoredGroup } from '../../files/hdf5-group.ts';
import { type Part, parts } from '../../mixture/constraints.ts';
import { statisticsFor } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { type ModelState, modelOf, nameOf, type Stored, storedModel } from '../../storage/model-file.ts';
import type { Learned } from './learner.ts';
import type { MoverState } from './mover.ts';
import { parseSettings, parseState } from './parse-state.ts';
import type { CheckedOnline } from './settings.ts';

/** State of an online fit that has a model. */
export interface LearnedState extends Pick<Learned, (typeof COUNTERS)[number]> {
  readonly model: ModelState;
  /** Of one row, about the model's means. */
  readonly statistics: Statistics;
  readonly settings: CheckedOnline;
  /** What M-steps change, and the least variances, if there are any. */
  readonly update: readonly Part[];
  readonly floors: Float64Array | undefined;
  /** Rows that wait for the window to be full. */
  readonly waiting: Chunk;
  readonly mover: MoverState;
}

const COUNTERS = ['windows', 'rows', 'repeats', 'weight', 'weightBefore', 'leastWeight'] as const;
/** Files that were written before it counted have none. */
const NONE_YET = { repeats: 0 };

/** The state as a file holds it: the latest model, and what it takes to continue from it. */
export function storedLearned(state: LearnedState): Stored {
  const { model, statistics, settings, waiting, update, floors } = state;
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
  put('online variance floors', floors, [waiting.dimensions]);
  const attributes = {
    online_settings: JSON.stringify(settings),
    online_update: update.join(),
    online_counters: JSON.stringify(Object.fromEntries(COUNTERS.map((name) => [name, state[name]]))),
    online_mover: JSON.stringify({ ...mover, growth: sample.growth, highestLeft: sample.highestLeft }),
  };
  return storedModel(model, { datasets, attributes });
}

/**
 * Reads it again.
 *
 * @throws DataError where there is none, or it is damaged.
 */
export async function learnedOf(stored: StoredGroup, path: string, group: string): Promise<LearnedState> {
  const { datasets, attributes } = stored;
  const name = nameOf(path, group);
  const model = await modelOf(stored, path, { group });
  const { dimensions } = model.mixture;
  const statistics = statisticsFor(model.mixture);
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
    part: NO_PART,
    hasMissing: data.some(Number.isNaN) || undefined,
  };
  const counts = { ...NONE_YET, ...parseState(counters, name) } as Pick<Learned, (typeof COUNTERS)[number]>;
  const bad = COUNTERS.find((counter) => !(counts[counter] >= 0));
  if (bad)
    throw new DataError('damaged', `${name} is damaged: its counter ${bad} is ${counts[bad]}, expected a number ≥ 0`, {
      source: name,
    });
  return {
    model,
    statistics,
    settings: parseSettings(settings, name),
    update: updateOf(attributes.online_update, name),
    floors: floorsOf(datasets, dimensions, name),
    ...counts,
    waiting,
    mover: moverOf(datasets, attributes.online_mover, name, model),
  };
}

/** What M-steps change; everything, in files that are older than the choice. */
function updateOf(attribute: unknown, name: string): readonly Part[] {
  if (attribute === undefined) return parts;
  const named = String(attribute).split(',');
  const update = parts.filter((part) => named.includes(part));
  if (update.length === named.length) return update;
  throw new DataError('damaged', `${name} is damaged: it updates ${named.join(', ')}`, { source: name });
}

function floorsOf(datasets: StoredGroup['datasets'], dimensions: number, name: string): Float64Array | undefined {
  const floors = datasets.get('online variance floors')?.data;
  if (floors === undefined || (floors.length === dimensions && floors.every((floor) => floor >= 0))) return floors;
  throw new DataError('damaged', `${name} is damaged: its variance floors are not whole`, { source: name });
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
    ...(typeof attribute === 'string' ? parseState(attribute, name) : {}),
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
