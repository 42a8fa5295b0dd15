// Random rows and k-means++ as initial means.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Chunk, NO_PART } from '../../chunk.ts';
import { type Computing, kernelFor } from '../../kernels/index.ts';
import { distanceScorer } from '../../mixture/compile.ts';
import { breathe } from '../../util/event-loop.ts';
import type { Random } from '../../util/random.ts';
import { drawRow, type RowSample, rowAt } from './row-sample.ts';

/** Chooses K means (K × D) among sampled rows, of which at least K are different. */
export type Seeding = (
  computing: Computing,
  sample: RowSample,
  dimensions: number,
  components: number,
  random: Random,
  signal?: AbortSignal,
) => Promise<Float64Array>;

/**
 * K different rows, one after the other drawn in proportion to their weights from those that are left: the rows of the K lowest
 * exponentially distributed keys of these rates. Efraimidis & Spirakis (2006).
 */
export const randomRows: Seeding = async (_computing, sample, dimensions, components, random) => {
  const keys = Float64Array.from({ length: sample.rows.length / dimensions }, (_, n) => {
    return -Math.log(1 - uniformFloat64(random)) / (sample.weights?.[n] ?? 1);
  });
  const order = [...keys.keys()].sort((a, b) => keys[a]! - keys[b]! || a - b);
  const means = new Float64Array(components * dimensions);
  for (let k = 0; k < components; k++) means.set(rowAt(sample, dimensions, order[k]!), k * dimensions);
  return means;
};

/**
 * Each next mean is a row drawn with probability in proportion to its weight times its squared distance from the nearest so far;
 * of a few such candidates the one that brings the rows nearest. Arthur & Vassilvitskii (2007), with the trials of their section 6.
 */
export const kMeansPlusPlus: Seeding = async (computing, sample, dimensions, components, random, signal) => {
  const trials = 2 + Math.floor(Math.log(components));
  const means = new Float64Array(components * dimensions);
  const potential = new Potential(computing, sample, dimensions, trials);
  const taken = new Set<number>();
  let chosen = potential.choose([drawRow(sample, dimensions, random)]);
  for (let k = 0; ; k++) {
    await breathe(signal);
    taken.add(chosen);
    means.set(rowAt(sample, dimensions, chosen), k * dimensions);
    if (k + 1 === components) return means;
    const drawn = Array.from({ length: trials }, () => potential.draw(uniformFloat64(random) * potential.total));
    chosen = potential.choose(potential.total > 0 ? drawn : [firstNot(taken)]);
  }
};

/** The first number that is not taken: for rows whose differences have squares that vanish. */
export function firstNot(taken: ReadonlySet<number>): number {
  let n = 0;
  while (taken.has(n)) n++;
  return n;
}

/** Squared distances of all rows to the nearest mean so far. */
class Potential {
  /** Their weighted sum. */
  total: number = Number.POSITIVE_INFINITY;
  readonly #computing: Computing;
  readonly #chunk: Chunk;
  readonly #distances: Float64Array;
  readonly #tried: readonly Float64Array[];
  readonly #densities: Float64Array;

  constructor(computing: Computing, { rows: data, weights }: RowSample, dimensions: number, trials: number) {
    const rows = data.length / dimensions;
    this.#computing = computing;
    this.#chunk = { data, weights, rows, dimensions, part: NO_PART };
    this.#distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
    this.#densities = new Float64Array(rows * trials);
    this.#tried = Array.from({ length: trials }, () => new Float64Array(rows));
  }

  /** Adds the best of the candidate rows as a mean, and returns it. */
  choose(candidates: readonly number[]): number {
    const { data, dimensions } = this.#chunk;
    const means = new Float64Array(candidates.length * dimensions);
    for (const [c, n] of candidates.entries())
      means.set(data.subarray(n * dimensions, (n + 1) * dimensions), c * dimensions);
    const kernel = kernelFor({ scorer: distanceScorer(means, dimensions), assignment: 'hard' }, this.#computing);
    const totals = new Float64Array(candidates.length);
    kernel.logDensities(this.#chunk, this.#densities);
    kernel.close();
    for (let c = 0; c < candidates.length; c++) totals[c] = this.#try(c, candidates.length);
    const best = totals.indexOf(Math.min(...totals));
    this.#distances.set(this.#tried[best]!);
    this.total = totals[best]!;
    return candidates[best]!;
  }

  /** The first row at which the running sum exceeds `target`; never one at distance 0. */
  draw(target: number): number {
    const { weights } = this.#chunk;
    const distances = this.#distances;
    let sum = 0;
    let last = 0;
    for (let n = 0; n < distances.length; n++) {
      if (distances[n] === 0) continue;
      last = n;
      sum += weights ? weights[n]! * distances[n]! : distances[n]!;
      if (sum > target) break;
    }
    return last;
  }

  /** Computes distances with a candidate as a further mean; returns their sum. */
  #try(candidate: number, candidates: number): number {
    const distances = this.#distances;
    const tried = this.#tried[candidate]!;
    const densities = this.#densities;
    const { weights } = this.#chunk;
    let total = 0;
    for (let n = 0, at = candidate; n < distances.length; n++, at += candidates) {
      const distance = Math.min(distances[n]!, -2 * densities[at]!);
      tried[n] = distance;
      total += weights ? weights[n]! * distance : distance;
    }
    return total;
  }
}
