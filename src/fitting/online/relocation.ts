// Moves components of an online fit, where a sample shows that they are worth more elsewhere.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { NO_PART } from '../../chunk.ts';
import { eStep } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { FitError } from '../../errors.ts';
import { kernelFor } from '../../kernels/index.ts';
import { type Compiled, compile, distanceScorer } from '../../mixture/compile.ts';
import { recentre } from '../../mixture/components/recentre.ts';
import { covarianceOf, type Mixture, mStep, type Parameters, rowOf } from '../../mixture/mixture.ts';
import { Statistics } from '../../mixture/statistics.ts';
import { openAgain, type Source } from '../../sources/source.ts';
import type { Random } from '../../util/random.ts';
import { sum } from '../../util/vector.ts';
import { criterionOf, passAt, scoringPass } from '../algorithms/evaluate.ts';
import { type RowSample, rowsAt } from '../initialization/row-sample.ts';
import { ExplainedRows } from './explained-rows.ts';
import { Placement } from './placement.ts';

/** Parameters, and the statistics of one row, about their means, that they follow from. */
export interface Learnt {
  readonly parameters: Parameters;
  readonly statistics: Statistics;
}

/** Input of moving components. */
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
/** EM iterations on the sample at most. */
const ITERATIONS = 10;

/** Result of an attempt: the state to continue from, and how many components were moved. */
export interface Better extends Learnt {
  readonly moved: number;
}

/**
 * Looks, on a sample of what was learned from, for something better: EM of the sample, which also brings up to date what was
 * learned at parameters of long ago; and components that are worth little placed beside those whose rows are explained worst.
 * Either is fitted to one half of the sample, and done if the other half then has a higher criterion; of components that are moved
 * half as many are tried otherwise. Where EM of all components did not help, as the sample is small for so many parameters, only
 * those that a move concerns follow from the sample, and what the others have learned stays as it is.
 *
 * @returns undefined if nothing is better than what was.
 */
export async function improve(ground: Ground, learnt: Learnt): Promise<Better | undefined> {
  const halves = await Halves.of(ground);
  try {
    const renewed = await renew(ground, learnt, halves);
    const better = await relocate(ground, renewed ?? learnt, halves, renewed !== undefined);
    return better ?? (renewed && { ...renewed, moved: 0 });
  } catch (error) {
    if (error instanceof FitError) return undefined; // what the whole sample makes singular is no better
    throw error;
  } finally {
    await halves.close();
  }
}

/** EM of all components. */
async function renew(ground: Ground, learnt: Learnt, halves: Halves): Promise<Learnt | undefined> {
  const { mixture } = ground;
  const concerned = everyOne(mixture);
  const tried = await fitted(ground, learnt.parameters, learnt.statistics, concerned, halves.training);
  return tried && (await isBetter(ground, learnt, tried, halves))
    ? settle(ground, tried, learnt.statistics)
    : undefined;
}

async function relocate(ground: Ground, learnt: Learnt, halves: Halves, isFree: boolean): Promise<Better | undefined> {
  const { pool, mixture, sample, signal } = ground;
  const compiled = compile(mixture, learnt.parameters);
  const explained = await ExplainedRows.of(pool, mixture, compiled, sample, signal);
  const expendable = explained.expendable(EXPENDABLE);
  for (let count = expendable.length; count >= 1; count = Math.floor(count / 2)) {
    const tried = await placed(ground, explained, expendable.slice(0, count), learnt, halves, isFree);
    if (!tried || !(await isBetter(ground, learnt, tried, halves))) continue;
    return { ...(await settle(ground, tried, learnt.statistics)), moved: count };
  }
  return undefined;
}

/** Parameters that follow from the sample, and which components do. */
interface Tried {
  readonly parameters: Parameters;
  readonly compiled: Compiled;
  readonly concerned: ReadonlySet<number>;
}

async function placed(
  ground: Ground,
  explained: ExplainedRows,
  moved: readonly number[],
  { parameters, statistics }: Learnt,
  halves: Halves,
  isFree: boolean,
): Promise<Tried | undefined> {
  const { mixture } = ground;
  explained.free(moved);
  const placement = new Placement(mixture, parameters, ground.sample, explained, ground.random);
  if (!placement.place(moved)) return undefined;
  const { concerned, means } = placement;
  const start = mixed(ground, statistics, labelled(ground, placement), means, concerned);
  return fitted(ground, start, statistics, isFree ? everyOne(mixture) : concerned, halves.training);
}

