// The table of covariance types.
import type { CovarianceType } from './covariance-type.ts';
import { diagonal } from './diagonal.ts';
import { full } from './full.ts';
import { identity } from './identity.ts';
import { spherical } from './spherical.ts';
import { tied, tiedDiagonal, tiedSpherical } from './tied.ts';

/** Covariance types that can be chosen; a new one is one file and one row here. */
export const covarianceTypes = {
  full,
  diagonal,
  spherical,
  tied,
  'tied-diagonal': tiedDiagonal,
  'tied-spherical': tiedSpherical,
} satisfies Record<string, CovarianceType>;

/**
 * Covariance type: 'full', a D × D matrix per component; 'diagonal', D variances; 'spherical', one variance; 'tied',
 * 'tied-diagonal' and 'tied-spherical', the same shared by all.
 */
export type CovarianceName = keyof typeof covarianceTypes;

/** The type of a name; null stands for covariances that are not estimated. */
export const covarianceNamed = (name: CovarianceName | null): CovarianceType =>
  name === null ? identity : covarianceTypes[name];
