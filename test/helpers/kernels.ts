import { findBlas } from '../../src/kernels/blas-library.ts';
import { type KernelName, kernelNames } from '../../src/kernels/index.ts';

/** The kernels that this machine has. */
export const kernels: readonly KernelName[] = kernelNames.filter((name) => name !== 'blas' || findBlas().blas);

/** Those to be compared with the JavaScript one. */
export const otherKernels: readonly KernelName[] = kernels.filter((name) => name !== 'js');
