import { criterionOf, passAt, scoringPass } from '../algorithms/evaluate.ts';
import { recentre } from '../components/recentre.ts';
import { FitError } from '../errors.ts';
import { expect } from '../expect.ts';
import { kernelFor } from '../kernels/index.ts';
import {
  type Compiled,
  compile,
  covarianceOf,
  distanceScorer,
  type Mixture,
  type Parameters,
  reduce,
  rowOf,
} from '../mixture.ts';
import type { Pool } from '../parallel/pool.ts';
import type { Random } from '../random.ts';
import { open, type Source } from '../source.ts';
import { type RowSample, rowAt } from '../start/row-sample.ts';
import { Statistics } from '../statistics.ts';
import { sum } from '../vector.ts';
import { ExplainedRows } from './explained-rows.ts';
import { Placement } from './placement.ts';

/** Parameters, and the statistics of one row, about their means, that they follow from. */
export interface Learnt {
  readonly parameters: Parameters;
  readonly statistics: Statistics;
}

/** What components are moved by. */
export interface Ground {
  readonly pool: Pool;
  readonly mixture: Mixture;
  /** Rows with weights whose sum is 1. */
  readonly sample: RowSample & { readonly weights: Float64Array };
  /** How many rows the statistics stand for. */
  readonly weight: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A component that is worth less than this part of the average is moved if that helps. */
const EXPENDABLE = 0.1;
/** EM iterations on the sample after components were placed. */
const ITERATIONS = 5;

/**
 * Moves components that are worth little to where they help: beside the components whose rows are explained worst. They, and the
 * components that this concerns, are fitted to one half of the sample; if the other half then has a higher criterion, it is done,
 * else tried with half as many. What the other components have learned stays as it is.
 *
 * @returns What came of it and how many were moved; undefined if nothing is better than what was.
 */
export async function relocate(
  ground: Ground,
  { parameters, statistics }: Learnt,
): Promise<(Learnt & { readonly moved: number }) | undefined> {
  const { pool, mixture, sample, signal } = ground;
  const compiled = compile(mixture, parameters);
  const explained = await ExplainedRows.of(pool, mixture, compiled, sample, signal);
  const expendable = explained.expendable(EXPENDABLE);
  if (expendable.length === 0) return undefined;
  const halves = await Halves.of(sample, mixture.dimensions);
  try {
    const { gain } = rowOf(mixture);
    const before = await criterionOfHalf(ground, compiled, halves.validation);
    for (let count = expendable.length; count >= 1; count = Math.floor(count / 2)) {
      const moved = expendable.slice(0, count);
      const tried = await attempt(ground, explained, moved, { parameters, statistics }, halves);
      if (!tried) continue;
      const after = await criterionOfHalf(ground, tried.compiled, halves.validation);
      if (gain.of(before, after, ground.weight) > gain.tolerance)
        return { ...(await settle(ground, tried, statistics)), moved: count };
    }
    return undefined;
  } finally {
    await halves.close();
  }
}

/** Parameters after components were moved, and which of them follow from the sample. */
interface Tried {
  readonly parameters: Parameters;
  readonly compiled: Compiled;
  readonly concerned: ReadonlySet<number>;
}

async function attempt(
  ground: Ground,
  explained: ExplainedRows,
  moved: readonly number[],
  { parameters, statistics }: Learnt,
  halves: Halves,
): Promise<Tried | undefined> {
  const { mixture } = ground;
  explained.free(moved);
  const placement = new Placement(mixture, parameters, ground.sample, explained, ground.random);
  if (!placement.place(moved)) return undefined;
  const { concerned } = placement;
  try {
    let next = mixed(ground, statistics, labelled(ground, placement), placement.means, concerned);
    for (let i = 0; i < ITERATIONS; i++) {
      const compiled = compile(mixture, next);
      const seen = await expect(ground.pool, halves.training, passAt(mixture, compiled, next), ground);
      next = mixed(ground, statistics, seen, next.means, concerned);
    }
    return { parameters: next, compiled: compile(mixture, next), concerned };
  } catch (error) {
    if (error instanceof FitError) return undefined;
    throw error;
  }
}

/** The same with the whole sample; the statistics of all components about their means. */
async function settle(
  ground: Ground,
  { parameters, compiled, concerned }: Tried,
  statistics: Statistics,
): Promise<Learnt> {
  const { pool, mixture, sample } = ground;
  const whole = await open({ data: sample.rows, weights: sample.weights, dimensions: mixture.dimensions });
  const seen = await expect(pool, whole, passAt(mixture, compiled, parameters), ground);
  await whole.close();
  const merged = taken(statistics, seen, concerned);
  const next = mixed(ground, statistics, seen, parameters.means, concerned);
  compile(mixture, next);
  return { parameters: next, statistics: recentre(merged, parameters.means, next.means) };
}

/** The M-step of statistics of which those of some components are of a sample. */
function mixed(
  ground: Ground,
  own: Statistics,
  ofSample: Statistics,
  means: Float64Array,
  concerned: ReadonlySet<number>,
): Parameters {
  const { mixture, weight } = ground;
  const { dimensions } = mixture;
  const next = reduce(mixture, taken(own, ofSample, concerned).scale(weight), means);
  for (let k = 0; k < mixture.components; k++) {
    if (!concerned.has(k)) next.means.set(means.subarray(k * dimensions, (k + 1) * dimensions), k * dimensions);
  }
  return next;
}

/** Statistics of one row, those of the components concerned (of a shared covariance: of all) from the sample. */
function taken(own: Statistics, ofSample: Statistics, concerned: ReadonlySet<number>): Statistics {
  const one = ofSample.weight === 0 ? 0 : 1 / ofSample.weight;
  const { shared } = own.shape.covariance;
  const merged = own.copy();
  for (const k of shared ? merged.counts.keys() : concerned) {
    merged.counts[k] = one * ofSample.counts[k]!;
    for (const [into, from] of [
      [merged.first[k]!, ofSample.first[k]!],
      [merged.second[k]!, ofSample.second[k]!],
    ] as const) {
      for (let i = 0; i < into.length; i++) into[i] = one * from[i]!;
    }
  }
  const total = sum(merged.counts);
  return merged.withHeader(total, total);
}

/** Statistics of rows that were given to components, about the means that these were placed at. */
function labelled({ pool, mixture, sample }: Ground, { means, labels }: Placement): Statistics {
  const { components, dimensions, covariance } = mixture;
  const type = covarianceOf(mixture);
  const statistics = new Statistics({ components, dimensions, covariance: type });
  const one = new Statistics({ components: 1, dimensions, covariance: type });
  const rowsOf = new Map<number, number[]>();
  for (const [n, k] of labels) {
    if (!rowsOf.has(k)) rowsOf.set(k, []);
    rowsOf.get(k)!.push(n);
  }
  let total = 0;
  for (const weight of sample.weights) total += weight;
  for (const [k, rows] of rowsOf) {
    const mean = means.slice(k * dimensions, (k + 1) * dimensions);
    const data = new Float64Array(rows.length * dimensions);
    for (const [i, n] of rows.entries()) data.set(rowAt(sample, dimensions, n), i * dimensions);
    const weights = Float64Array.from(rows, (n) => sample.weights[n]!);
    const moments = { covariance, means: mean };
    const kernel = kernelFor({ scorer: distanceScorer(mean, dimensions), assignment: 'hard', moments }, pool.computing);
    kernel.addChunk({ data, weights, rows: rows.length, dimensions, part: 0 }, one.zero());
    kernel.close();
    statistics.counts[k] = one.counts[0]!;
    statistics.first[k]!.set(one.first[0]!);
    for (let i = 0; i < one.second[0]!.length; i++) statistics.second[k]![i]! += one.second[0]![i]!;
  }
  return statistics.withHeader(sample.weights.length, total);
}

async function criterionOfHalf(
  { pool, mixture, weight, signal }: Ground,
  compiled: Compiled,
  half: Source,
): Promise<number> {
  const seen = await expect(pool, half, scoringPass(mixture, compiled), { signal });
  return criterionOf(mixture, compiled, (seen.logNormaliser / seen.weight) * weight);
}

/** Every other row of a sample, and the rest. */
class Halves {
  readonly training: Source;
  readonly validation: Source;

  private constructor(training: Source, validation: Source) {
    this.training = training;
    this.validation = validation;
  }

  static async of(sample: RowSample & { readonly weights: Float64Array }, dimensions: number): Promise<Halves> {
    const half = (parity: number): Promise<Source> => {
      const kept = [...sample.weights.keys()].filter((n) => n % 2 === parity);
      const data = new Float64Array(kept.length * dimensions);
      for (const [i, n] of kept.entries()) data.set(rowAt(sample, dimensions, n), i * dimensions);
      return open({ data, weights: Float64Array.from(kept, (n) => sample.weights[n]!), dimensions });
    };
    return new Halves(await half(0), await half(1));
  }

  async close(): Promise<void> {
    await this.training.close();
    await this.validation.close();
  }
}
