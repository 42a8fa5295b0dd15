// Kernel of K-means: floats compare, doubles decide.
import type { Chunk } from '../chunk.ts';
import type { Pass } from '../mixture/pass.ts';
import type { Scorer } from '../mixture/scorer.ts';
import type { Statistics } from '../mixture/statistics.ts';
import { rowsOf } from '../util/vector.ts';
import type { Blas } from './blas-library.ts';
import { DenseKernel } from './dense.ts';
import { BATCH, forBatches, type Kernel, takeWeights } from './kernel.ts';
import { isOfFloatSize, meanOfMeans, type Precision, precisions } from './precision.ts';
import { Memory } from './wasm-memory.ts';

const FLOAT_ROUNDING = 2 ** -24;
/** How many roundings a sum of D products is wrong by, at the most. */
const roundings = (dimensions: number): number => dimensions + 4;

/** Centres that are compared together; their number is padded to whole groups by centres that are never nearest. */
const GROUP = 8;
const NOBODYS = -1e38;

/** Centres so far apart that floats cannot compare their distances. */
const FARTHEST = 1e15;

type Views = Readonly<Record<'points' | 'floats' | 'affinities' | 'singles', Float32Array>> &
  Readonly<Record<'doubles' | 'weights' | 'densities', Float64Array>> & { readonly places: Int32Array };

/**
 * The nearest centre of every row. All affinities x · m − ½ ‖m‖² (of rows and centres less their middle) are computed in
 * floats, by BLAS if there is one; where the highest is not higher than all others by what rounding may have changed, the
 * squared distances decide, in doubles: the assignment is always that of exact comparison.
 */
export class NearestKernel implements Kernel {
  readonly #pass: Pass;
  readonly #precision: Precision;
  readonly #memory = new Memory();
  readonly #blas: Blas | undefined;
  readonly #middle: Float64Array;
  readonly #width: number;
  readonly #components: number;
  readonly #rounding: number;
  readonly #longest: number;
  readonly #at: Readonly<
    Record<
      | 'rows'
      | 'weights'
      | 'middle'
      | 'points'
      | 'floats'
      | 'centres'
      | 'affinities'
      | 'highest'
      | 'second'
      | 'places'
      | 'densities'
      | 'sums',
      number
    >
  >;
  readonly #views: Views;
  #dense: DenseKernel | undefined;

  /** Squared distances, every row to its nearest centre, and no second moments. */
  static can({ scorer, assignment, moments }: Pass): boolean {
    const isDistance = scorer.isDistance === true && assignment === 'hard';
    return isDistance && (moments?.covariance ?? null) === null && isMean(moments?.means, scorer.means) && fits(scorer);
  }

