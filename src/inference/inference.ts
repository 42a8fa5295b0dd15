// Labels, log-probabilities and log responsibilities of a chunk.
import type { Chunk } from '../chunk.ts';
import type { ResultName } from '../e-step/parallel/computing.ts';
import { type DistanceName, distanceNamed, normaliseRows } from '../mixture/distance.ts';
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

/** A chunk of K numbers for each row, which are its own. */
export interface NumbersByComponent extends Chunk {
  readonly data: Float64Array;
}

/** rows × K numbers, each made of one that is computed, as a chunk. */
const byComponent = ({ rows, part, times }: Chunk, { components }: Scored, data: Float64Array): NumbersByComponent => ({
  data,
  rows,
  dimensions: components,
  part,
  times,
});

/** rows × K log responsibilities. */
export const logResponsibilities: Inference<NumbersByComponent> = {
  pass: 'pass',
  result: 'logResponsibilities',
  read: (values, chunk, scored) => byComponent(chunk, scored, values.slice()),
};

/** rows × K responsibilities. */
export const responsibilities: Inference<NumbersByComponent> = {
  ...logResponsibilities,
  read: (values, chunk, scored) => byComponent(chunk, scored, values.map(Math.exp)),
};

/** rows × K distances, of densities that are −½ times squared distances. */
export const componentDistances: Inference<NumbersByComponent> = {
  pass: 'distancePass',
  result: 'logDensities',
  read(values, chunk, scored) {
    const { fromSquare } = distanceNamed(scored.distance);
    return byComponent(
      chunk,
      scored,
      values.map((density) => fromSquare(Math.max(0, -2 * density))),
    );
  },
};

/** The nearest of some centres, and how far it is from each row. */
export const nearest = (
  centres: Float64Array,
): Inference<{ readonly labels: Int32Array; readonly distances: Float64Array }> => ({
  ...labels,
  needsRows: true,
  read: (values, { data: given, rows, dimensions, hasMissing }, { distance }) => {
    const { isOfDirections, fromSquare } = distanceNamed(distance);
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
