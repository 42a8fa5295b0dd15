// Chooses and sorts the components of a mixture.
import { sum } from '../util/vector.ts';
import { covarianceOf, type Mixture, type Parameters, rowOf } from './mixture.ts';

/** The mixture and parameters of only the components in `kept`, with weights derived anew from their counts. */
export function selectComponents(
  mixture: Mixture,
  parameters: Parameters,
  kept: readonly number[],
): { mixture: Mixture; parameters: Parameters } {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const size = type.size(dimensions);
  const pick = (values: Float64Array, width: number): Float64Array => {
    const picked = new Float64Array(kept.length * width);
    for (const [i, k] of kept.entries()) picked.set(values.subarray(k * width, (k + 1) * width), i * width);
    return picked;
  };
  const grouped = (values: Float64Array, width: number): Float64Array => (type.shared ? values : pick(values, width));
  const counts = pick(parameters.counts, 1);
  const restricted: Parameters = {
    counts,
    ...rowOf(mixture).weights.update(counts, sum(counts), mixture.weightPrior),
    means: pick(parameters.means, dimensions),
    covariances: grouped(parameters.covariances, size),
    beta: parameters.beta && pick(parameters.beta, 1),
    nu: parameters.nu && grouped(parameters.nu, 1),
  };
  return { mixture: { ...mixture, components: kept.length }, parameters: restricted };
}

/**
 * The parameters with their components in order of size, where that raises the bound (it changes the weights alone): sticks
 * expect large components first. Kurihara, Welling & Teh (2007).
 */
export function sortedBySize(mixture: Mixture, parameters: Parameters): Parameters {
  const { counts } = parameters;
  const order = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b);
  const sorted = selectComponents(mixture, parameters, order).parameters;
  return weightBound(mixture, sorted) > weightBound(mixture, parameters) ? sorted : parameters;
}

/** Contribution of the weights to the bound, at the responsibilities that gave the counts. */
function weightBound(mixture: Mixture, { counts, logWeights, concentration }: Parameters): number {
  const divergence = rowOf(mixture).weights.divergence({ logWeights, concentration }, mixture.weightPrior);
  return counts.reduce((total, count, k) => total + count * logWeights[k]!, 0) - divergence;
}
