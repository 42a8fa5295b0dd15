// AFK-MC²: k-means++ by Markov chains.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { NO_PART } from '../../chunk.ts';
import { type Computing, kernelFor } from '../../kernels/index.ts';
import { distanceScorer } from '../../mixture/compile.ts';
import { breathe } from '../../util/event-loop.ts';
import type { Random } from '../../util/random.ts';
import { cumulative, firstAbove, sum } from '../../util/vector.ts';
import { drawRow, rowAt } from './row-sample.ts';
import { firstNot, type Seeding } from './seeding.ts';

/** Steps of a chain, after which it has all but forgotten where it began. */
const STEPS = 200;

/**
 * As k-means++, but each next mean is the end of a Markov chain of rows, which needs distances of those rows only: AFK-MC²,
 * Bachem, Lucic, Hassani & Krause (2016), with their proposal: half uniform, half by the distance from the first mean; both times
 * the rows' weights.
 */
export const markovChain: Seeding = async (computing, sample, dimensions, components, random, signal) => {
  const means = new Float64Array(components * dimensions);
  const taken = new Set([drawRow(sample, dimensions, random)]);
  for (const first of taken) means.set(rowAt(sample, dimensions, first));
  const weight = (n: number): number => sample.weights?.[n] ?? 1;
  const proposal = proposalOf(distances(computing, sample.rows, means.subarray(0, dimensions), dimensions), weight);
  const candidates = new Float64Array(STEPS * dimensions);
  for (let k = 1; k < components; k++) {
    await breathe(signal);
    const drawn = Array.from({ length: STEPS }, () => proposal.draw(random));
    for (const [i, n] of drawn.entries()) candidates.set(rowAt(sample, dimensions, n), i * dimensions);
    const chosen = means.subarray(0, k * dimensions);
    const away = distances(computing, candidates, chosen, dimensions).map(
      (distance, i) => distance * weight(drawn[i]!),
    );
    let place = 0;
    for (let i = 1; i < STEPS; i++) {
      const odds = (away[i]! * proposal.density(drawn[place]!)) / (away[place]! * proposal.density(drawn[i]!));
      if (!(odds < 1) || uniformFloat64(random) < odds) place = i;
    }
    let next = drawn[place]!;
    if (!(away[place]! > 0)) next = furthest(distances(computing, sample.rows, chosen, dimensions)) ?? firstNot(taken);
    taken.add(next);
    means.set(rowAt(sample, dimensions, next), k * dimensions);
  }
  return means;
};

/** The squared distance of each row to the nearest of some means. */
function distances(
  computing: Computing,
  rows: Float64Array,
  means: Float64Array,
  dimensions: number,
): Float64Array<ArrayBuffer> {
  const count = rows.length / dimensions;
  const kernel = kernelFor({ scorer: distanceScorer(means, dimensions), assignment: 'hard' }, computing);
  const nearness = new Float64Array(count);
  kernel.label({ data: rows, rows: count, dimensions, part: NO_PART }, new Float64Array(count), nearness);
  kernel.close();
  return nearness.map((value) => -2 * value);
}

/** The row of the greatest distance; none if all are 0. */
function furthest(away: Float64Array): number | undefined {
  let place: number | undefined;
  for (let n = 0, most = 0; n < away.length; n++) {
    if (away[n]! <= most) continue;
    most = away[n]!;
    place = n;
  }
  return place;
}

/** A distribution over rows, in proportion to their weights: half uniform, half in proportion to distances. */
function proposalOf(away: Float64Array, weight: (n: number) => number) {
  const weights = away.map((_, n) => weight(n));
  const pull = away.map((distance, n) => distance * weights[n]!);
  const [all, total] = [sum(weights), sum(pull)];
  const density = (n: number): number =>
    (0.5 * weights[n]!) / all + 0.5 * (total > 0 ? pull[n]! / total : weights[n]! / all);
  const bounds = cumulative(away.map((_, n) => density(n)));
  const draw = (random: Random): number => firstAbove(bounds, uniformFloat64(random) * bounds.at(-1)!);
  return { density, draw };
}
