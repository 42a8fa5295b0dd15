// Labels, log-probabilities and responsibilities of rows at once, for data whose results fit in memory.
import type { RowData } from '../sources/data.ts';
import { openAgain, type Source } from '../sources/source.ts';
import { Matrix } from '../util/required.ts';
import { logProbabilities, logResponsibilities, nearest } from './inference.ts';
import type { InferenceOptions } from './options.ts';
import { rowResults, type Scoring } from './row-results.ts';

/** Result of `predict`: of a model with densities, or of K-means, which has none. */
export type Prediction = DensityPrediction | NearestPrediction;

/** Result of `predict` of a model with densities. */
export interface DensityPrediction {
  /** Index, from 0, of the most probable component of each row. */
  readonly labels: Int32Array;
  /** Log density of each row, in nats. */
  readonly logProbabilities: Float64Array;
  /** Responsibilities, rows × K; each row sums to 1. */
  readonly responsibilities: Matrix;
  /** Null: only K-means has distances. */
  readonly distances: null;
}

/** Result of `predict` of K-means. */
export interface NearestPrediction {
  /** Index, from 0, of the nearest centre of each row. */
  readonly labels: Int32Array;
  /** Null: K-means has no density. */
  readonly logProbabilities: null;
  /** Null: K-means assigns rows to one centre only. */
  readonly responsibilities: null;
  /** Distance of each row to its nearest centre. */
  readonly distances: Float64Array;
}

/** Predictions for the rows of data. */
export async function predict(
  model: Scoring,
  means: Float64Array,
  rows: RowData,
  options: InferenceOptions,
): Promise<Prediction> {
  const source = await openAgain(rows, { ...options, rowsFor: model });
  const { signal, threads, kernel, precision } = options;
  const computing = { signal, threads, kernel, precision };
  try {
    return model.hasDensity
      ? await byDensity(model, source, computing)
      : await byDistance(model, means, source, computing);
  } finally {
    if (source !== rows) await source.close();
  }
}

async function byDensity(model: Scoring, source: Source, options: InferenceOptions): Promise<DensityPrediction> {
  const responsibilities: Float64Array[] = [];
  for await (const { data, dimensions } of rowResults(model, logResponsibilities, source, options)) {
    for (let start = 0; start < data.length; start += dimensions) {
      responsibilities.push(Float64Array.from(data.subarray(start, start + dimensions), Math.exp));
    }
  }
  const densities: number[] = [];
  for await (const some of rowResults(model, logProbabilities, source, options)) {
    for (const value of some) densities.push(value);
  }
  return {
    labels: Int32Array.from(responsibilities, (row) =>
      row.reduce((best, value, k) => (value > row[best]! ? k : best), 0),
    ),
    logProbabilities: Float64Array.from(densities),
    responsibilities: new Matrix(responsibilities),
    distances: null,
  };
}

async function byDistance(
  model: Scoring,
  means: Float64Array,
  source: Source,
  options: InferenceOptions,
): Promise<NearestPrediction> {
  const found = { labels: [] as number[], distances: [] as number[] };
  for await (const { labels, distances } of rowResults(model, nearest(means), source, options)) {
    for (const [n, label] of labels.entries()) {
      found.labels.push(label);
      found.distances.push(distances[n]!);
    }
  }
  return {
    labels: Int32Array.from(found.labels),
    logProbabilities: null,
    responsibilities: null,
    distances: Float64Array.from(found.distances),
  };
}
