import type { Chunk } from '../chunk.ts';
import type { ResultName } from '../parallel/compute.ts';

/** What a model says of the rows of a chunk: which result is computed, and what its numbers are handed out as. */
export interface Inference<T> {
  readonly result: ResultName;
  /** The numbers are only lent. */
  read(values: Float64Array, chunk: Chunk, components: number): T;
}

/** The most probable component of each row. */
export const labels: Inference<Int32Array> = { result: 'labels', read: (values) => Int32Array.from(values) };

/** The log normaliser of each row. */
export const logProbabilities: Inference<Float64Array> = {
  result: 'logProbabilities',
  read: (values) => values.slice(),
};

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = {
  result: 'logResponsibilities',
  read: (values, { rows, part }, components) => ({ data: values.slice(), rows, dimensions: components, part }),
};
