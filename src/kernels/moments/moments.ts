// Chooses how moments are summed for the M-step.
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import type { Blas } from '../blas-library.ts';
import type { Precision } from '../precision.ts';
import type { Memory } from '../wasm-memory.ts';
import { OuterSums } from './outer-sums.ts';
import { SquareSums } from './square-sums.ts';
import type { MomentSums, PassMoments, Sums, Worth } from './sums.ts';

const sumsOf: Readonly<Partial<Record<CovarianceName, Sums>>> = {
  full: OuterSums,
  tied: OuterSums,
  diagonal: SquareSums,
  spherical: SquareSums,
  'tied-diagonal': SquareSums,
  'tied-spherical': SquareSums,
};

const sumsFor = ({ covariance }: PassMoments): Sums | undefined =>
  covariance === null ? SquareSums : sumsOf[covariance];

/** Whether there are sums of the kind that a pass asks for. */
export function canSum(moments: PassMoments | undefined): boolean {
  return moments === undefined || sumsFor(moments) !== undefined;
}

/** Reserves memory for the sums that a pass asks for; with a BLAS library, they are products of matrices. */
export function momentSums(
  moments: PassMoments,
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
