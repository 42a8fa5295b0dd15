// The mathematics of relevance MAP.
import { groupsOf } from '../mixture/components/scatter.ts';
import { covarianceOf, type Mixture, type Parameters } from '../mixture/mixture.ts';
import type { Statistics } from '../mixture/statistics.ts';
import { normalised, rowsOf } from '../util/vector.ts';
import type { CheckedAdaptation } from './adaptation.ts';

/**
 * Maximum a posteriori, with what is `known` worth r rows a component: Reynolds, Quatieri & Dunn (2000), equations 11 to 14, α = n / (n + r)
 * being the same for weights, means and covariances. With S the scatter of a component's rows about their mean x̄, equation 13 is
 * (S + n (1 − α) (x̄ − μ)(x̄ − μ)ᵀ + r Σ) / (n + r); (1 − α) is 1 if means are not adapted. A covariance that components share is the same of
 * the sums over them. What had no rows stays to the last bit, but that weights sum to 1.
 *
 * @param entering - K × D: the means that the statistics are about.
 */
export function adapted(
  mixture: Mixture,
  known: Parameters,
  statistics: Statistics,
  entering: Float64Array,
  { relevance, adapts }: CheckedAdaptation,
): Parameters {
  const { components, dimensions } = mixture;
  const { counts, first, second, weight: rows } = statistics.copy();
  const type = covarianceOf(mixture);
  const means = known.means.slice();
  const groupCounts = new Float64Array(type.shared ? 1 : components);
  const shift = new Float64Array(dimensions);
  const fromKnown = new Float64Array(dimensions);
  for (const [k, mean] of rowsOf(means, dimensions).entries()) {
    const count = counts[k]!;
    if (count === 0) continue;
    const alpha = count / (count + relevance);
    for (let j = 0; j < dimensions; j++) {
      shift[j] = first[k]![j]! / count;
      fromKnown[j] = entering[k * dimensions + j]! - mean[j]! + shift[j]!;
    }
    if (adapts.has('means')) for (let j = 0; j < dimensions; j++) mean[j]! += alpha * fromKnown[j]!;
    if (!adapts.has('covariances')) continue;
    type.addOuter(second[k]!, shift, -count);
    type.addOuter(second[k]!, fromKnown, adapts.has('means') ? count * (1 - alpha) : count);
    groupCounts[type.shared ? 0 : k]! += count;
  }
  const covariances = known.covariances.slice();
  const { repeats } = type.wishart(dimensions);
  for (const [g, group] of groupsOf(covariances, type.size(dimensions)).entries()) {
    const count = groupCounts[g]!;
    if (count === 0) continue;
    const moments = second[g]!;
    for (let i = 0; i < group.length; i++)
      group[i] = (moments[i]! / repeats + relevance * group[i]!) / (count + relevance);
  }
  const logWeights = adapts.has('weights') ? adaptedWeights(known, counts, rows, relevance) : known.logWeights;
  // Counts that the weights are proportions of: what is simplified later keeps them.
  return { means, covariances, logWeights, counts: logWeights.map((logWeight) => rows * Math.exp(logWeight)) };
}

function adaptedWeights(
  { logWeights }: Parameters,
  counts: Float64Array,
  rows: number,
  relevance: number,
): Float64Array {
  const weights = counts.map((count, k) => {
    const alpha = count / (count + relevance);
    return (alpha * count) / rows + (1 - alpha) * Math.exp(logWeights[k]!);
  });
  return normalised(weights).map(Math.log);
}
