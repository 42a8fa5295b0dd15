// Computations on a chunk on one thread.
import type { Chunk } from '../../chunk.ts';
import { type Computing, kernelFor } from '../../kernels/index.ts';
import type { Kernel } from '../../kernels/kernel.ts';
import { type Pass, shapeOf, statisticsOf } from '../../mixture/pass.ts';
import { Statistics } from '../../mixture/statistics.ts';

/** A computation on every chunk: plain data, so that it can be sent to another thread. */
export interface Job {
  readonly pass: Pass;
  readonly result: ResultName;
}

/** Numbers that are good until the next chunk is computed; or the first row that is too far from all components. */
export interface Outcome {
  readonly values: Float64Array;
  /** −1 if there is none. */
  readonly farRow: number;
}

/** Computes a job on one thread. */
export interface Computer {
  compute(chunk: Chunk): Outcome;
  close(): void;
}

/** A result per row. */
interface Reading {
  /** How many numbers a row gives. */
  width(components: number): number;
  /** Writes them, and of every row a number that is not finite if it is too far from all components. */
  read(kernel: Kernel, chunk: Chunk, out: Float64Array, nearness: Float64Array): void;
}

const readings = {
  /** The most probable component of each row. */
  labels: {
    width: () => 1,
    read: (kernel, chunk, out, nearness) => kernel.label(chunk, out, nearness),
  },
  /** The log normaliser of each row. */
  logNormalisers: {
    width: () => 1,
    read(kernel, chunk, out, nearness) {
      kernel.logNormalise(chunk, out);
      nearness.set(out.subarray(0, chunk.rows));
    },
  },
  /** K log densities of each row. */
  logDensities: {
    width: (components) => components,
    read: (kernel, chunk, out, nearness) => kernel.logDensities(chunk, out, nearness),
  },
  /** K log responsibilities of each row. */
  logResponsibilities: {
    width: (components) => components,
    read(kernel, chunk, out, nearness) {
      kernel.logDensities(chunk, out, nearness);
      const components = out.length / chunk.rows;
      for (let n = 0, at = 0; n < chunk.rows; n++) {
        for (let k = 0; k < components; k++) out[at++]! -= nearness[n]!;
      }
    },
  },
} satisfies Record<string, Reading>;

/** statistics: what a pass adds up; or a reading of every row. */
export type ResultName = 'statistics' | keyof typeof readings;

/** Number of values that a job returns for a chunk of `rows` rows. */
export function lengthOf({ pass, result }: Job, rows: number): number {
  return result === 'statistics' ? Statistics.length(shapeOf(pass)) : rows * widthOf(result, pass);
}

const widthOf = (result: keyof typeof readings, { scorer }: Pass): number => readings[result].width(scorer.components);

export function computer(job: Job, computing: Computing): Computer {
  const kernel = kernelFor(job.pass, computing);
  const compute = job.result === 'statistics' ? adding(kernel, job.pass) : reading(kernel, job.pass, job.result);
  return { compute, close: () => kernel.close() };
}

function adding(kernel: Kernel, pass: Pass): Computer['compute'] {
  const statistics = statisticsOf(pass);
  return (chunk) => {
    kernel.addChunk(chunk, statistics.zero());
    return { values: statistics.values, farRow: -1 };
  };
}

function reading(kernel: Kernel, pass: Pass, result: keyof typeof readings): Computer['compute'] {
  const { read }: Reading = readings[result];
  let values = new Float64Array(0);
  let nearness = new Float64Array(0);
  return (chunk) => {
    const length = chunk.rows * widthOf(result, pass);
    if (values.length < length) values = new Float64Array(length);
    if (nearness.length < chunk.rows) nearness = new Float64Array(chunk.rows);
    const ofChunk = values.subarray(0, length);
    read(kernel, chunk, ofChunk, nearness);
    return { values: ofChunk, farRow: nearness.subarray(0, chunk.rows).findIndex((value) => !Number.isFinite(value)) };
  };
}
