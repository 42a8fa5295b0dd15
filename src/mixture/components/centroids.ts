// Components that are means only (K-means).
import type { Components } from './component-family.ts';
import { movedMeans } from './scatter.ts';

/** Centres and nothing else (K-means). */
export const centroids: Components = {
  variational: false,
  refills: true,
  update: (moments, means) => ({ means: movedMeans(moments, means), covariances: new Float64Array(0) }),
  parametersFrom: (means) => ({ means, covariances: new Float64Array(0) }),
  addImpliedMoments: () => {},
  constant: () => 0,
  divergence: () => 0,
};
