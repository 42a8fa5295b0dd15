import type { Chunk } from '../chunk.ts';
import type { ResultName } from '../parallel/compute.ts';

/** What a model says of the rows of a chunk: which result of which pass is computed, and what its numbers are handed out as. */
export interface Inference<T> {
  readonly pass: 'pass' | 'densityPass';
  readonly result: ResultName;
  /** The numbers are only lent. */
  read(values: Float64Array, chunk: Chunk, components: number): T;
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

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = {
  pass: 'pass',
  result: 'logResponsibilities',
  read: (values, { rows, part }, components) => ({ data: values.slice(), rows, dimensions: components, part }),
};
