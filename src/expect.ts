import { breathe } from './breath.ts';
import { covarianceNamed } from './covariance/index.ts';
import { tooLarge, weightless } from './errors.ts';
import { kernelFor } from './kernels/index.ts';
import type { Pass } from './pass.ts';
import type { Source } from './source.ts';
import { Statistics, type StatisticsShape } from './statistics.ts';

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
  const kernel = kernelFor(pass);
  const shape = shapeOf(pass);
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
    kernel.addChunk(chunk, block.zero());
    part.merge(block);
    options.onRows?.(total.rows + part.rows);
  }
  options.signal?.throwIfAborted();
  total.merge(part);
  if (total.weight === 0) throw weightless(source.name);
  if (!Number.isFinite(total.logNormaliser)) throw tooLarge(source.name);
  return total;
}

/** What a pass adds up. */
export function shapeOf({ scorer, moments }: Pass): StatisticsShape {
  const { components, dimensions } = scorer;
  return moments
    ? { components, dimensions, covariance: covarianceNamed(moments.covariance) }
    : { components: 0, dimensions: 0, covariance: covarianceNamed(null) };
}
