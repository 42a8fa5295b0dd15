import type { Chunk } from '../chunk.ts';
import { type Computing, kernelFor } from '../kernels/index.ts';
import { BATCH, type Kernel } from '../kernels/type.ts';
import { type Pass, shapeOf, statisticsOf } from '../pass.ts';
import { Statistics } from '../statistics.ts';

/** What is to be computed of every chunk: plain data, so that it can be sent to another thread. */
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

/** Reads something of the rows that a kernel has just scored; leaves their log normalisers, or as much, behind. */
interface Reading {
  /** Whether all densities are asked for, or only those that matter. */
  readonly needs: 'score' | 'scoreLikely';
  /** How many numbers a row gives. */
  width(components: number): number;
  read(kernel: Kernel, components: number, rows: number, out: Float64Array, start: number): void;
}

const readings = {
  /** The most probable component of each row. */
  labels: {
    needs: 'scoreLikely',
    width: () => 1,
    read(kernel, _components, rows, out, start) {
      kernel.label(rows, out.subarray(start, start + rows));
    },
  },
  /** The log normaliser of each row. */
  logProbabilities: {
    needs: 'scoreLikely',
    width: () => 1,
    read(kernel, _components, rows, out, start) {
      kernel.normalise(rows);
      out.set(kernel.logNormalisers.subarray(0, rows), start);
    },
  },
  /** K log responsibilities of each row. */
  logResponsibilities: {
    needs: 'score',
    width: (components) => components,
    read(kernel, components, rows, out, start) {
      kernel.normalise(rows);
      const { densities, logNormalisers } = kernel;
      for (let n = 0, at = start * components; n < rows; n++) {
        for (let k = 0; k < components; k++) out[at++] = densities[k * BATCH + n]! - logNormalisers[n]!;
      }
    },
  },
} satisfies Record<string, Reading>;

/** statistics: what a pass adds up; or a reading of every row. */
export type ResultName = 'statistics' | keyof typeof readings;

/** How many numbers a job gives for a chunk of so many rows. */
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
  const { components } = pass.scorer;
  const { needs, read }: Reading = readings[result];
  let values = new Float64Array(0);
  return (chunk) => {
    const length = chunk.rows * widthOf(result, pass);
    if (values.length < length) values = new Float64Array(length);
    for (let start = 0; start < chunk.rows; start += BATCH) {
      const rows = Math.min(BATCH, chunk.rows - start);
      kernel[needs](chunk, start, rows);
      read(kernel, components, rows, values, start);
      const far = kernel.logNormalisers.subarray(0, rows).findIndex((value) => !Number.isFinite(value));
      if (far >= 0) return { values, farRow: start + far };
    }
    return { values: values.subarray(0, length), farRow: -1 };
  };
}
