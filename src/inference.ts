import { logNormalise, mostProbable } from './assignment.ts';
import type { Chunk } from './chunk.ts';
import { BATCH, JavaScriptKernel } from './kernels/javascript.ts';
import type { Scorer } from './scorer.ts';

/** What a model says of the rows of a chunk. */
export type Inference<T> = (scorer: Scorer) => (chunk: Chunk) => T;

/** The most probable component of each row. */
export const labels: Inference<Int32Array> = (scorer) => {
  const kernel = new JavaScriptKernel(scorer);
  return (chunk) => {
    const out = new Int32Array(chunk.rows);
    forBatches(chunk, (start, rows) => {
      kernel.score(chunk, start, rows);
      mostProbable(kernel.densities, scorer.components, BATCH, rows, out.subarray(start));
    });
    return out;
  };
};

/** The log normaliser of each row. */
export const logProbabilities: Inference<Float64Array> = (scorer) => {
  const kernel = new JavaScriptKernel(scorer);
  return (chunk) => {
    const out = new Float64Array(chunk.rows);
    forBatches(chunk, (start, rows) => {
      kernel.score(chunk, start, rows);
      logNormalise(kernel.densities, scorer.components, BATCH, rows, out.subarray(start));
    });
    return out;
  };
};

/** rows × K log responsibilities, as a chunk. */
export const logResponsibilities: Inference<Chunk> = (scorer) => {
  const { components } = scorer;
  const kernel = new JavaScriptKernel(scorer);
  const { densities, logNormalisers } = kernel;
  return (chunk) => {
    const data = new Float64Array(chunk.rows * components);
    forBatches(chunk, (start, rows) => {
      kernel.score(chunk, start, rows);
      logNormalise(densities, components, BATCH, rows, logNormalisers);
      for (let n = 0, at = start * components; n < rows; n++) {
        for (let k = 0; k < components; k++) data[at++] = densities[k * BATCH + n]! - logNormalisers[n]!;
      }
    });
    return { data, rows: chunk.rows, dimensions: components, part: chunk.part };
  };
};

function forBatches(chunk: Chunk, visit: (start: number, rows: number) => void): void {
  for (let start = 0; start < chunk.rows; start += BATCH) visit(start, Math.min(BATCH, chunk.rows - start));
}
