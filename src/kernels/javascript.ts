// The reference kernel, the one to read: tiles of eight rows, gathered per component for the M-step.
import type { Chunk } from '../chunk.ts';
import { assignments, logNormalise, mostProbable } from '../mixture/assignment.ts';
import { type CovarianceType, LANES } from '../mixture/covariance/covariance-type.ts';
import { covarianceNamed } from '../mixture/covariance/index.ts';
import type { Pass } from '../mixture/pass.ts';
import { isProduct, type Scorer } from '../mixture/scorer.ts';
import type { Statistics } from '../mixture/statistics.ts';
import { rowsOf } from '../util/vector.ts';
import { fromSquares, productDensity } from './densities/student.ts';
import { BATCH, forBatches, type Kernel, takeWeights, toRows } from './kernel.ts';

/**
 * The E-step in plain JavaScript: the one to read, and the one that the others are tested against. Rows are copied into
 * tiles of LANES rows; `densities` then holds, for each component, a run of BATCH log densities, which an assignment turns
 * into responsibilities in place; from these each component gathers the rows that it has a share of.
 */
export class JavaScriptKernel implements Kernel {
  readonly #pass: Pass;
  readonly #densities: Float64Array;
  readonly #logNormalisers: Float64Array = new Float64Array(BATCH);
  readonly #density: CovarianceType['density'];
  readonly #isProduct: boolean;
  readonly #means: readonly Float64Array[];
  readonly #factors: readonly Float64Array[];
  readonly #entering: readonly Float64Array[];
  readonly #points: Float64Array;
  readonly #whitened: Float64Array;
  readonly #tile: Float64Array;
  readonly #weightedTile: Float64Array;
  readonly #laneWeights: Float64Array = new Float64Array(LANES);
  readonly #rowWeights: Float64Array = new Float64Array(BATCH);