  constructor(pass: Pass, precision: Precision, blas?: Blas) {
    const { components, dimensions, means } = pass.scorer;
    const memory = this.#memory;
    this.#pass = pass;
    this.#precision = precision;
    this.#blas = blas;
    this.#middle = meanOfMeans(pass.scorer);
    this.#width = dimensions + (dimensions % 2);
    this.#components = Math.ceil(components / GROUP) * GROUP;
    this.#longest = rowsOf(means, dimensions).reduce(
      (longest, mean) => Math.max(longest, distance(mean, this.#middle)),
      0,
    );
    this.#rounding = 2 * roundings(dimensions) * FLOAT_ROUNDING * this.#longest;
    this.#at = {
      rows: memory.reserve(BATCH * dimensions * 8),
      weights: memory.reserve(BATCH * 8),
      middle: memory.reserve(dimensions * 8),
      points: memory.reserve(BATCH * (dimensions + 1) * 4),
      floats: memory.reserve(this.#components * (dimensions + 1) * 4),
      centres: memory.reserve(components * this.#width * 8),
      affinities: memory.reserve(this.#components * BATCH * 4),
      highest: memory.reserve(BATCH * 4),
      second: memory.reserve(BATCH * 4),
      places: memory.reserve(BATCH * 4),
      densities: memory.reserve(BATCH * 8),
      sums: memory.reserve(components * (1 + this.#width) * 8),
    };
    memory.allocate();
    this.#views = this.#begin();
  }

  #begin(): Views {
    const { components, dimensions, means } = this.#pass.scorer;
    const memory = this.#memory;
    const at = this.#at;
    const floats = memory.floats(at.floats, this.#components * (dimensions + 1));
    const points = memory.floats(at.points, BATCH * (dimensions + 1));
    memory.doubles(at.middle, dimensions).set(this.#middle);
    points.fill(1, BATCH * dimensions);
    const place = (k: number, j: number): number =>
      this.#blas ? k * (dimensions + 1) + j : (k - (k % 2)) * (dimensions + 1) + 2 * j + (k % 2);
    for (let k = components; k < this.#components; k++) floats[place(k, dimensions)] = NOBODYS;
    for (const [k, mean] of rowsOf(means, dimensions).entries()) {
      memory.doubles(at.centres + k * this.#width * 8, dimensions).set(mean);
      const centred = mean.map((value, j) => value - this.#middle[j]!);
      const constant = -0.5 * centred.reduce((sum, value) => sum + value * value, 0);
      for (const [j, value] of [...centred, constant].entries()) floats[place(k, j)] = value;
    }
    return {
      points,
      floats,
      affinities: memory.floats(at.affinities, this.#components * BATCH),
      doubles: memory.doubles(at.rows, BATCH * dimensions),
      singles: memory.floats(at.rows, BATCH * dimensions),
      weights: memory.doubles(at.weights, BATCH),
      densities: memory.doubles(at.densities, BATCH),
      places: memory.integers(at.places, BATCH),
    };
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const sums = this.#pass.moments ? this.#at.sums : 0;
    forBatches(chunk, (start, rows) => {
      const weight = takeWeights(chunk, start, rows, this.#views.weights);
      statistics.addRows(rows, weight, this.#settle(chunk, start, rows, sums));
      statistics.farthest?.note(chunk, start, rows, this.#views.densities);
    });
    statistics.farthest?.add(chunk);
    if (this.#pass.moments) this.#moveTo(statistics);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    const { places, densities } = this.#views;
    forBatches(chunk, (start, rows) => {
      this.#settle(chunk, start, rows, 0);
      labels.set(places.subarray(0, rows), start);
      highest.set(densities.subarray(0, rows), start);
    });
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    this.#all.logNormalise(chunk, logNormalisers);
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    this.#all.logDensities(chunk, densities, logNormalisers);
  }

  close(): void {
    this.#memory.close();
    this.#dense?.close();
  }

  /** Computes what asks for all distances. */
  get #all(): DenseKernel {
    this.#dense ??= new DenseKernel({ ...this.#pass, moments: undefined }, this.#precision);
    return this.#dense;
  }

  /** Settles the nearest centres of a batch, and adds its rows to sums; returns Σ −½ weight · squared distance. */
  #settle(chunk: Chunk, start: number, rows: number, sums: number): number {
    const { components, dimensions } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    const numbers = chunk.data.subarray(start * dimensions, (start + rows) * dimensions);
    const bits = numbers instanceof Float64Array ? 64 : 32;
    if (numbers instanceof Float64Array) this.#views.doubles.set(numbers);
    else this.#views.singles.set(numbers);
    this.#compare(bits, rows);
    calls.highestGroup!(at.affinities, this.#components / GROUP, BATCH, rows, at.highest, at.second, at.places);
    return calls[`settle${bits}`]!(
      at.rows,
      rows,
      dimensions,
      this.#rounding,
      this.#longest,
      at.affinities,
      components,
      BATCH,
      at.highest,
      at.second,
      at.places,
      at.centres,
      this.#width,
      at.weights,
      at.densities,
      sums,
    );
  }

  #compare(bits: 64 | 32, rows: number): void {
    const { dimensions } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    if (this.#blas) {
      const { points, floats, affinities } = this.#views;
      calls[`columns${bits}`]!(at.rows, rows, dimensions, dimensions, BATCH, at.middle, at.points);
      const inner = dimensions + 1;
      this.#blas.floats.multiply(rows, this.#components, inner, points, BATCH, floats, inner, affinities, BATCH);
      return;
    }
    const tiles = Math.ceil(rows / precisions.f32.lanes);
    calls[`pack${bits}as32`]!(at.rows, rows, dimensions, dimensions, at.middle, at.points);
    calls.affinities!(at.points, tiles, dimensions, at.floats, this.#components, BATCH, at.affinities);
  }

  /** Adds the sums to statistics, and starts again from zero. */
  #moveTo({ counts, first }: Statistics): void {
    const run = 1 + this.#width;
    const sums = this.#memory.doubles(this.#at.sums, this.#pass.scorer.components * run);
    for (let k = 0; k < counts.length; k++) {
      counts[k]! += sums[k * run]!;
      for (let j = 0; j < first[k]!.length; j++) first[k]![j]! += sums[k * run + 1 + j]!;
    }
    sums.fill(0);
  }
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]!) ** 2, 0));
}

const isMean = (entering: Float64Array | undefined, means: Float64Array): boolean =>
  entering === undefined || entering.every((value, i) => value === means[i]);

/** Whether floats can compare distances between centres. */
function fits(scorer: Scorer): boolean {
  const middle = meanOfMeans(scorer);
  const longest = rowsOf(scorer.means, scorer.dimensions).reduce(
    (most, mean) => Math.max(most, distance(mean, middle)),
    0,
  );
  return scorer.means.every((value) => Math.abs(value) < FARTHEST) && (longest === 0 || isOfFloatSize(longest));
}
