// Maximum-likelihood weights (GMM).
import { normalised } from '../../util/vector.ts';
import type { Weights } from './weights-family.ts';

/** Maximum likelihood: π_k = N_k / rows. */
export const proportions: Weights = {
  scored: true,
  concentrationSize: 0,
  update: (counts, rows) => ({ logWeights: counts.map((count) => Math.log(count / rows)) }),
  expected: ({ logWeights }) => normalised(logWeights.map(Math.exp)),
  divergence: () => 0,
};
