import type { Chunk } from './chunk.ts';
import { kernelFor } from './kernels/index.ts';
import { BATCH, type Kernel } from './kernels/type.ts';
import type { Scorer } from './scorer.ts';

/** What a model says of the rows of a chunk; or the first row that is too far from all components to be computed with. */
export type Inference<T> = (scorer: Scorer) => (chunk: Chunk) => { readonly values: T } | { readonly farRow: number };

/** The most probable component of each row. */
export const labels: Inference<Int32Array> = (scorer) =>
  inBatches(scorer, (chunk) => {
    const values = new Int32Array(chunk.rows);
    return {
      values,
      read: (kernel, start, rows) => kernel.label(rows, values.subarray(start)),
    };
  });

/** The log normaliser of each row. */
export const logProbabilities: Inference<Float64Array> = (scorer) =>
  inBatches(scorer, (chunk) => {
    const values = new Float64Array(chunk.rows);
    return {
      values,
      read(kernel, start, rows) {
        kernel.normalise(rows);
        values.set(kernel.logNormalisers.subarray(0, rows), start);
      },
    };
  });

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = (scorer) =>
  inBatches(scorer, ({ rows: chunkRows, part }) => {
    const { components } = scorer;
    const data = new Float64Array(chunkRows * components);
    return {
      values: { data, rows: chunkRows, dimensions: components, part },
      read(kernel, start, rows) {
        kernel.normalise(rows);
        const { densities, logNormalisers } = kernel;
        for (let n = 0, at = start * components; n < rows; n++) {
          for (let k = 0; k < components; k++) data[at++] = densities[k * BATCH + n]! - logNormalisers[n]!;
        }
      },
    };
  });

/** A result that grows batch by batch from what the kernel has scored; reading it leaves log normalisers, or as much, behind. */
interface Growing<T> {
  readonly values: T;
  read(kernel: Kernel, start: number, rows: number): void;
}

function inBatches<T>(scorer: Scorer, begin: (chunk: Chunk) => Growing<T>): ReturnType<Inference<T>> {
  const kernel = kernelFor({ scorer, assignment: 'soft' });
  return (chunk) => {
    const { values, read } = begin(chunk);
    for (let start = 0; start < chunk.rows; start += BATCH) {
      const rows = Math.min(BATCH, chunk.rows - start);
      kernel.score(chunk, start, rows);
      read(kernel, start, rows);
      const far = kernel.logNormalisers.subarray(0, rows).findIndex((value) => !Number.isFinite(value));
      if (far >= 0) return { farRow: start + far };
    }
    return { values };
  };
}
