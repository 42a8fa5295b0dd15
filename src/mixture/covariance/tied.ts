// Tied covariances: one matrix, D variances, or one variance, shared by all components.
import type { CovarianceType } from './covariance-type.ts';
import { diagonal } from './diagonal.ts';
import { full } from './full.ts';
import { spherical } from './spherical.ts';

/** One full matrix shared by all components; rows are whitened by its factor, once for all of them. */
export const tied: CovarianceType = { ...full, shared: true, scored: 'whitened' };

/** D variances shared by all components; scored as if each had them. */
export const tiedDiagonal: CovarianceType = { ...diagonal, shared: true };

/** One variance shared by all components; likewise. */
export const tiedSpherical: CovarianceType = { ...spherical, shared: true };
