import { full } from './full.ts';
import type { CovarianceType } from './type.ts';

/** One full matrix shared by all components. */
export const tied: CovarianceType = { ...full, shared: true };
