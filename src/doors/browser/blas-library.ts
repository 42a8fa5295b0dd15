// What megamix/core has instead of a BLAS library: none.
import type { Search } from '../../kernels/blas-library.ts';

export const BLAS_VARIABLE = 'MEGAMIX_BLAS';

export const findBlas = (): Search => ({ reason: 'megamix/core has no libraries of the machine', isBroken: false });
