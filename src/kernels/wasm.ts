// Chooses the WebAssembly kernel that fits a pass.
import { covarianceNamed } from '../mixture/covariance/index.ts';
import type { Pass } from '../mixture/pass.ts';
import { MOST_ROWS } from './batch-group.ts';
import type { Blas } from './blas-library.ts';
import { DenseKernel } from './dense.ts';
import { Centred } from './densities/centred.ts';
import { BATCH, type Kernel } from './kernel.ts';
import { canSum } from './moments/moments.ts';
import { NearestKernel } from './nearest.ts';
import { isOfFloatSize, type Precision } from './precision.ts';
import { PrunedKernel } from './pruned-kernel.ts';

/** Of an instance of 32-bit memory, with room to spare. */
const MOST_BYTES = 3 * 2 ** 30;
/** Of a group's rows, which memory is cleared for whenever a kernel is made: beyond 32,768 dimensions that takes longer than computing. */
const MOST_ROW_BYTES = 2 ** 28;

/** Whether there is a function for everything that a pass asks for, and room in memory. */
export function webAssemblyCan({ scorer, moments }: Pass): boolean {
  const { dimensions } = scorer;
  const hasRoom = 8 * MOST_ROWS * dimensions <= MOST_ROW_BYTES && bytesOf({ scorer, moments }) < MOST_BYTES;
  return Centred.can(scorer) && canSum(moments) && hasRoom;
}

/** About how much memory a kernel takes: vectors of D numbers and, where covariances are matrices, D × D numbers a component. */
function bytesOf({ scorer, moments }: Pick<Pass, 'scorer' | 'moments'>): number {
  const { components, dimensions, factors, form, whitening } = scorer;
  const names = [form, moments?.covariance ?? null];
  const isMatrix = whitening !== undefined || names.some((name) => covarianceNamed(name).wishart(dimensions).order > 1);
  const ofComponent = 6 * BATCH + 8 * (dimensions + 8) + (isMatrix ? (dimensions + 8) ** 2 : 0);
  const ofRow = 512 * dimensions + (isMatrix ? 2 * dimensions ** 2 : 0);
  return 8 * (4 * factors.length + components * ofComponent) + BATCH * ofRow;
}

/** The kernel in WebAssembly SIMD that fits a pass; with a BLAS library, floats come of products of matrices. */
export function webAssemblyKernel(pass: Pass, precision: Precision, blas?: Blas): Kernel {
  if (NearestKernel.can(pass)) return new NearestKernel(pass, precision, blas);
  if (PrunedKernel.can(pass)) return new PrunedKernel(pass, precision, blas);
  return new DenseKernel(pass, hasFloatDistances(pass) ? precision : 'f64');
}

/** Distances between centres of a size that squares of floats can hold; log densities are free of the data's unit. */
function hasFloatDistances({ scorer }: Pass): boolean {
  return scorer.isDistance !== true || scorer.means.every((value) => value === 0 || isOfFloatSize(Math.abs(value)));
}
