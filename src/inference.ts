import { logNormalise, mostProbable } from './assignment.ts';
import type { Chunk } from './chunk.ts';
import { BATCH, JavaScriptKernel } from './kernels/javascript.ts';
import type { Scorer } from './scorer.ts';

/** What a model says of the rows of a chunk; or the first row that is too far from all components to be computed with. */
export type Inference<T> = (scorer: Scorer) => (chunk: Chunk) => { readonly values: T } | { readonly farRow: number };

/** The most probable component of each row. */
export const labels: Inference<Int32Array> = (scorer) =>
  inBatches(scorer, (chunk) => {
    const values = new Int32Array(chunk.rows);
    return {
      values,
      add: ({ densities }, start, rows) =>
        mostProbable(densities, scorer.components, BATCH, rows, values.subarray(start)),
    };
  });

/** The log normaliser of each row. */
export const logProbabilities: Inference<Float64Array> = (scorer) =>
  inBatches(scorer, (chunk) => {
    const values = new Float64Array(chunk.rows);
    return {
      values,
      add: ({ logNormalisers }, start, rows) => values.set(logNormalisers.subarray(0, rows), start),
    };
  });

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = (scorer) =>
  inBatches(scorer, ({ rows: chunkRows, part }) => {
    const { components } = scorer;
    const data = new Float64Array(chunkRows * components);
    return {
      values: { data, rows: chunkRows, dimensions: components, part },
      add({ densities, logNormalisers }, start, rows) {
        for (let n = 0, at = start * components; n < rows; n++) {
          for (let k = 0; k < components; k++) data[at++] = densities[k * BATCH + n]! - logNormalisers[n]!;
        }
      },
    };
  });

/** A result that grows batch by batch from the kernel's densities and their log normalisers. */
interface Growing<T> {
  readonly values: T;
  add(kernel: JavaScriptKernel, start: number, rows: number): void;
}

function inBatches<T>(scorer: Scorer, begin: (chunk: Chunk) => Growing<T>): ReturnType<Inference<T>> {
  const kernel = new JavaScriptKernel(scorer);
  return (chunk) => {
    const { values, add } = begin(chunk);
    for (let start = 0; start < chunk.rows; start += BATCH) {
      const rows = Math.min(BATCH, chunk.rows - start);
      kernel.score(chunk, start, rows);
      logNormalise(kernel.densities, scorer.components, BATCH, rows, kernel.logNormalisers);
      const far = kernel.logNormalisers.subarray(0, rows).findIndex((value) => !Number.isFinite(value));
      if (far >= 0) return { farRow: start + far };
      add(kernel, start, rows);
    }
    return { values };
  };
}
