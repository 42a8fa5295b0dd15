// The interface of the sums of moments.
import type { Pass } from '../../mixture/pass.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { rowsOf } from '../../util/vector.ts';
import type { Group } from '../batch-group.ts';
import type { Blas } from '../blas-library.ts';
import type { Memory } from '../wasm-memory.ts';

/** Sums over the rows of one chunk that stay in WebAssembly memory until the chunk is done. */
export interface MomentSums {
  /** To be called when memory is allocated. */
  begin(): void;
  /** Adds the rows of a group, each to the components that it has a share of. */
  add(group: Group): void;
  /** Adds the sums to statistics, and starts again from zero. */
  moveTo(statistics: Statistics): void;
}

/** Which moments are summed, about which means. */
export type PassMoments = NonNullable<Pass['moments']>;

/** Which responsibilities count, and how exactly: numbers for each component. */
export interface Worth {
  /** The smallest that counts. */
  readonly least: Float64Array;
  /** Below it floats will do. */
  readonly single: Float64Array;
}

/** Makes sums; with a BLAS library, they may be products of matrices. */
export type Sums = new (
  moments: PassMoments,
  memory: Memory,
  dimensions: number,
  worth: Worth,
  blas: Blas | undefined,
) => MomentSums;

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Means, each in a run of `width` doubles. */
export function writeMeans(memory: Memory, at: number, means: Float64Array, dimensions: number, width: number): void {
  for (const [k, mean] of rowsOf(means, dimensions).entries()) {
    memory.doubles(at + k * width * 8, dimensions).set(mean);
  }
}
