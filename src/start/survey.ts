import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { breathe } from '../breath.ts';
import type { Chunk } from '../chunk.ts';
import { scatterOf } from '../components/scatter.ts';
import { type CovarianceName, covarianceNamed } from '../covariance/index.ts';
import type { CovarianceType } from '../covariance/type.ts';
import { DataError, tooLarge, weightless } from '../errors.ts';
import type { PassOptions } from '../expect.ts';
import { type Computing, kernelFor } from '../kernels/index.ts';
import { distanceScorer } from '../mixture.ts';
import { type Random, randomFor } from '../random.ts';
import type { Source } from '../source.ts';
import { partRows } from '../sources/missing-rows.ts';
import { Statistics } from '../statistics.ts';
import { MissingMoments } from './survey-missing.ts';

/** Rows that seeding works on: a sample without replacement of this many, or all rows if they are fewer. */
export const RESERVOIR_ROWS = 65_536;

/** What the first reading of the data tells. */
export interface Survey {
  readonly rows: number;
  readonly weight: number;
  /** D numbers. */
  readonly mean: Float64Array;
  /** One group of the covariance type, divisor n − 1. */
  readonly covariance: Float64Array;
  /** Sampled rows, row-major. */
  readonly reservoir: Float64Array;
}

/** Reads the data once: mean, covariance, and a random sample of the rows (those of weight 0 left out). */
export async function survey(
  computing: Computing,
  source: Source,
  covariance: CovarianceName | null,
  seed: number,
  { signal, onRows }: PassOptions = {},
): Promise<Survey> {
  const { dimensions } = source;
  const moments = new Moments(computing, dimensions, covariance);
  const missing = new MissingMoments(dimensions, covarianceNamed(covariance));
  const reservoir = new Reservoir(dimensions, seed);
  let rows = 0;
  for await (const chunk of source) {
    await breathe(signal);
    const { whole, broken } = chunk.hasMissing ? partRows(chunk) : { whole: chunk, broken: [] };
    if (whole.rows > 0) moments.add(whole);
    missing.add(broken);
    reservoir.add(chunk);
    chunk.release?.();
    rows += chunk.rows;
    onRows?.(rows);
  }
  moments.addMissing(missing);
  if (moments.weight === 0) throw weightless(source.name);
  const unseen = missing.weight > 0 ? moments.mean.findIndex(Number.isNaN) : -1;
  if (unseen >= 0) throw new DataError(`${source.name}: column ${unseen + 1} is missing in every row: leave it out`);
  const spread = moments.covariance();
  if (!moments.mean.every(Number.isFinite) || !spread.every(Number.isFinite)) throw tooLarge(source.name);
  return {
    rows,
    weight: moments.weight,
    mean: moments.mean,
    covariance: spread,
    reservoir: reservoir.rows(moments.mean),
  };
}

/** Mean and scatter, each chunk about its own mean, then merged: Chan, Golub & LeVeque (1979), equation 2.1. */
class Moments {
  weight = 0;
  mean: Float64Array;
  readonly #scatter: Float64Array;
  readonly #computing: Computing;
  readonly #name: CovarianceName | null;
  readonly #type: CovarianceType;

  constructor(computing: Computing, dimensions: number, name: CovarianceName | null) {
    const type = covarianceNamed(name);
    this.#computing = computing;
    this.#name = name;
    this.mean = new Float64Array(dimensions);
    this.#scatter = new Float64Array(type.size(dimensions));
    this.#type = type;
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

  covariance(): Float64Array {
    const { repeats } = this.#type.wishart(this.mean.length);
    return this.#scatter.map((value) => value / (repeats * Math.max(1, this.weight - 1)));
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

/** A uniform sample without replacement of a stream; Vitter's algorithm R. */
class Reservoir {
  readonly #dimensions: number;
  readonly #random: Random;
  #data: Float64Array;
  #seen = 0;

  constructor(dimensions: number, seed: number) {
    this.#dimensions = dimensions;
    this.#random = randomFor('reservoir', seed);
    this.#data = new Float64Array(1024 * dimensions);
  }

  add({ data, weights, rows }: Chunk): void {
    const dimensions = this.#dimensions;
    for (let n = 0; n < rows; n++) {
      if (weights && weights[n] === 0) continue;
      const place =
        this.#seen < RESERVOIR_ROWS ? this.#seen : Math.floor(uniformFloat64(this.#random) * (this.#seen + 1));
      this.#seen++;
      if (place >= RESERVOIR_ROWS) continue;
      this.#grow((place + 1) * dimensions);
      for (let j = 0; j < dimensions; j++) this.#data[place * dimensions + j] = data[n * dimensions + j]!;
    }
  }

  /** The rows, with the mean in place of what is missing. */
  rows(mean: Float64Array): Float64Array {
    const rows = this.#data.subarray(0, Math.min(this.#seen, RESERVOIR_ROWS) * this.#dimensions);
    for (let at = 0; at < rows.length; at++) if (Number.isNaN(rows[at]!)) rows[at] = mean[at % mean.length]!;
    return rows;
  }

  #grow(needed: number): void {
    if (needed <= this.#data.length) return;
    const larger = new Float64Array(Math.min(2 * this.#data.length, RESERVOIR_ROWS * this.#dimensions));
    larger.set(this.#data);
    this.#data = larger;
  }
}
