// A sample of the rows learned from, in which older rows decay as in the statistics.
import type { Chunk } from '../../chunk.ts';
import type { Random } from '../../util/random.ts';
import { sum } from '../../util/vector.ts';
import { PrioritySample, type PriorityState } from '../initialization/priority-sample.ts';
import { type RowSample, rowsAt } from '../initialization/row-sample.ts';

/** Weights grow until then, in place of older ones fading. */
const MOST_GROWTH = 2 ** 300;
/** Rows that have faded to less than this part of the heaviest do not matter. */
const LEAST = 1e-9;

/**
 * Some rows of a stream whose older rows fade, each with the weight that it has in statistics that fade alike: a priority sample
 * of bounded size. Rows with missing numbers are left out.
 */
export class FadedSample {
  readonly #rows: PrioritySample;
  readonly #dimensions: number;
  /** Factor for the weights of new rows, instead of dividing all earlier ones. */
  #growth = 1;

  constructor(capacity: number, dimensions: number, state?: PriorityState & { readonly growth: number }) {
    this.#rows = new PrioritySample(capacity, dimensions, state);
    this.#dimensions = dimensions;
    this.#growth = state?.growth ?? 1;
  }

  /** Lets the rows of a window, of which the weights add up to `weight`, be the part `share` of all that count. */
  learn({ data, weights, rows }: Chunk, weight: number, share: number, random: Random): void {
    if (share >= 1) this.#rows.clear();
    else this.#growth /= 1 - share;
    if (this.#growth > MOST_GROWTH) {
      this.#rows.scale(1 / MOST_GROWTH);
      this.#growth /= MOST_GROWTH;
    }
    const unit = (share * this.#growth) / weight;
    const dimensions = this.#dimensions;
    for (let n = 0; n < rows; n++) {
      const ofRow = weights ? weights[n]! : 1;
      if (ofRow === 0 || isMissing(data, n * dimensions, dimensions)) continue;
      this.#rows.add(data, n * dimensions, ofRow * unit, random);
    }
  }

  /** The rows that matter, with weights whose sum is 1; the order does not mean anything. */
  get sample(): RowSample & { readonly weights: Float64Array } {
    const { rows, weights } = this.#rows.sample;
    let most = 0;
    for (const weight of weights) most = Math.max(most, weight);
    const kept = [...weights.keys()].filter((n) => weights[n]! > LEAST * most);
    const total = sum(kept.map((n) => weights[n]!));
    return {
      rows: rowsAt({ rows }, this.#dimensions, kept),
      weights: Float64Array.from(kept, (n) => weights[n]! / total),
    };
  }

  /** State for continuing exactly; copies. */
  get state(): PriorityState & { readonly growth: number } {
    return { ...this.#rows.state, growth: this.#growth };
  }
}

function isMissing(data: Float64Array | Float32Array, from: number, dimensions: number): boolean {
  for (let j = 0; j < dimensions; j++) if (Number.isNaN(data[from + j]!)) return true;
  return false;
}
