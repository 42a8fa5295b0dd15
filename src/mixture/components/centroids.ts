// Components that are means only (K-means).
import { normaliseRows } from '../distance.ts';
import type { Components } from './component-family.ts';
import { movedMeans } from './scatter.ts';

/** Centres and nothing else (K-means). */
export const centroids: Components = {
  variational: false,
  refills: true,
  update(moments, entering, { isOfDirections, dimensions }) {
    const means = movedMeans(moments, entering);
    const covariances = new Float64Array(0);
    if (!isOfDirections) return { means, covariances };
    // rows that cancel leave a centre where it is
    for (const k of normaliseRows(means, dimensions, means)) {
      means.set(entering.subarray(k * dimensions, (k + 1) * dimensions), k * dimensions);
    }
    return { means, covariances };
  },
  parametersFrom: (means) => ({ means, covariances: new Float64Array(0) }),
  addImpliedMoments: () => {},
  constant: () => 0,
  divergence: () => 0,
};
