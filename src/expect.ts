import type { Assignment } from './assignment.ts';
import { breathe } from './breath.ts';
import { identity } from './covariance/identity.ts';
import type { CovarianceType } from './covariance/type.ts';
import { tooLarge, weightless } from './errors.ts';
import { JavaScriptKernel } from './kernels/javascript.ts';
import type { Scorer } from './scorer.ts';
import type { Source } from './source.ts';
import { Statistics } from './statistics.ts';
import { rowsOf } from './vector.ts';

/** What a pass does with the rows. */
export interface Pass {
  readonly scorer: Scorer;
  readonly assignment: Assignment;
  /** Which moments are summed about which means (K × D); none if only the log normalisers are asked for. */
  readonly moments?: { readonly covariance: CovarianceType; readonly means: Float64Array } | undefined;
}

/** How a pass over a stream is watched and ended. */
export interface PassOptions {
  /** Ends the pass, with the signal's reason, at the next chunk. */
  readonly signal?: AbortSignal | undefined;
  /** Told after every chunk how many rows of the pass are done. */
  readonly onRows?: ((rows: number) => void) | undefined;
}

/**
 * The E-step over a stream. Chunks are summed from zero, then added up by part, then parts in their order: the bits of
 * the result do not depend on who computed which chunk.
 */
export async function expect(source: Source, pass: Pass, options: PassOptions = {}): Promise<Statistics> {
  const { scorer, assignment, moments } = pass;
  const { components, dimensions } = scorer;
  const shape = moments
    ? { components, dimensions, covariance: moments.covariance }
    : { components: 0, dimensions: 0, covariance: identity };
  const kernel = new JavaScriptKernel(scorer);
  const means = moments && rowsOf(moments.means, dimensions);
  const total = new Statistics(shape);
  const part = new Statistics(shape);
  const block = new Statistics(shape);
  let current = 0;
  for await (const chunk of source) {
    await breathe(options.signal);
    if (chunk.part !== current) {
      total.merge(part);
      part.zero();
      current = chunk.part;
    }
    kernel.addChunk(chunk, assignment, means, block.zero());
    part.merge(block);
    options.onRows?.(total.rows + part.rows);
  }
  options.signal?.throwIfAborted();
  total.merge(part);
  if (total.weight === 0) throw weightless(source.name);
  if (!Number.isFinite(total.logNormaliser)) throw tooLarge(source.name);
  return total;
}
