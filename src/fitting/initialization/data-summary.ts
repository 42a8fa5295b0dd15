// The first reading of the data: mean, covariance, and a sample of rows.
import type { Chunk } from '../../chunk.ts';
import type { PassOptions } from '../../e-step/e-step.ts';
import { DataError, tooLarge, weightless, withoutDirection } from '../../errors.ts';
import { type Computing, kernelFor } from '../../kernels/index.ts';
import { distanceScorer } from '../../mixture/compile.ts';
import { scatterOf } from '../../mixture/components/scatter.ts';
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import { type CovarianceName, covarianceNamed } from '../../mixture/covariance/index.ts';
import { normaliseRows } from '../../mixture/distance.ts';
import { partRows } from '../../mixture/missing-rows.ts';
import { Statistics } from '../../mixture/statistics.ts';
import { abortable } from '../../sources/abortable.ts';
import type { Source } from '../../sources/source.ts';
import { Sweep, type SweepPlace } from '../../sources/sweep.ts';
import { breathe } from '../../util/event-loop.ts';
import { Journal } from '../../util/journal.ts';
import { type Random, randomFor, randomFrom } from '../../util/random.ts';
import { MissingMoments, type MissingState } from './missing-summary.ts';
import { PrioritySample, type PriorityState } from './priority-sample.ts';
import { countOf, type RowSample, scaled, together, weightOf, withoutRepeats } from './row-sample.ts';
import { RowSet } from './row-set.ts';

/** Rows that seeding works on: a sample without replacement of at most this many. */
export const RESERVOIR_ROWS = 65_536;

/** Summary of the data, from the first reading. */
export interface Survey {
  readonly rows: number;
  readonly weight: number;
  /** D numbers. */
  readonly mean: Float64Array;
  /** One group of the covariance type. */
  readonly covariance: Float64Array;
  /** Some of the rows, which weigh as much as all. */
  readonly sample: RowSample;
  /** How many different rows there are; if more than were asked for, as many as that. */
  readonly different: number;
}

/** What the first reading must compute. */
export interface SurveyAsked {
  readonly covariance: CovarianceName | null;
  /** Whether the covariance is unbiased (divisor n − 1), or that of the rows as they are (n). */
  readonly isUnbiased: boolean;
  /** Whether only directions count: rows are normalised to length 1. */
  readonly isOfDirections?: boolean | undefined;
  /** How many different rows are enough. */
  readonly different: number;
  readonly seed: number;
}

/** State of a first reading under way. */
interface SurveyState {
  readonly moments: MomentsState;
  readonly missing: MissingState;
  readonly reservoir: ReservoirState;
  readonly rows: number;
  readonly place: SweepPlace;
}

/** State of mean and scatter. */
interface MomentsState {
  readonly weight: number;
  readonly mean: Float64Array;
  readonly scatter: Float64Array;
}

/** State of a sample under way. */
interface ReservoirState {
  readonly sample: PriorityState;
  readonly random: readonly number[];
  readonly different: Float64Array;
  readonly weights: readonly number[];
}

