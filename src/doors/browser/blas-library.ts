// Stands in for the BLAS library in megamix/core, which has none.
import type { Search } from '../../kernels/blas-library.ts';

export const BLAS_VARIABLE = 'MEGAMIX_BLAS';

export const findBlas = (): Search => ({ reason: 'megamix/core has no libraries of the machine', isBroken: false });
