import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import { rowsOf } from '../vector.ts';
import type { Blas } from './blas-library.ts';
import type { Memory } from './memory.ts';
import type { BatchRows } from './moments.ts';
import { meanOfMeans, precisions } from './precision.ts';
import { BATCH } from './type.ts';

const FLOAT_ROUNDING = 2 ** -24;
/** How many roundings a sum of D products is wrong by, at the most. */
const roundings = (dimensions: number): number => dimensions + 4;

/** Centres that are looked at together; their number is made up to whole groups by centres that are nobody's nearest. */
const GROUP = 8;
const NOBODYS = -1e38;

/** Centres so far from each other that floats cannot tell anything. */
const FARTHEST = 1e15;

/**
 * The nearest centre of every row. All affinities x · m − ½ ‖m‖² (of rows and centres less their middle) are computed in
 * floats, by BLAS if there is one; where the highest is not higher than all others by what rounding may have changed, the
 * squared distances decide, in doubles: the assignment is always that of exact comparison.
 */
export class Nearest {
  readonly #pass: Pass;
  readonly #memory: Memory;
  readonly #blas: Blas | undefined;
  readonly #middle: Float64Array;
  readonly #width: number;
  readonly #components: number;
  readonly #rounding: number;
  readonly #longest: number;
  readonly #weightsAt: number;
  readonly #at: Readonly<
    Record<'middle' | 'points' | 'floats' | 'centres' | 'affinities' | 'highest' | 'second' | 'places' | 'sums', number>
  >;
  #views:
    | { readonly points: Float32Array; readonly floats: Float32Array; readonly affinities: Float32Array }
    | undefined;

  /** Squared distances, every row to its nearest centre, and no second moments. */
  static can({ scorer, assignment, moments }: Pass): boolean {
    const isDistance = scorer.isDistance === true && assignment === 'hard';
    return (
      isDistance && (moments?.covariance ?? null) === null && isMean(moments?.means, scorer.means) && fits(scorer.means)
    );
  }

  constructor(memory: Memory, pass: Pass, weightsAt: number, blas: Blas | undefined) {
    const { components, dimensions, means } = pass.scorer;
    this.#pass = pass;
    this.#memory = memory;
    this.#blas = blas;
    this.#weightsAt = weightsAt;
    this.#middle = meanOfMeans(pass.scorer);
    this.#width = dimensions + (dimensions % 2);
    this.#components = Math.ceil(components / GROUP) * GROUP;
    this.#longest = rowsOf(means, dimensions).reduce(
      (longest, mean) => Math.max(longest, distance(mean, this.#middle)),
      0,
    );
    this.#rounding = 2 * roundings(dimensions) * FLOAT_ROUNDING * this.#longest;
    this.#at = {
      middle: memory.reserve(dimensions * 8),
      points: memory.reserve(BATCH * (dimensions + 1) * 4),
      floats: memory.reserve(this.#components * (dimensions + 1) * 4),
      centres: memory.reserve(components * this.#width * 8),
      affinities: memory.reserve(this.#components * BATCH * 4),
      highest: memory.reserve(BATCH * 4),
      second: memory.reserve(BATCH * 4),
      places: memory.reserve(BATCH * 4),
      sums: memory.reserve(components * (1 + this.#width) * 8),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
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
    this.#views = { points, floats, affinities: memory.floats(at.affinities, this.#components * BATCH) };
  }

  /** Adds a batch; returns Σ −½ weight · squared distance. */
  add({ at: rowsAt, isDouble, rows }: BatchRows): number {
    const { components, dimensions } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    const bits = isDouble ? 64 : 32;
    this.#compare(rowsAt, bits, rows);
    calls.highestGroup!(at.affinities, this.#components / GROUP, BATCH, rows, at.highest, at.second, at.places);
    return calls[`settle${bits}`]!(
      rowsAt,
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
      this.#weightsAt,
      this.#pass.moments ? at.sums : 0,
    );
  }

  #compare(rowsAt: number, bits: 64 | 32, rows: number): void {
    const { dimensions } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    if (this.#blas) {
      const { points, floats, affinities } = this.#views!;
      calls[`columns${bits}as32`]!(rowsAt, rows, dimensions, BATCH, at.middle, at.points);
      const inner = dimensions + 1;
      this.#blas.multiplyFloats(rows, this.#components, inner, points, BATCH, floats, inner, affinities, BATCH);
      return;
    }
    const tiles = Math.ceil(rows / precisions.f32.lanes);
    calls[`pack${bits}as32`]!(rowsAt, rows, dimensions, at.middle, at.points);
    calls.affinities!(at.points, tiles, dimensions, at.floats, this.#components, BATCH, at.affinities);
  }

  /** Adds the sums to statistics, and starts again from zero. */
  moveTo({ counts, first }: Statistics): void {
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

const fits = (means: Float64Array): boolean => means.every((value) => Math.abs(value) < FARTHEST);
