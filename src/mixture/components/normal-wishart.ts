// Normal-Wishart posterior of the components, and its divergence.
import { digamma, gammaln } from '../../util/gamma.ts';
import { logGammaRatio } from '../../util/special-functions.ts';
import { sum } from '../../util/vector.ts';
import type { ComponentSettings, Components } from './component-family.ts';
import { gaussian } from './gaussian.ts';
import { groupsOf, implyScatters, scatterOf } from './scatter.ts';

/**
 * q(μ, Λ) = N(μ | m, (βΛ)⁻¹) W(Λ | W, ν), with the reported covariance E[Λ]⁻¹ = W⁻¹/ν; Bishop (2006), chapter 10.2.
 * Covariance types other than full have as many Wishart factors, of what order, as the type says.
 */
export const normalWishart: Components = {
  variational: true,
  /** Equations 10.60 to 10.63; where q(μ | Λ) is kept, q(Λ) has W⁻¹ = W₀⁻¹ + Σ r (x − m)(x − m)ᵀ + β₀ (m − m₀)(m − m₀)ᵀ. */
  update(statistics, entering, settings) {
    const { covariance, dimensions, prior, keepsMeans } = settings;
    const { beta0, mean: mean0, scale } = prior!;
    const { means: centres, groups } = scatterOf(statistics, entering, settings);
    const scatters = groupsOf(groups, covariance.size(dimensions));
    for (const scatter of scatters) for (let i = 0; i < scatter.length; i++) scatter[i]! += scale[i]!;
    const means = new Float64Array(centres.length);
    const shift = new Float64Array(dimensions);
    for (const [k, count] of statistics.counts.entries()) {
      const beta = beta0 + count;
      for (let j = 0, at = k * dimensions; j < dimensions; j++, at++) {
        shift[j] = centres[at]! - mean0[j]!;
        means[at] = mean0[j]! + (count / beta) * shift[j]!;
      }
      covariance.addOuter(scatters[covariance.shared ? 0 : k]!, shift, keepsMeans ? beta0 : (beta0 * count) / beta);
    }
    const parameters = normalWishart.parametersFrom(means, groups, statistics.counts, settings);
    for (const [g, scatter] of scatters.entries()) {
      for (let i = 0; i < scatter.length; i++) scatter[i]! /= parameters.nu![g]!;
    }
    return parameters;
  },

  parametersFrom(means, covariances, counts, { covariance, dimensions, prior }) {
    const { repeats } = covariance.wishart(dimensions);
    const groupCounts = covariance.shared ? Float64Array.of(sum(counts)) : counts;
    return {
      means,
      covariances,
      beta: counts.map((count) => prior!.beta0 + count),
      nu: groupCounts.map((count) => prior!.nu0 + repeats * count),
    };
  },

  addImpliedMoments({ means, covariances, nu }, statistics, settings) {
    const { covariance, dimensions, prior } = settings;
    const { beta0, mean: mean0, scale } = prior!;
    implyScatters(covariances, nu!, statistics, settings);
    const groups = covariance.shared ? [statistics.second[0]!] : statistics.second;
    for (const group of groups) for (let i = 0; i < group.length; i++) group[i]! -= scale[i]!;
    for (const [k, first] of statistics.first.entries()) {
      for (let j = 0; j < dimensions; j++) first[j] = means[k * dimensions + j]! - mean0[j]!;
      covariance.addOuter(statistics.second[k]!, first, -beta0);
      for (let j = 0; j < dimensions; j++) first[j]! *= beta0;
    }
  },

  /** ½ (E[log|Λ|] − D log 2π − D/β); equations 10.64 and 10.65. */
  constant(parameters, k, logDeterminant, settings) {
    const { covariance, dimensions } = settings;
    const nu = parameters.nu![covariance.shared ? 0 : k]!;
    return (
      gaussian.constant(parameters, k, logDeterminant, settings) +
      0.5 * (logExpectationGap(nu, settings) - dimensions / parameters.beta![k]!)
    );
  },

  /**
   * Equation 10.81: location m, degrees of freedom f = ν + 1 − order, scale matrix W⁻¹ (1 + β) / (β f); W⁻¹ is ν times the
   * reported covariance.
   */
  predictive(parameters, k, logDeterminant, { covariance, dimensions }) {
    const { order, factors, repeats } = covariance.wishart(dimensions);
    const nu = parameters.nu![covariance.shared ? 0 : k]!;
    const beta = parameters.beta![k]!;
    const half = (nu + 1 - order) / 2;
    const exponent = (nu + repeats) / 2;
    const rate = beta / (1 + beta) / nu;
    const ofScale = dimensions * Math.log((rate * half) / Math.PI) - logDeterminant;
    return { constant: factors * logGammaRatio(half, (order - 1 + repeats) / 2) + 0.5 * ofScale, rate, exponent };
  },

  /** Σ KL of the Wishart factors + Σ E[KL] of the means; the parts of 10.74 and 10.77. */
  divergence(parameters, { factors, logDeterminants }, settings) {
    const { covariance, dimensions } = settings;
    const { beta0, mean: mean0 } = settings.prior!;
    let divergence = wishartDivergences(parameters.nu!, factors, logDeterminants, settings);
    const shift = new Float64Array(dimensions);
    const whitened = new Float64Array(dimensions);
    for (const [k, beta] of parameters.beta!.entries()) {
      for (let j = 0; j < dimensions; j++) shift[j] = parameters.means[k * dimensions + j]! - mean0[j]!;
      covariance.whiten(factors[covariance.shared ? 0 : k]!, shift, whitened);
      let distance = 0;
      for (const y of whitened) distance += y * y;
      const ratio = beta0 / beta;
      divergence += 0.5 * (dimensions * (ratio - 1 - Math.log(ratio)) + beta0 * distance);
    }
    return divergence;
  },
};