  constructor(pass: Pass) {
    const { components, dimensions, form, means, factors, whitening } = pass.scorer;
    const type = covarianceNamed(form);
    this.#pass = pass;
    this.#density = type.density;
    this.#isProduct = isProduct(pass.scorer);
    this.#means = rowsOf(means, dimensions);
    this.#factors = rowsOf(factors, type.size(dimensions));
    this.#entering = pass.moments ? rowsOf(pass.moments.means, dimensions) : [];
    this.#densities = new Float64Array(components * BATCH);
    this.#points = new Float64Array(BATCH * dimensions);
    this.#whitened = whitening ? new Float64Array(BATCH * dimensions) : this.#points;
    this.#tile = new Float64Array(dimensions * LANES);
    this.#weightedTile = new Float64Array(dimensions * LANES);
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const { components } = this.#pass.scorer;
    const assign = assignments[this.#pass.assignment];
    forBatches(chunk, (start, rows) => {
      const weight = takeWeights(chunk, start, rows, this.#rowWeights);
      this.#score(chunk, start, rows);
      const sum = assign(this.#densities, components, BATCH, rows, this.#rowWeights, this.#logNormalisers);
      statistics.addRows(rows, weight, sum);
      statistics.farthest?.note(chunk, start, rows, this.#logNormalisers);
      for (let k = 0; k < this.#entering.length; k++) this.#addComponent(k, rows, this.#entering[k]!, statistics);
    });
    statistics.farthest?.add(chunk);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    const { components } = this.#pass.scorer;
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      mostProbable(this.#densities, components, BATCH, rows, labels.subarray(start), highest.subarray(start));
    });
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    const { components } = this.#pass.scorer;
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      logNormalise(this.#densities, components, BATCH, rows, logNormalisers.subarray(start));
    });
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    const { components } = this.#pass.scorer;
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      if (logNormalisers) logNormalise(this.#densities, components, BATCH, rows, logNormalisers.subarray(start));
      toRows(this.#densities, components, rows, densities, start);
    });
  }

  close(): void {}

  /** Fills `densities` with the log densities of a batch. */
  #score(chunk: Chunk, start: number, rows: number): void {
    const { scorer } = this.#pass;
    const { components, constants, whitening } = scorer;
    const tiles = Math.ceil(rows / LANES);
    this.#pack(chunk, start, rows);
    if (whitening) whitenTiles(this.#points, tiles, whitening.centre, whitening.factor, this.#whitened);
    const points = this.#whitened;
    if (scorer.tails) {
      this.#scoreTails(points, tiles, scorer.tails);
      return;
    }
    for (let k = 0; k < components; k++) {
      const [mean, factor, constant] = [this.#means[k]!, this.#factors[k]!, constants[k]!];
      this.#density(points, tiles, mean, factor, constant, this.#densities, k * BATCH, this.#tile);
    }
  }

  /** The same where components are Student-t distributions. */
  #scoreTails(points: Float64Array, tiles: number, { rates, exponents }: NonNullable<Scorer['tails']>): void {
    const { components, constants } = this.#pass.scorer;
    const densities = this.#densities;
    for (let k = 0; k < components; k++) {
      const [mean, factor] = [this.#means[k]!, this.#factors[k]!];
      const [constant, rate, exponent] = [constants[k]!, rates[k]!, exponents[k]!];
      const start = k * BATCH;
      if (this.#isProduct) {
        productDensity(points, tiles, mean, factor, constant, rate, exponent, densities, start);
      } else {
        this.#density(points, tiles, mean, factor, 0, densities, start, this.#tile);
        fromSquares(densities, start, start + tiles * LANES, constant, rate, exponent);
      }
    }
  }

  #pack(chunk: Chunk, start: number, rows: number): void {
    const { data, dimensions } = chunk;
    const points = this.#points;
    for (let n = 0, from = start * dimensions; n < rows; n++) {
      let to = (n - (n % LANES)) * dimensions + (n % LANES);
      for (let j = 0; j < dimensions; j++, to += LANES) points[to] = data[from++]!;
    }
  }

  /** Gathers the rows that component k has a share of, LANES at a time, and adds their moments. */
  #addComponent(k: number, rows: number, mean: Float64Array, statistics: Statistics): void {
    const densities = this.#densities;
    const points = this.#points;
    const tile = this.#tile;
    const laneWeights = this.#laneWeights;
    const dimensions = mean.length;
    const first = statistics.first[k]!;
    const isFirstOnly = statistics.second[k]!.length === 0;
    let count = 0;
    let lane = 0;
    for (let n = 0, at = k * BATCH; n < rows; n++, at++) {
      const responsibility = densities[at]!;
      if (responsibility === 0) continue;
      count += responsibility;
      laneWeights[lane] = responsibility;
      let from = (n - (n % LANES)) * dimensions + (n % LANES);
      if (isFirstOnly) {
        for (let j = 0; j < dimensions; j++, from += LANES) first[j]! += responsibility * (points[from]! - mean[j]!);
        continue;
      }
      for (let j = 0, to = lane; j < dimensions; j++, to += LANES, from += LANES) tile[to] = points[from]! - mean[j]!;
      if (++lane === LANES) {
        this.#flush(k, dimensions, statistics);
        lane = 0;
      }
    }
    statistics.counts[k]! += count;
    if (lane > 0) {
      laneWeights.fill(0, lane);
      this.#flush(k, dimensions, statistics);
    }
  }

  #flush(k: number, dimensions: number, statistics: Statistics): void {
    const tile = this.#tile;
    const weighted = this.#weightedTile;
    const laneWeights = this.#laneWeights;
    const first = statistics.first[k]!;
    for (let j = 0, at = 0; j < dimensions; j++) {
      let sum = 0;
      for (let q = 0; q < LANES; q++, at++) {
        const value = laneWeights[q]! * tile[at]!;
        weighted[at] = value;
        sum += value;
      }
      first[j]! += sum;
    }
    statistics.shape.covariance.addMoments(tile, weighted, dimensions, statistics.second[k]!);
  }
}

/** z = P (x − centre) for every row of the tiles. */
function whitenTiles(
  points: Float64Array,
  tiles: number,
  centre: Float64Array,
  factor: Float64Array,
  out: Float64Array,
): void {
  const dimensions = centre.length;
  for (let tile = 0; tile < tiles; tile++) {
    const base = tile * dimensions * LANES;
    for (let i = 0, at = 0; i < dimensions; i++) {
      const to = base + i * LANES;
      out.fill(0, to, to + LANES);
      for (let j = 0; j <= i; j++) {
        const f = factor[at++]!;
        const c = centre[j]!;
        for (let q = 0, from = base + j * LANES; q < LANES; q++) out[to + q]! += f * (points[from + q]! - c);
      }
    }
  }
}
