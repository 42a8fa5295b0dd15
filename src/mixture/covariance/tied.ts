// Tied covariances: one full matrix shared by all components.
import type { CovarianceType } from './covariance-type.ts';
import { full } from './full.ts';

/** One full matrix shared by all components. */
export const tied: CovarianceType = { ...full, shared: true };