/** Reads the data once: mean, covariance, and a random sample of the rows (those of weight 0 left out). */
export async function survey(
  computing: Computing,
  source: Source,
  { covariance, isUnbiased, isOfDirections, different, seed }: SurveyAsked,
  { signal, onRows, onPassed, journal = new Journal() }: PassOptions = {},
): Promise<Survey> {
  const { dimensions } = source;
  const kept = journal.resume<SurveyState>();
  const moments = new SummaryMoments(computing, dimensions, covariance, kept?.moments);
  const missing = new MissingMoments(dimensions, covarianceNamed(covariance), kept?.missing);
  const reservoir = new Reservoir(dimensions, different, seed, kept?.reservoir);
  let rows = kept?.rows ?? 0;
  const sweep = new Sweep(source, undefined, { from: kept?.place, onPassed });
  journal.keep(
    (): SurveyState => ({
      moments: moments.state,
      missing: missing.state,
      reservoir: reservoir.state,
      rows,
      place: sweep.placeAfter(rows, 0),
    }),
  );
  await journal.rest();
  for await (const given of abortable(sweep, signal)) {
    await breathe(signal);
    journal.change();
    const chunk = isOfDirections ? directions(given, source, rows) : given;
    const { whole, broken } = chunk.hasMissing ? partRows(chunk) : { whole: chunk, broken: [] };
    if (whole.rows > 0) moments.add(whole);
    missing.add(broken);
    reservoir.add(chunk);
    chunk.release?.();
    rows += chunk.rows;
    await onRows?.(rows);
    await journal.rest(chunk.rows);
  }
  journal.change();
  moments.addMissing(missing);
  if (moments.weight === 0) throw weightless(source.name);
  const unseen = missing.weight > 0 ? moments.mean.findIndex(Number.isNaN) : -1;
  if (unseen >= 0)
    throw new DataError(
      'missing-numbers',
      `${source.name}: column ${unseen + 1} is missing in every row: leave it out`,
      { source: source.name, column: unseen + 1 },
    );
  const spread = moments.covariance(isUnbiased ? rows : undefined);
  if (!moments.mean.every(Number.isFinite) || !spread.every(Number.isFinite)) throw tooLarge(source.name);
  return {
    rows,
    weight: moments.weight,
    mean: moments.mean,
    covariance: spread,
    ...reservoir.end(moments.mean, moments.weight),
  };
}

/**
 * The rows of a chunk normalised to length 1. Those that have no direction count for nothing where rows are skipped.
 *
 * @throws DataError that names the first of them, elsewhere.
 */
export function directions<C extends Chunk>(
  chunk: C,
  { name, skipped }: { readonly name: string; readonly skipped?: unknown },
  rowsBefore: number,
): C {
  const data = new Float64Array(chunk.data.length);
  const without = normaliseRows(chunk.data, chunk.dimensions, data);
  if (without.length === 0) return { ...chunk, data };
  if (!skipped) throw withoutDirection(name, rowsBefore + without[0]! + 1);
  const weights = chunk.weights?.slice() ?? new Float64Array(chunk.rows).fill(1);
  for (const n of without) weights[n] = 0;
  return { ...chunk, data, weights };
}

/** Mean and scatter, each chunk about its own mean, then merged: Chan, Golub & LeVeque (1979), equation 2.1. */
class SummaryMoments {
  weight: number;
  mean: Float64Array;
  readonly #scatter: Float64Array;
  readonly #computing: Computing;
  readonly #name: CovarianceName | null;
  readonly #type: CovarianceType;

  constructor(computing: Computing, dimensions: number, name: CovarianceName | null, state?: MomentsState) {
    const type = covarianceNamed(name);
    this.#computing = computing;
    this.#name = name;
    this.weight = state?.weight ?? 0;
    this.mean = state?.mean ?? new Float64Array(dimensions);
    this.#scatter = state?.scatter ?? new Float64Array(type.size(dimensions));
    this.#type = type;
  }

