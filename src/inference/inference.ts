// Labels, log-probabilities and log responsibilities of a chunk.
import type { Chunk } from '../chunk.ts';
import type { ResultName } from '../e-step/parallel/computing.ts';
import { type DistanceName, distances, normaliseRows } from '../mixture/distance.ts';
import type { ScoredRows } from './part-scores.ts';

/** An inference about the rows of a chunk: which result of which pass is computed, and in which form it is returned. */
export interface Inference<T> {
  readonly pass: 'pass' | 'densityPass' | 'distancePass';
  readonly result: ResultName;
  /** Whether `read` needs the rows themselves; otherwise their memory has been released by then. */
  readonly needsRows?: boolean | undefined;
  /** The numbers are only lent. */
  read(values: Float64Array, chunk: Chunk, scored: Scored): T;
}

/** What results depend on besides. */
export interface Scored {
  readonly components: number;
  /** Of K-means; null for others. */
  readonly distance: DistanceName | null;
}

/** The most probable component of each row. */
export const labels: Inference<Int32Array> = {
  pass: 'pass',
  result: 'labels',
  read: (values) => Int32Array.from(values),
};

/** The log normaliser of each row, of the E-step. */
export const logNormalisers: Inference<Float64Array> = {
  pass: 'pass',
  result: 'logNormalisers',
  read: (values) => values.slice(),
};

/** The logarithm of the density of each row. */
export const logProbabilities: Inference<Float64Array> = { ...logNormalisers, pass: 'densityPass' };

/** The same with what it takes to add them up by parts. */
export const scoredRows: Inference<ScoredRows> = {
  ...logProbabilities,
  read: (values, { part, weights }) => ({ part, weights, logProbabilities: values.slice() }),
};

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = {
  pass: 'pass',
  result: 'logResponsibilities',
  read: (values, { rows, part, times }, { components }) => ({
    data: values.slice(),
    rows,
    dimensions: components,
    part,
    times,
  }),
};

/** rows × K distances, as a chunk: of densities that are −½ times squared distances. */
export const componentDistances: Inference<Chunk> = {
  pass: 'distancePass',
  result: 'logDensities',
  read: (values, { rows, part, times }, { components, distance }) => {
    const { fromSquare } = distances[distance ?? 'euclidean'];
    const data = values.map((density) => fromSquare(Math.max(0, -2 * density)));
    return { data, rows, dimensions: components, part, times };
  },
};

/** The nearest of some centres, and how far it is from each row. */
export const nearest = (
  centres: Float64Array,
): Inference<{ readonly labels: Int32Array; readonly distances: Float64Array }> => ({
  ...labels,
  needsRows: true,
  read: (values, { data: given, rows, dimensions, hasMissing }, { distance }) => {
    const { isOfDirections, fromSquare } = distances[distance ?? 'euclidean'];
    const data = isOfDirections ? new Float64Array(given.length) : given;
    if (isOfDirections) normaliseRows(given, dimensions, data as Float64Array);
    const found = Int32Array.from(values);
    const nearestDistances = new Float64Array(rows);
    for (let n = 0; n < rows; n++) {
      let sum = 0;
      for (let j = 0; j < dimensions; j++) {
        const difference = data[n * dimensions + j]! - centres[found[n]! * dimensions + j]!;
        if (!hasMissing || !Number.isNaN(difference)) sum += difference ** 2;
      }
      nearestDistances[n] = fromSquare(sum);
    }
    return { labels: found, distances: nearestDistances };
  },
});
