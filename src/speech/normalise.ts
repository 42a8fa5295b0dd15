// Mean and variance normalisation, per recording or running.
import type { OnRow } from './deltas.ts';
import type { Shaping } from './front-end.ts';

/** No variance is less, so that a column without any becomes 0. */
const LEAST_VARIANCE = 1e-10;

/** Of the rows that were added: their number, and of each column the mean, and the sum of squared differences from it. */
export interface KnownMoments {
  readonly rows: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/** The mean and variance of every column of a recording, added up row by row (Welford, 1962). */
export class ColumnMoments {
  rows: number;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(dimensions: number, known?: KnownMoments) {
    this.rows = known?.rows ?? 0;
    this.#mean = Float64Array.from(known?.mean ?? new Float64Array(dimensions));
    this.#squares = Float64Array.from(known?.squares ?? new Float64Array(dimensions));
  }

  /** As plain data. */
  get known(): KnownMoments {
    return { rows: this.rows, mean: this.#mean, squares: this.#squares };
  }

  /** Adds rows × dimensions numbers. */
  add(data: ArrayLike<number>): void {
    const [mean, squares, dimensions] = [this.#mean, this.#squares, this.#mean.length];
    for (let at = 0; at < data.length; at += dimensions) {
      this.rows++;
      for (let j = 0; j < dimensions; j++) {
        const difference = data[at + j]! - mean[j]!;
        mean[j]! += difference / this.rows;
        squares[j]! += difference * (data[at + j]! - mean[j]!);
      }
    }
  }

  /** What normalises rows × dimensions numbers, in place. */
  normaliser({ normalisation }: Pick<Shaping, 'normalisation'>): (data: Float64Array | Float32Array) => void {
    const [mean, squares, dimensions] = [this.#mean, this.#squares, this.#mean.length];
    const scales = squares.map((sum) =>
      normalisation === 'mean' ? 1 : 1 / Math.sqrt(Math.max(sum / this.rows, LEAST_VARIANCE)),
    );
    return (data) => {
      for (let at = 0; at < data.length; at += dimensions) {
        for (let j = 0; j < dimensions; j++) data[at + j] = (data[at + j]! - mean[j]!) * scales[j]!;
      }
    };
  }
}

/**
 * Normalises live: each row by itself and up to `normalisationWindow` rows before it; the first `normalisationMinimum`
 * rows are waited for, and normalised by all of them. That is Kaldi's apply-cmvn-sliding with --center=false.
 */
export class RunningNormaliser {
  readonly #dimensions: number;
  readonly #onRow: OnRow;
  readonly #hasVariance: boolean;
  readonly #minimum: number;
  readonly #ring: Float64Array;
  readonly #ringRows: number;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #out: Float64Array;
  #came = 0;

  constructor(dimensions: number, frontEnd: Shaping, onRow: OnRow) {
    this.#dimensions = dimensions;
    this.#onRow = onRow;
    this.#hasVariance = frontEnd.normalisation === 'mean-variance';
    this.#minimum = frontEnd.normalisationMinimum;
    this.#ringRows = frontEnd.normalisationWindow + 1;
    this.#ring = new Float64Array(this.#ringRows * dimensions);
    this.#sums = new Float64Array(dimensions);
    this.#squares = new Float64Array(dimensions);
    this.#out = new Float64Array(dimensions);
  }

  push(row: Float64Array): void {
    const at = (this.#came % this.#ringRows) * this.#dimensions;
    const isFull = this.#came >= this.#ringRows;
    if (isFull) this.#add(at, -1);
    this.#ring.set(row, at);
    this.#came++;
    if (isFull && at === 0) this.#addAnew();
    else this.#add(at, 1);
    if (this.#came === this.#minimum) this.#tellFirst();
    else if (this.#came > this.#minimum) this.#tell(at);
  }

  end(): void {
    if (this.#came < this.#minimum) this.#tellFirst();
  }

  #add(at: number, sign: number): void {
    const [ring, sums, squares] = [this.#ring, this.#sums, this.#squares];
    for (let j = 0; j < sums.length; j++) {
      const value = ring[at + j]!;
      sums[j]! += sign * value;
      squares[j]! += sign * value * value;
    }
  }

  /** Once a round, so that rounding cannot add up. */
  #addAnew(): void {
    this.#sums.fill(0);
    this.#squares.fill(0);
    for (let at = 0; at < this.#ring.length; at += this.#dimensions) this.#add(at, 1);
  }

  #tellFirst(): void {
    for (let row = 0; row < this.#came; row++) this.#tell(row * this.#dimensions);
  }

  #tell(at: number): void {
    const [ring, out, sums, squares] = [this.#ring, this.#out, this.#sums, this.#squares];
    const rows = Math.min(this.#came, this.#ringRows);
    for (let j = 0; j < out.length; j++) {
      const mean = sums[j]! / rows;
      const difference = ring[at + j]! - mean;
      const variance = this.#hasVariance ? Math.max(squares[j]! / rows - mean * mean, LEAST_VARIANCE) : 1;
      out[j] = difference / Math.sqrt(variance);
    }
    this.#onRow(out);
  }
}
