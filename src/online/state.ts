import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { covarianceOf } from '../mixture.ts';
import { Statistics } from '../statistics.ts';
import type { Values } from '../storage/h5.ts';
import { loadWithExtras, type ModelState, saveModel } from '../storage/model-file.ts';
import { type CheckedOnline, checkOnline } from './settings.ts';

/** All that an online fit needs to go on exactly. */
export interface OnlineState {
  readonly model: ModelState;
  /** Of one row, about the model's means. */
  readonly statistics: Statistics;
  readonly settings: CheckedOnline;
  /** Windows so far. */
  readonly windows: number;
  /** Rows so far, those that wait included. */
  readonly rows: number;
  /** The sum of row weights so far, and the least that it is taken for. */
  readonly weight: number;
  readonly leastWeight: number;
  /** Rows that wait for the window to be full. */
  readonly waiting: Chunk;
}

/** Where the state is, beside the model that is used. */
export const STATE_GROUP = 'online';

const COUNTERS = ['windows', 'rows', 'weight', 'leastWeight'] as const;

/** Writes the latest model, with what it takes to go on from it, into a group of its own. */
export async function saveState(path: string, state: OnlineState): Promise<void> {
  const { model, statistics, settings, waiting } = state;
  const datasets = new Map<string, Values>();
  const put = (name: string, data: Float64Array | undefined, shape: readonly number[]): void => {
    if (data && data.length > 0) datasets.set(name, { data, shape });
  };
  put('online statistics', statistics.values, [statistics.values.length]);
  put('online rows', Float64Array.from(waiting.data), [waiting.rows, waiting.dimensions]);
  put('online row weights', waiting.weights, [waiting.rows]);
  const attributes = {
    online_settings: JSON.stringify(settings),
    online_counters: JSON.stringify(Object.fromEntries(COUNTERS.map((name) => [name, state[name]]))),
  };
  await saveModel(path, model, STATE_GROUP, { datasets, attributes });
}

/**
 * Reads it again.
 *
 * @throws DataError where there is none, or it is damaged.
 */
export async function loadState(path: string): Promise<OnlineState> {
  const name = `${path}:/${STATE_GROUP}`;
  const { state: model, datasets, attributes } = await loadWithExtras(path, { group: STATE_GROUP });
  const { components, dimensions } = model.mixture;
  const statistics = new Statistics({ components, dimensions, covariance: covarianceOf(model.mixture) });
  const values = datasets.get('online statistics')?.data;
  const [settings, counters] = [attributes.online_settings, attributes.online_counters];
  if (values?.length !== statistics.values.length || typeof settings !== 'string' || typeof counters !== 'string') {
    throw new DataError(`${name} holds no state of an online fit: begin anew, without --resume`);
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
  const counts = JSON.parse(counters) as Pick<OnlineState, (typeof COUNTERS)[number]>;
  return { model, statistics, settings: checkOnline(JSON.parse(settings)), ...counts, waiting };
}
