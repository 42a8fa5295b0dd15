import type { CovarianceName } from '../covariance/index.ts';
import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import { rowsOf } from '../vector.ts';
import type { Blas } from './blas-library.ts';
import { type Group, MOST_ROWS } from './group.ts';
import type { Memory } from './memory.ts';
import { OuterProducts } from './outer-products.ts';
import type { Precision } from './precision.ts';

/** Sums over the rows of one chunk that stay in WebAssembly memory until the chunk is done. */
export interface MomentSums {
  /** To be called when memory is allocated. */
  begin(): void;
  /** Adds the rows of a group, each to the components that it has a share of. */
  add(group: Group): void;
  /** Adds the sums to statistics, and starts again from zero. */
  moveTo(statistics: Statistics): void;
}

type Moments = NonNullable<Pass['moments']>;

/** Which responsibilities count, and how exactly: numbers for each component. */
export interface Worth {
  /** The smallest that counts. */
  readonly least: Float64Array;
  /** Below it floats will do. */
  readonly single: Float64Array;
}

type Sums = new (
  moments: Moments,
  memory: Memory,
  dimensions: number,
  worth: Worth,
  blas: Blas | undefined,
) => MomentSums;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Σ r, Σ r δ and Σ r δδᵀ as one matrix, of rows that end in a 1. */
class OuterSums implements MomentSums {
  readonly #memory: Memory;
  readonly #means: Float64Array;
  readonly #dimensions: number;
  readonly #width: number;
  readonly #meanWidth: number;
  readonly #worth: Worth;
  readonly #outer: OuterProducts;
  readonly #at: Readonly<Record<'means' | 'sums', number>>;

  constructor({ means }: Moments, memory: Memory, dimensions: number, worth: Worth, blas: Blas | undefined) {
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions + 1, 8);
    this.#meanWidth = roundUp(dimensions, 2);
    this.#worth = worth;
    this.#at = {
      means: memory.reserve(components * this.#meanWidth * 8),
      sums: memory.reserve(components * this.#width ** 2 * 8),
    };
    this.#outer = new OuterProducts(memory, this.#width, components, this.#at.sums, blas);
  }

  begin(): void {
    writeMeans(this.#memory, this.#at.means, this.#means, this.#dimensions, this.#meanWidth);
    this.#outer.begin();
  }

  add({ at, bits, dimensions, components, batches }: Group): void {
    const { least, single } = this.#worth;
    const { doubles, floats, counts } = this.#outer.at;
    const gather = this.#memory.calls[`gather${bits}`]!;
    for (let k = 0; k < components; k++) {
      gather(
        at.rows,
        dimensions,
        this.#width,
        k,
        components,
        batches,
        at.starts,
        at.inverses,
        at.weights,
        least[k]!,
        single[k]!,
        this.#at.means + k * this.#meanWidth * 8,
        doubles,
        floats,
        counts,
      );
      this.#outer.add(k);
    }
  }

  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    const sums = this.#memory.doubles(this.#at.sums, counts.length * width * width);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      const mean = first[k]!;
      let row = k * width * width;
      for (let i = 0, to = 0; i < dimensions; i++, row += width) {
        for (let j = 0; j <= i; j++) group[to++]! += sums[row + j]!;
      }
      for (let j = 0; j < dimensions; j++) mean[j]! += sums[row + j]!;
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
  readonly #worth: Worth;
  readonly #at: Readonly<Record<'means' | 'least' | 'list' | 'sums', number>>;

  constructor({ means }: Moments, memory: Memory, dimensions: number, worth: Worth) {
    const components = means.length / dimensions;
    this.#memory = memory;
    this.#means = means;
    this.#dimensions = dimensions;
    this.#width = roundUp(dimensions, 8);
    this.#worth = worth;
    this.#at = {
      means: memory.reserve(components * this.#width * 8),
      least: memory.reserve(components * 8),
      list: memory.reserve((MOST_ROWS + 1) * 16),
      sums: memory.reserve(components * (1 + 2 * this.#width) * 8),
    };
  }

  begin(): void {
    const { means, least } = this.#at;
    writeMeans(this.#memory, means, this.#means, this.#dimensions, this.#width);
    this.#memory.doubles(least, this.#worth.least.length).set(this.#worth.least);
  }

  add({ at, bits, dimensions, components, batches }: Group): void {
    const { means, least, list, sums } = this.#at;
    this.#memory.calls[`addSquares${bits}`]!(
      at.rows,
      dimensions,
      this.#width,
      components,
      batches,
      at.starts,
      at.inverses,
      at.weights,
      least,
      means,
      list,
      sums,
    );
  }

  /** A group of D numbers takes them all, of one number their sum, and an empty one none. */
  moveTo({ counts, first, second }: Statistics): void {
    const width = this.#width;
    const dimensions = this.#dimensions;
    const run = 1 + 2 * width;
    const sums = this.#memory.doubles(this.#at.sums, counts.length * run);
    for (let k = 0; k < counts.length; k++) {
      const group = second[k]!;
      const mean = first[k]!;
      counts[k]! += sums[k * run]!;
      for (let j = 0, at = k * run + 1; j < dimensions; j++, at++) {
        mean[j]! += sums[at]!;
        if (group.length > 0) group[j % group.length]! += sums[at + width]!;
      }
    }
    sums.fill(0);
  }
}

const sumsOf: Readonly<Partial<Record<CovarianceName, Sums>>> = {
  full: OuterSums,
  tied: OuterSums,
  diagonal: SquareSums,
  spherical: SquareSums,
};

const sumsFor = ({ covariance }: Moments): Sums | undefined => (covariance === null ? SquareSums : sumsOf[covariance]);

/** Whether there are sums of the kind that a pass asks for. */
export function canSum(moments: Moments | undefined): boolean {
  return moments === undefined || sumsFor(moments) !== undefined;
}

/** Reserves memory for the sums that a pass asks for; with a BLAS library, they are products of matrices. */
export function momentSums(
  moments: Moments,
  memory: Memory,
  dimensions: number,
  worth: Worth,
  blas?: Blas,
): MomentSums {
  const Sums = sumsFor(moments)!;
  return new Sums(moments, memory, dimensions, worth, blas);
}

/** Every responsibility but 0 counts, all alike. */
export function everyOne(components: number, precision: Precision): Worth {
  return {
    least: new Float64Array(components).fill(Number.MIN_VALUE),
    single: new Float64Array(components).fill(precision === 'f64' ? 0 : Number.POSITIVE_INFINITY),
  };
}

function writeMeans(memory: Memory, at: number, means: Float64Array, dimensions: number, width: number): void {
  for (const [k, mean] of rowsOf(means, dimensions).entries()) {
    memory.doubles(at + k * width * 8, dimensions).set(mean);
  }
}
