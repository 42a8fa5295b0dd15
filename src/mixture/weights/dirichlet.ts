// Dirichlet posterior of the weights, and its divergence (VBGMM).
import { digamma, gammaln } from '../../util/gamma.ts';
import { normalised, sum } from '../../util/vector.ts';
import type { Weights } from './weights-family.ts';

/** π ~ Dirichlet(α₀, …, α₀); Bishop (2006), equations 10.57, 10.58 and 10.66. */
export const dirichlet: Weights = {
  scored: true,
  concentrationSize: 1,

  update(counts, _rows, { alpha0 }) {
    const concentration = counts.map((count) => alpha0 + count);
    const total = digamma(sum(concentration));
    return { concentration, logWeights: concentration.map((alpha) => digamma(alpha) - total) };
  },

  expected: ({ concentration }) => normalised(concentration!),

  divergence({ concentration }, { alpha0 }) {
    const alphas = concentration!;
    const total = sum(alphas);
    let divergence = gammaln(total) - gammaln(alphas.length * alpha0);
    for (const alpha of alphas) {
      divergence += gammaln(alpha0) - gammaln(alpha) + (alpha - alpha0) * (digamma(alpha) - digamma(total));
    }
    return divergence;
  },
};
