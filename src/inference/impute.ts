// Missing numbers in place of which what is to be expected of them is put.
import type { Chunk } from '../chunk.ts';
import { Marginals } from '../kernels/densities/marginal.ts';
import { type BrokenRow, partRows } from '../mixture/missing-rows.ts';
import type { Scorer } from '../mixture/scorer.ts';
import type { RowData } from '../sources/data.ts';
import { openOnce, Source } from '../sources/source.ts';
import { breathe } from '../util/event-loop.ts';
import type { InferenceOptions } from './options.ts';
import { checkRows, type Scoring } from './row-results.ts';

/** The rows of data with what is to be expected in place of missing numbers. */
export async function* impute(model: Scoring, data: RowData, options: InferenceOptions): AsyncGenerator<Chunk> {
  const missing = data instanceof Source ? {} : ({ onInvalid: 'missing' } as const);
  const source = await openOnce(data, { ...missing, ...options, rowsFor: model });
  try {
    checkRows(model, source);
    yield* imputed(source.arriving(), model.densityPass.scorer, options.signal);
  } finally {
    if (source !== data) await source.close();
  }
}

/**
 * Chunks of the same rows, whose missing numbers x_M are E[x_M | x_O] = Σ r_k (μ_M − A_MM⁻¹ A_MO (x_O − μ_O)), r_k being the responsibility
 * of component k for the numbers x_O that are there (Ghahramani & Jordan 1994); of Student-t distributions it is the same, as long as
 * they have a mean. The numbers are copies.
 */
async function* imputed(
  chunks: AsyncIterable<Chunk>,
  scorer: Scorer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  const marginals = new Marginals(scorer);
  for await (const { release, hasMissing, ...chunk } of chunks) {
    await breathe(signal);
    const data = chunk.data.slice();
    const { broken } = hasMissing ? partRows({ ...chunk, data }) : { broken: [] };
    if (broken.length > 0) fill(data, broken, marginals, scorer);
    release?.();
    yield { ...chunk, data };
  }
}

function fill(data: Chunk['data'], rows: readonly BrokenRow[], marginals: Marginals, scorer: Scorer): void {
  const { components, dimensions } = scorer;
  const means = rows.map(({ missing }) => new Mean(missing.length));
  for (let k = 0; k < components; k++) {
    marginals.choose(k);
    for (const [n, { row, missing }] of rows.entries()) {
      const { density, expected } = marginals.of(row, missing, true);
      means[n]!.add(density, (m) => marginals.mean[missing[m]!]! + expected[missing[m]!]!);
    }
  }
  for (const [n, { at, missing }] of rows.entries()) {
    for (const [m, place] of missing.entries()) data[at * dimensions + place] = means[n]!.at(m);
  }
}

/** A mean of vectors, weighted by numbers whose logarithms are given; it needs no more room than one vector. */
class Mean {
  readonly #sums: Float64Array;
  #highest = Number.NEGATIVE_INFINITY;
  #total = 0;

  constructor(length: number) {
    this.#sums = new Float64Array(length);
  }

  add(logWeight: number, value: (index: number) => number): void {
    if (logWeight > this.#highest) {
      const fade = Math.exp(this.#highest - logWeight);
      this.#total *= fade;
      for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! *= fade;
      this.#highest = logWeight;
    }
    const weight = Math.exp(logWeight - this.#highest);
    this.#total += weight;
    for (let i = 0; i < this.#sums.length; i++) this.#sums[i]! += weight * value(i);
  }

  at(index: number): number {
    return this.#sums[index]! / this.#total;
  }
}
