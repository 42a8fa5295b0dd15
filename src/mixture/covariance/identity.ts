// No covariance is estimated (K-means).
import type { CovarianceType } from './covariance-type.ts';
import { spherical } from './spherical.ts';

/** Not estimated at all, as in K-means: no second moments; with factor 1 the density is −½ times the squared distance. */
export const identity: CovarianceType = {
  ...spherical,
  size: () => 0,
  addOuter: () => {},
  addIdentity: () => {},
  addMoments: () => {},
  project: () => new Float64Array(0),
};