/** EM of some components on rows of the sample; undefined where one of them becomes singular. */
async function fitted(
  ground: Ground,
  start: Parameters,
  statistics: Statistics,
  concerned: ReadonlySet<number>,
  rows: Source,
): Promise<Tried | undefined> {
  const { pool, mixture, weight } = ground;
  const { gain } = rowOf(mixture);
  let parameters = start;
  let before: number | undefined;
  try {
    for (let i = 0; i < ITERATIONS; i++) {
      const compiled = compile(mixture, parameters);
      const seen = await eStep(pool, rows, passAt(mixture, compiled, parameters), ground);
      const criterion = criterionOf(mixture, compiled, (seen.logNormaliser / seen.weight) * weight);
      if (before !== undefined && gain.of(before, criterion, weight) < gain.tolerance) break;
      before = criterion;
      parameters = mixed(ground, statistics, seen, parameters.means, concerned);
    }
    return { parameters, compiled: compile(mixture, parameters), concerned };
  } catch (error) {
    if (error instanceof FitError) return undefined;
    throw error;
  }
}

/** Whether the other half of the sample has a higher criterion. */
async function isBetter(
  ground: Ground,
  { parameters }: Learnt,
  tried: Tried,
  { validation }: Halves,
): Promise<boolean> {
  const { pool, mixture, weight, signal } = ground;
  const { gain } = rowOf(mixture);
  const criterion = async (compiled: Compiled): Promise<number> => {
    const seen = await eStep(pool, validation, scoringPass(mixture, compiled), { signal });
    return criterionOf(mixture, compiled, (seen.logNormaliser / seen.weight) * weight);
  };
  return (
    gain.of(await criterion(compile(mixture, parameters)), await criterion(tried.compiled), weight) > gain.tolerance
  );
}

const everyOne = ({ components }: Mixture): ReadonlySet<number> =>
  new Set(Array.from({ length: components }, (_, k) => k));

/** The same with the whole sample; the statistics of all components about their means. */
async function settle(ground: Ground, tried: Tried, statistics: Statistics): Promise<Learnt> {
  const { concerned } = tried;
  const { pool, mixture, sample } = ground;
  const whole = await openAgain({ data: sample.rows, weights: sample.weights, dimensions: mixture.dimensions });
  const { parameters, compiled } = (await fitted(ground, tried.parameters, statistics, concerned, whole)) ?? tried;
  const seen = await eStep(pool, whole, passAt(mixture, compiled, parameters), ground);
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
  const next = mStep(mixture, taken(own, ofSample, concerned).scale(weight), means);
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
function labelled({ pool, mixture, sample }: Ground, { means, labels, concerned }: Placement): Statistics {
  const { components, dimensions, covariance } = mixture;
  const type = covarianceOf(mixture);
  const statistics = new Statistics({ components, dimensions, covariance: type });
  const one = new Statistics({ components: 1, dimensions, covariance: type });
  const rowsOf = new Map<number, number[]>();
  for (const [n, k] of labels.entries()) {
    if (!concerned.has(k)) continue;
    if (!rowsOf.has(k)) rowsOf.set(k, []);
    rowsOf.get(k)!.push(n);
  }
  for (const [k, rows] of rowsOf) {
    const mean = means.slice(k * dimensions, (k + 1) * dimensions);
    const data = rowsAt(sample, dimensions, rows);
    const weights = Float64Array.from(rows, (n) => sample.weights[n]!);
    const moments = { covariance, means: mean };
    const kernel = kernelFor({ scorer: distanceScorer(mean, dimensions), assignment: 'hard', moments }, pool.computing);
    kernel.addChunk({ data, weights, rows: rows.length, dimensions, part: NO_PART }, one.zero());
    kernel.close();
    statistics.counts[k] = one.counts[0]!;
    statistics.first[k]!.set(one.first[0]!);
    for (let i = 0; i < one.second[0]!.length; i++) statistics.second[k]![i]! += one.second[0]![i]!;
  }
  return statistics.withHeader(sample.weights.length, sum(sample.weights));
}

/** A row that weighs more than this many rows of average weight is in both halves, with half its weight. */
const HEAVY = 2;

/** One half of a sample, drawn at random, and the other. */
class Halves {
  readonly training: Source;
  readonly validation: Source;

  private constructor(training: Source, validation: Source) {
    this.training = training;
    this.validation = validation;
  }

  static async of({ sample: { rows, weights }, mixture: { dimensions }, random }: Ground): Promise<Halves> {
    const heavy = (HEAVY * sum(weights)) / weights.length;
    const isFirst = Array.from(weights, () => uniformFloat64(random) < 0.5);
    const half = (isTraining: boolean): Promise<Source> => {
      const kept = [...weights.keys()].filter((n) => isFirst[n] === isTraining || weights[n]! > heavy);
      const data = rowsAt({ rows }, dimensions, kept);
      const shares = Float64Array.from(kept, (n) => (weights[n]! > heavy ? weights[n]! / 2 : weights[n]!));
      return openAgain({ data, weights: shares, dimensions });
    };
    return new Halves(await half(true), await half(false));
  }

  async close(): Promise<void> {
    await this.training.close();
    await this.validation.close();
  }
}
