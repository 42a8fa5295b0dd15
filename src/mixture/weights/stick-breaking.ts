// Stick-breaking posteriors of the weights: Dirichlet and Pitman–Yor processes.
import { digamma, gammaln } from '../../util/gamma.ts';
import { normalised } from '../../util/vector.ts';
import type { Weights } from './weights-family.ts';

/**
 * π_k = V_k ∏_{j<k} (1 − V_j), V_k ~ Beta(1 − d, α₀ + k·d) for k = 1 … K; Pitman & Yor (1997), Ishwaran & James (2001).
 * With discount d = 0 the Dirichlet process of Blei & Jordan (2006), but that the last stick is free too.
 */
export const stickBreaking: Weights = {
  scored: true,
  concentrationSize: 2,

  update(counts, _rows, { alpha0, discount }) {
    const components = counts.length;
    const concentration = new Float64Array(2 * components);
    for (let k = components - 1, beyond = 0; k >= 0; k--) {
      concentration[2 * k] = 1 - discount + counts[k]!;
      concentration[2 * k + 1] = alpha0 + (k + 1) * discount + beyond;
      beyond += counts[k]!;
    }
    const logWeights = new Float64Array(components);
    for (let k = 0, logRest = 0; k < components; k++) {
      const a = concentration[2 * k]!;
      const b = concentration[2 * k + 1]!;
      const total = digamma(a + b);
      logWeights[k] = digamma(a) - total + logRest;
      logRest += digamma(b) - total;
    }
    return { concentration, logWeights };
  },

  /** The remainder of the last stick is shared out. */
  expected({ concentration }) {
    let rest = 1;
    const weights = Float64Array.from({ length: concentration!.length / 2 }, (_, k) => {
      const [a, b] = [concentration![2 * k]!, concentration![2 * k + 1]!];
      const weight = (rest * a) / (a + b);
      rest *= b / (a + b);
      return weight;
    });
    return normalised(weights);
  },

  divergence({ concentration }, { alpha0, discount }) {
    let divergence = 0;
    for (let k = 0; k < concentration!.length / 2; k++) {
      const a = concentration![2 * k]!;
      const b = concentration![2 * k + 1]!;
      divergence += betaDivergence(a, b, 1 - discount, alpha0 + (k + 1) * discount);
    }
    return divergence;
  },
};

/** KL(Beta(a, b) ‖ Beta(a0, b0)). */
function betaDivergence(a: number, b: number, a0: number, b0: number): number {
  const logBeta = (p: number, q: number): number => gammaln(p) + gammaln(q) - gammaln(p + q);
  return (
    logBeta(a0, b0) - logBeta(a, b) + (a - a0) * digamma(a) + (b - b0) * digamma(b) + (a0 - a + b0 - b) * digamma(a + b)
  );
}
