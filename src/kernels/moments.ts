import type { CovarianceName } from '../covariance/index.ts';
import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import { rowsOf } from '../vector.ts';
import type { Memory } from './memory.ts';
import { type Precision, precisions } from './precision.ts';
import type { RoundingBounds } from './rounding.ts';
import { BATCH } from './type.ts';
import { WaitingRows } from './waiting-rows.ts';

/** The rows of a batch where WebAssembly can read them. */
export interface BatchRows {
  readonly at: number;
  readonly isDouble: boolean;
  readonly rows: number;
}

/** Sums over the rows of one chunk that stay in WebAssembly memory until the chunk is done. */
export interface MomentSums {
  /** To be called when memory is allocated. */
  begin(): void;
  /** Adds the rows that component k has a share of; `responsibilities` is the address of as many doubles as rows. */
  add(k: number, batch: BatchRows, responsibilities: number): void;
  /** Adds the sums to statistics, and starts again from zero. */
  moveTo(statistics: Statistics): void;
}

type Moments = NonNullable<Pass['moments']>;
/** What the sums need to know beside the moments. */
interface Setting {
  readonly memory: Memory;
  readonly dimensions: number;
  readonly precision: Precision;
  /** Where the weights of the batch's rows are. */
  readonly weightsAt: number;
  /** The smallest responsibilities that count. */
  readonly least: Float64Array;
  /** Which responsibilities are multiplied in floats; undefined: none. */
  readonly bounds: readonly RoundingBounds[] | undefined;
}

type Sums = new (moments: Moments, setting: Setting) => MomentSums;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Σ r, Σ r δ and Σ r δδᵀ as one matrix, of rows that end in a 1. */
class OuterSums implements MomentSums {
  readonly #memory: Memory;
  readonly #means: Float64Array;
  readonly #dimensions: number;
  readonly #width: number;
  readonly #meanWidth: number;
  readonly #at: { readonly means: number; readonly deltas: number; readonly weighted: number; readonly sums: number };
  readonly #bits: 64 | 32;
  readonly #waiting: Readonly<Partial<Record<64 | 32, WaitingRows>>>;
  readonly #weightsAt: number;
  readonly #least: Float64Array;
  readonly #bounds: readonly RoundingBounds[] | undefined;

  constructor({ means }: Moments, { memory, dimensions, precision, weightsAt, least, bounds }: Setting) {
    const { bytes, bits } = precisions[precision];
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions + 1, 8);
    this.#weightsAt = weightsAt;
    this.#least = least;
    this.#bounds = bounds;
    this.#meanWidth = roundUp(dimensions, 2);
    this.#bits = bits;
    this.#at = {
      means: memory.reserve(components * this.#meanWidth * 8),
      deltas: memory.reserve(BATCH * this.#width * bytes),
      weighted: memory.reserve(BATCH * this.#width * bytes),
      sums: memory.reserve(components * this.#width ** 2 * 8),
    };
    const waiting = (of: 64 | 32): WaitingRows => new WaitingRows(memory, components, this.#width, of, this.#at.sums);
    this.#waiting = { [bits]: waiting(bits), ...(bounds ? { 32: waiting(32) } : {}) };
  }

  begin(): void {
    writeMeans(this.#memory, this.#at.means, this.#means, this.#dimensions, this.#meanWidth);
  }

  add(k: number, batch: BatchRows, responsibilities: number): void {
    const least = this.#least[k]!;
    const single = this.#bounds ? Math.max(least, this.#bounds[k]!.single) : least;
    if (single > least) this.#addBetween(k, batch, responsibilities, least, single, 32);
    this.#addBetween(k, batch, responsibilities, single, Number.POSITIVE_INFINITY, this.#bits);
  }

  /** Adds the rows with a responsibility from `least` up to, but not, `most`, multiplied in so many bits. */
  #addBetween(k: number, batch: BatchRows, responsibilities: number, least: number, most: number, bits: 64 | 32): void {
    const { calls } = this.#memory;
    const { means, deltas, weighted } = this.#at;
    const { at, isDouble, rows } = batch;
    const width = this.#width;
    const mean = means + k * this.#meanWidth * 8;
    const gather = calls[`gather${isDouble ? 64 : 32}as${bits}`]!;
    const dimensions = this.#dimensions;
    const weights = this.#weightsAt;
    const count = gather(at, rows, dimensions, width, responsibilities, least, most, weights, mean, deltas, weighted);
    this.#waiting[bits]?.add(k, count, this.#at);
  }

  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    for (const rows of Object.values(this.#waiting)) rows.flush();
    const sums = this.#memory.doubles(this.#at.sums, counts.length * width * width);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      let row = k * width * width;
      for (let i = 0, to = 0; i < dimensions; i++, row += width) {
        for (let j = 0; j <= i; j++) group[to++]! += sums[row + j]!;
      }
      for (let j = 0; j < dimensions; j++) first[k]![j]! += sums[row + j]!;
      counts[k]! += sums[row + dimensions]!;
    }
    sums.fill(0);
  }
}

/** Σ r, Σ r δ and Σ r δ², column by column. */
class SquareSums implements MomentSums {
  readonly #memory: Memory;
  readonly #means: Float64Array;
  readonly #dimensions: number;
  readonly #width: number;
  readonly #at: { readonly means: number; readonly list: number; readonly sums: number };

  readonly #weightsAt: number;
  readonly #least: Float64Array;

  constructor({ means }: Moments, { memory, dimensions, weightsAt, least }: Setting) {
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions, 8);
    this.#weightsAt = weightsAt;
    this.#least = least;
    this.#at = {
      means: memory.reserve(components * this.#width * 8),
      list: memory.reserve((BATCH + 1) * 16),
      sums: memory.reserve(components * (1 + 2 * this.#width) * 8),
    };
  }

  begin(): void {
    writeMeans(this.#memory, this.#at.means, this.#means, this.#dimensions, this.#width);
  }

  add(k: number, { at: rowsAt, isDouble, rows }: BatchRows, responsibilities: number): void {
    const at = this.#at;
    const width = this.#width;
    const mean = at.means + k * width * 8;
    const sums = at.sums + k * (1 + 2 * width) * 8;
    const addSquares = this.#memory.calls[`addSquares${isDouble ? 64 : 32}`]!;
    const least = this.#least[k]!;
    addSquares(rowsAt, rows, this.#dimensions, width, responsibilities, least, this.#weightsAt, mean, at.list, sums);
  }

  /** A group of D numbers takes them all, of one number their sum, and an empty one none. */
  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    const run = 1 + 2 * width;
    const sums = this.#memory.doubles(this.#at.sums, counts.length * run);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      counts[k]! += sums[k * run]!;
      for (let j = 0, at = k * run + 1; j < dimensions; j++, at++) {
        first[k]![j]! += sums[at]!;
        if (group.length > 0) group[j % group.length]! += sums[at + width]!;
      }
    }
    sums.fill(0);
  }
}

const sumsOf: Readonly<Record<CovarianceName, Sums>> = {
  full: OuterSums,
  tied: OuterSums,
  diagonal: SquareSums,
  spherical: SquareSums,
};

/** Reserves memory for the sums that a pass asks for. */
export function momentSums(moments: Moments, setting: Setting): MomentSums {
  const Sums = moments.covariance === null ? SquareSums : sumsOf[moments.covariance];
  return new Sums(moments, setting);
}

function writeMeans(memory: Memory, at: number, means: Float64Array, dimensions: number, width: number): void {
  for (const [k, mean] of rowsOf(means, dimensions).entries()) {
    memory.doubles(at + k * width * 8, dimensions).set(mean);
  }
}
