import type { Pass } from '../pass.ts';
import type { Blas } from './blas-library.ts';
import { Centred } from './centred.ts';
import { DenseKernel } from './dense.ts';
import { LikelyKernel } from './likely.ts';
import { canSum } from './moments.ts';
import { NearestKernel } from './nearest.ts';
import { isOfFloatSize, type Precision } from './precision.ts';
import { BATCH, type Kernel } from './type.ts';

const MOST_BYTES = 3 * 2 ** 30;

/** Whether there is a function for everything that a pass asks for, and room in 32-bit memory. */
export function webAssemblyCan({ scorer, moments }: Pass): boolean {
  const { components, dimensions, factors } = scorer;
  const bytes = 8 * (4 * factors.length + components * (6 * BATCH + (dimensions + 8) ** 2));
  return Centred.can(scorer) && canSum(moments) && bytes + BATCH * dimensions * (2 * dimensions + 512) < MOST_BYTES;
}

/** The kernel in WebAssembly SIMD that fits a pass; with a BLAS library, floats come of products of matrices. */
export function webAssemblyKernel(pass: Pass, precision: Precision, blas?: Blas): Kernel {
  if (NearestKernel.can(pass)) return new NearestKernel(pass, precision, blas);
  if (LikelyKernel.can(pass)) return new LikelyKernel(pass, precision, blas);
  return new DenseKernel(pass, hasFloatDistances(pass) ? precision : 'f64');
}

/** Distances between centres of a size that squares of floats can hold; log densities are free of the data's unit. */
function hasFloatDistances({ scorer }: Pass): boolean {
  return scorer.isDistance !== true || scorer.means.every((value) => value === 0 || isOfFloatSize(Math.abs(value)));
}
