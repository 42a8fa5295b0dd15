import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { breathe } from '../breath.ts';
import type { Chunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { type Computing, kernelFor } from '../kernels/index.ts';
import { distanceScorer } from '../mixture.ts';
import type { Random } from '../random.ts';

/** Chooses K means (K × D) among sampled rows. */
export type Seeding = (
  computing: Computing,
  rows: Float64Array,
  dimensions: number,
  components: number,
  random: Random,
  signal?: AbortSignal,
) => Promise<Float64Array>;

/** K different rows, all equally likely. */
export const randomRows: Seeding = async (_computing, rows, dimensions, components, random) => {
  const count = rows.length / dimensions;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const means = new Float64Array(components * dimensions);
  const taken = new Set<string>();
  for (let i = 0; i < count && taken.size < components; i++) {
    const other = uniformInt(random, i, count - 1);
    const n = order[other]!;
    order[other] = order[i]!;
    const row = rows.subarray(n * dimensions, (n + 1) * dimensions);
    const key = row.join();
    if (taken.has(key)) continue;
    means.set(row, taken.size * dimensions);
    taken.add(key);
  }
  if (taken.size < components) throw tooFewDistinct(taken.size, components);
  return means;
};

/**
 * Each next mean is a row drawn with probability in proportion to its squared distance from the nearest so far; of a few
 * such candidates the one that brings the rows nearest. Arthur & Vassilvitskii (2007), with the trials of their section 6.
 */
export const kMeansPlusPlus: Seeding = async (computing, rows, dimensions, components, random, signal) => {
  const count = rows.length / dimensions;
  const trials = 2 + Math.floor(Math.log(components));
  const means = new Float64Array(components * dimensions);
  const potential = new Potential(computing, rows, dimensions, trials);
  let chosen = potential.choose([uniformInt(random, 0, count - 1)]);
  for (let k = 0; ; k++) {
    await breathe(signal);
    means.set(rows.subarray(chosen * dimensions, (chosen + 1) * dimensions), k * dimensions);
    if (k + 1 === components) return means;
    if (potential.total === 0) throw tooFewDistinct(k + 1, components);
    chosen = potential.choose(
      Array.from({ length: trials }, () => potential.draw(uniformFloat64(random) * potential.total)),
    );
  }
};

/** Squared distances of all rows to the nearest mean so far. */
class Potential {
  /** Their sum. */
  total: number = Number.POSITIVE_INFINITY;
  readonly #computing: Computing;
  readonly #chunk: Chunk;
  readonly #distances: Float64Array;
  readonly #tried: readonly Float64Array[];
  readonly #densities: Float64Array;

  constructor(computing: Computing, data: Float64Array, dimensions: number, trials: number) {
    const rows = data.length / dimensions;
    this.#computing = computing;
    this.#chunk = { data, rows, dimensions, part: 0 };
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

  /** The first row at which the running sum of distances exceeds `target`; never one at distance 0. */
  draw(target: number): number {
    let sum = 0;
    let last = 0;
    for (let n = 0; n < this.#distances.length; n++) {
      if (this.#distances[n] === 0) continue;
      last = n;
      sum += this.#distances[n]!;
      if (sum > target) break;
    }
    return last;
  }

  /** Distances with a candidate, one of so many, as a further mean; returns their sum. */
  #try(candidate: number, candidates: number): number {
    const distances = this.#distances;
    const tried = this.#tried[candidate]!;
    const densities = this.#densities;
    let total = 0;
    for (let n = 0, at = candidate; n < distances.length; n++, at += candidates) {
      const distance = Math.min(distances[n]!, -2 * densities[at]!);
      tried[n] = distance;
      total += distance;
    }
    return total;
  }
}

/** What is wrong with rows of which too few differ. */
export function tooFewDistinct(distinct: number, components: number): DataError {
  return new DataError(
    `there are only ${distinct} different rows to start from, fewer than the ${components} components asked for: ` +
      `use at most ${distinct} components (rows also count as equal where the squares of their differences vanish)`,
  );
}