/** E[log|Λ|] − log|E[Λ]| ≤ 0. */
function logExpectationGap(nu: number, { covariance, dimensions }: ComponentSettings): number {
  const { order, factors, repeats } = covariance.wishart(dimensions);
  let gap = 0;
  for (let i = 0; i < order; i++) gap += digamma((nu - i) / 2) - Math.log(nu / 2);
  return repeats * factors * gap;
}

/** Σ over the groups of KL(W(W, ν) ‖ W(W₀, ν₀)), from V = W⁻¹ = ν · covariance. */
function wishartDivergences(
  nus: Float64Array,
  precisionFactors: readonly Float64Array[],
  logDeterminants: readonly number[],
  settings: ComponentSettings,
): number {
  const { covariance, dimensions } = settings;
  const { nu0, scale } = settings.prior!;
  const { order, factors, repeats } = covariance.wishart(dimensions);
  const elements = order * factors;
  const { logDeterminant } = covariance.factorise(scale, dimensions, new Float64Array(scale.length));
  const priorNormaliser = logWishartNormaliser(nu0, logDeterminant! / repeats, order, factors);
  let divergence = 0;
  for (const [g, nu] of nus.entries()) {
    const logCovariance = logDeterminants[g]! / repeats;
    const logScale = logCovariance + elements * Math.log(nu);
    const expectedLogPrecision = logExpectationGap(nu, settings) / repeats - logCovariance;
    divergence +=
      logWishartNormaliser(nu, logScale, order, factors) -
      priorNormaliser +
      0.5 *
        ((nu - nu0) * expectedLogPrecision - nu * elements + covariance.trace(precisionFactors[g]!, scale, dimensions));
  }
  return divergence;
}

/** log B(W, ν) of several factors, from log|W⁻¹| over all of them; Bishop (2006), equation B.79. */
function logWishartNormaliser(nu: number, logScale: number, order: number, factors: number): number {
  let sum = 0.5 * nu * order * Math.LN2 + 0.25 * order * (order - 1) * Math.log(Math.PI);
  for (let i = 0; i < order; i++) sum += gammaln((nu - i) / 2);
  return 0.5 * nu * logScale - factors * sum;
}