  get state(): MomentsState {
    return { weight: this.weight, mean: this.mean, scatter: this.#scatter };
  }

  add(chunk: Chunk): void {
    const { dimensions } = chunk;
    const covariance = this.#type;
    const mean = meanOf(chunk);
    const statistics = new Statistics({ components: 1, dimensions, covariance });
    const moments = { covariance: this.#name, means: mean };
    const kernel = kernelFor(
      { scorer: distanceScorer(mean, dimensions), assignment: 'hard', moments },
      this.#computing,
    );
    kernel.addChunk(chunk, statistics);
    kernel.close();
    if (statistics.weight === 0) return;
    const { means, groups } = scatterOf(statistics, mean, { covariance, dimensions, regCovar: 0 });
    const total = this.weight + statistics.weight;
    const shift = means.map((value, j) => value - this.mean[j]!);
    for (const [i, value] of groups.entries()) this.#scatter[i]! += value;
    covariance.addOuter(this.#scatter, shift, (this.weight * statistics.weight) / total);
    for (const [j, value] of shift.entries()) this.mean[j]! += (statistics.weight / total) * value;
    this.weight = total;
  }

  /** Adds rows with missing numbers: to be called once, when all others were added. */
  addMissing(missing: MissingMoments): void {
    if (missing.weight === 0) return;
    const mean = missing.mean(this.mean, this.weight);
    const shift = this.mean.map((value, j) => value - mean[j]!);
    this.#type.addOuter(this.#scatter, shift, this.weight);
    missing.addScatter(this.#scatter, mean);
    this.mean = mean;
    this.weight += missing.weight;
  }

  /**
   * The scatter, divided by the weight; if `rows` are given by the weight less that of one row: 1 where weights are counts, else
   * the mean weight.
   */
  covariance(rows?: number): Float64Array {
    const { repeats } = this.#type.wishart(this.mean.length);
    const one = rows === undefined ? 0 : Math.min(1, this.weight / rows);
    const divisor = rows === 1 ? this.weight : this.weight - one;
    return this.#scatter.map((value) => value / (repeats * divisor));
  }
}

function meanOf({ data, weights, rows, dimensions }: Chunk): Float64Array {
  const mean = new Float64Array(dimensions);
  let total = 0;
  for (let n = 0, at = 0; n < rows; n++) {
    const weight = weights ? weights[n]! : 1;
    total += weight;
    for (let j = 0; j < dimensions; j++, at++) mean[j]! += weight * data[at]!;
  }
  return total > 0 ? mean.map((sum) => sum / total) : mean;
}

/** A sample of the rows that count, and the first of those that are different, as many as are asked for. */
class Reservoir {
  readonly #dimensions: number;
  readonly #asked: number;
  readonly #sample: PrioritySample;
  readonly #random: Random;
  readonly #different: RowSet;
  /** Weight of each distinct row, as long as there are too few of them. */
  readonly #weights: number[];

  constructor(dimensions: number, different: number, seed: number, state?: ReservoirState) {
    this.#dimensions = dimensions;
    this.#asked = different;
    this.#sample = new PrioritySample(RESERVOIR_ROWS, dimensions, state?.sample);
    this.#random = state ? randomFrom(state.random) : randomFor('reservoir', seed);
    this.#different = new RowSet(dimensions);
    const seen = state?.different ?? new Float64Array(0);
    for (let from = 0; from < seen.length; from += dimensions) this.#different.add(seen, from);
    this.#weights = [...(state?.weights ?? [])];
  }

  get state(): ReservoirState {
    const { rows: different } = this.#different;
    return { sample: this.#sample.state, random: this.#random.getState(), different, weights: this.#weights };
  }

  add({ data, weights, rows }: Chunk): void {
    for (let n = 0, from = 0; n < rows; n++, from += this.#dimensions) {
      const weight = weights ? weights[n]! : 1;
      if (weight === 0) continue;
      this.#sample.add(data, from, weight, this.#random);
      if (this.#different.size >= this.#asked) continue;
      const index = this.#different.add(data, from);
      this.#weights[index] = (this.#weights[index] ?? 0) + weight;
    }
  }

  /** With the mean in place of what is missing, and sample weights that add up to `weight`. */
  end(mean: Float64Array, weight: number): Pick<Survey, 'sample' | 'different'> {
    const dimensions = this.#dimensions;
    const [asked, few] = [this.#asked, this.#different];
    const ofFew = { rows: few.rows, weights: Float64Array.from(this.#weights) };
    const drawn = this.#sample.sample;
    for (const rows of [ofFew.rows, drawn.rows]) fill(rows, mean);
    const isFew = few.size < asked;
    const merged = withoutRepeats(isFew ? ofFew : drawn, dimensions);
    const isExact = isFew || this.#sample.isWhole;
    const sample = scaled(merged, isExact ? 1 : weight / weightOf(merged, dimensions));
    const complete = countOf(sample, dimensions) < asked ? together(sample, ofFew, dimensions) : sample;
    return { sample: complete, different: Math.min(asked, countOf(complete, dimensions)) };
  }
}

function fill(rows: Float64Array, mean: Float64Array): void {
  for (let at = 0; at < rows.length; at++) if (Number.isNaN(rows[at]!)) rows[at] = mean[at % mean.length]!;
}
