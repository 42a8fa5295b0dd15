// Maximum-likelihood Gaussian components.
import type { Components } from './component-family.ts';
import { groupCounts, groupsOf, implyScatters, scatterOf } from './scatter.ts';

const LOG_2PI: number = Math.log(2 * Math.PI);

/** Maximum-likelihood means and covariances; Bishop (2006), equations 9.24 and 9.25. */
export const gaussian: Components = {
  variational: false,
  update(statistics, entering, settings) {
    const { covariance, dimensions } = settings;
    const { means, groups, counts } = scatterOf(statistics, entering, settings);
    const { repeats } = covariance.wishart(dimensions);
    for (const [g, group] of groupsOf(groups, covariance.size(dimensions)).entries()) {
      for (let i = 0; i < group.length; i++) group[i]! /= repeats * counts[g]!;
    }
    return { means, covariances: groups };
  },

  parametersFrom: (means, covariances) => ({ means, covariances }),
  addImpliedMoments({ covariances }, statistics, settings) {
    const { repeats } = settings.covariance.wishart(settings.dimensions);
    const freedom = groupCounts(statistics, settings).map((count) => repeats * count);
    implyScatters(covariances, freedom, statistics, settings);
  },
  constant: (_parameters, _k, logDeterminant, { dimensions }) => -0.5 * (logDeterminant + dimensions * LOG_2PI),
  divergence: () => 0,
};
