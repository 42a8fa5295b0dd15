// Compiles a mixture and its parameters to scorers: factors, constants, and what is wrong with a singular covariance.
import { FitError } from '../errors.ts';
import { rowsOf, sum } from '../util/vector.ts';
import type { FactorisedGroups } from './components/component-family.ts';
import { groupsOf } from './components/scatter.ts';
import { isConstant, isOutOfRange } from './covariance/constant-column.ts';
import type { CovarianceType } from './covariance/covariance-type.ts';
import { covarianceOf, distanceOf, type Mixture, type Parameters, rowOf, settingsOf } from './mixture.ts';
import type { Scorer } from './scorer.ts';
import type { Statistics } from './statistics.ts';

/** Parameters made ready for the E-step. */
export interface Compiled {
  readonly scorer: Scorer;
  /** KL(weights) + KL(components); 0 for point estimates. */
  readonly divergence: number;
  /** log |covariance| of each group. */
  readonly logDeterminants: readonly number[];
}

/**
 * Makes parameters ready for the E-step.
 *
 * @throws FitError that names the component (and column) where a covariance is singular, or a prior that overflows.
 */
export function compile(mixture: Mixture, parameters: Parameters): Compiled {
  const { weights, components } = rowOf(mixture);
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const settings = settingsOf(mixture);
  const factorised = factoriseGroups(mixture, parameters);
  const divergence =
    weights.divergence(parameters, mixture.weightPrior) + components.divergence(parameters, factorised, settings);
  const { logDeterminants } = factorised;
  if (mixture.covariance === null) {
    const scorer = distanceScorer(parameters.means, dimensions);
    const { isOfDirections } = distanceOf(mixture);
    return { divergence, logDeterminants, scorer: isOfDirections ? { ...scorer, isOfDirections } : scorer };
  }
  const constants = parameters.logWeights.map((logWeight, k) => {
    const logDeterminant = logDeterminants[type.shared ? 0 : k]!;
    return (weights.scored ? logWeight : 0) + components.constant(parameters, k, logDeterminant, settings);
  });
  if (!Number.isFinite(divergence) || !constants.every(Number.isFinite)) {
    throw new FitError(
      'overflow',
      'the prior is too strong or too weak to compute with: choose alpha0, beta0 and nu0 nearer to 1',
    );
  }
  const { components: number } = mixture;
  const shared = { components: number, means: parameters.means, constants, evidence: evidenceOf(mixture, parameters) };
  const scorer =
    type.scored === 'whitened'
      ? whitened(shared, factorised.all, type)
      : {
          ...shared,
          dimensions,
          form: type.scored,
          factors: type.shared ? repeated(factorised.all, number) : factorised.all,
        };
  return { divergence, logDeterminants, scorer };
}

function repeated(numbers: Float64Array, times: number): Float64Array {
  const out = new Float64Array(numbers.length * times);
  for (let k = 0; k < times; k++) out.set(numbers, k * numbers.length);
  return out;
}

/**
 * The scorer whose log normaliser is the log-probability of a row: that of the E-step or, of variational models, the posterior
 * predictive, Σ E[π_k] t_k(x), whose exponential integrates to 1 as well; Bishop (2006), equation 10.81.
 */
export function densityScorer(mixture: Mixture, parameters: Parameters, compiled: Compiled): Scorer {
  const { weights, components } = rowOf(mixture);
  const { predictive } = components;
  if (!predictive) return compiled.scorer;
  const { shared } = covarianceOf(mixture);
  const settings = settingsOf(mixture);
  const each = Array.from({ length: mixture.components }, (_, k) =>
    predictive(parameters, k, compiled.logDeterminants[shared ? 0 : k]!, settings),
  );
  // a weight may be too small for a double, but a component without any is none that kernels know of
  const logWeights = weights.expected(parameters).map((weight) => Math.log(Math.max(Number.MIN_VALUE, weight)));
  return {
    ...compiled.scorer,
    constants: logWeights.map((logWeight, k) => logWeight + each[k]!.constant),
    tails: {
      rates: Float64Array.from(each, ({ rate }) => rate),
      exponents: Float64Array.from(each, ({ exponent }) => exponent),
    },
  };
}

function evidenceOf(mixture: Mixture, { covariances, counts }: Parameters): NonNullable<Scorer['evidence']> {
  const { components, dimensions } = mixture;
  const type = covarianceOf(mixture);
  const total = sum(counts);
  const groups = groupsOf(covariances, type.size(dimensions));
  const deviations = new Float64Array(components * dimensions);
  for (let k = 0, at = 0; k < components; k++) {
    const group = groups[type.shared ? 0 : k]!;
    for (let j = 0; j < dimensions; j++) deviations[at++] = Math.sqrt(type.variance(group, j));
  }
  return { deviations, shares: counts.map((count) => count / total) };
}

/** A scorer of rows that are whitened once, in place of once for each component. */
function whitened(
  scorer: Pick<Scorer, 'components' | 'means' | 'constants' | 'evidence'>,
  factor: Float64Array,
  type: CovarianceType,
): Scorer {
  const dimensions = scorer.means.length / scorer.components;
  const centre = scorer.means.slice(0, dimensions);
  const means = new Float64Array(scorer.means.length);
  const shift = new Float64Array(dimensions);
  for (const [k, mean] of rowsOf(scorer.means, dimensions).entries()) {
    for (let j = 0; j < dimensions; j++) shift[j] = mean[j]! - centre[j]!;
    type.whiten(factor, shift, means.subarray(k * dimensions, (k + 1) * dimensions));
  }
  return {
    ...distanceScorer(means, dimensions),
    isDistance: false,
    constants: scorer.constants,
    evidence: scorer.evidence,
    whitening: { factor, centre },
  };
}

/** A scorer whose densities are −½ times the squared distances to the means (K × D). */
export function distanceScorer(means: Float64Array, dimensions: number): Scorer {
  const components = means.length / dimensions;
  return {
    components,
    dimensions,
    isDistance: true,
    form: 'spherical',
    means,
    factors: new Float64Array(components).fill(1),
    constants: new Float64Array(components),
  };
}

/** The covariances taken apart, one entry for each group; `all` holds the factors. */
export function factoriseGroups(
  mixture: Mixture,
  parameters: Parameters,
): FactorisedGroups & { readonly all: Float64Array } {
  const type = covarianceOf(mixture);
  const { dimensions } = mixture;
  const size = type.size(dimensions);
  const all = new Float64Array(parameters.covariances.length);
  const factors = groupsOf(all, size);
  const logDeterminants = groupsOf(parameters.covariances, size).map((covariance, g) => {
    const mean = parameters.means.subarray(g * dimensions, (g + 1) * dimensions);
    const constant = mean.findIndex((value, j) => isConstant(type, covariance, j, value));
    const { logDeterminant, singularColumn } =
      constant >= 0 ? { singularColumn: constant } : type.factorise(covariance, dimensions, factors[g]!);
    if (singularColumn === undefined && Number.isFinite(logDeterminant)) return logDeterminant;
    const whose = type.shared ? 'the covariance that all components share' : `the covariance of component ${g}`;
    if (singularColumn === undefined || isOutOfRange(type.variance(covariance, singularColumn))) {
      throw new FitError(
        'overflow',
        `${whose} is too large or too small to compute with: scale the data, or choose a prior of another scale`,
      );
    }
    const count = type.shared ? sum(parameters.counts) : parameters.counts[g]!;
    throw new FitError(
      'singular',
      `${whose} (${count.toPrecision(3)} rows) is singular in column ${singularColumn + 1}: raise regCovar ` +
        `(now ${mixture.regCovar}), use fewer components, or ${remedyFor(mixture, parameters, g)}`,
      { setting: 'regCovar' },
    );
  });
  return { all, factors, logDeterminants };
}

/** Numbers of a mean that messages show. */
const MOST_SHOWN = 3;

/** Further remedies: a ν₀ above all counts dominates the data; a component of very few rows may be outliers. */
function remedyFor(mixture: Mixture, { means, counts }: Parameters, group: number): string {
  const { dimensions, componentPrior } = mixture;
  if (componentPrior && componentPrior.nu0 > sum(counts)) {
    return `lower nu0 (now ${componentPrior.nu0}), which the prior's part of the covariance is divided by`;
  }
  if (covarianceOf(mixture).shared || counts[group]! > dimensions)
    return 'drop columns that are constant or repeat others';
  const mean = means.subarray(group * dimensions, (group + 1) * dimensions);
  const shown = Array.from(mean.subarray(0, MOST_SHOWN), (value) => value.toPrecision(3)).join(', ');
  return `leave its rows out if they are far from all others (their mean is ${shown}${dimensions > MOST_SHOWN ? ', …' : ''})`;
}

/**
 * Σ over rows of E[log p(x, z)] at parameters, from statistics about their means. With the entropy of the responsibilities
 * it is Σ log normaliser, if these are the responsibilities that the parameters give.
 */
export function expectedLogDensity(mixture: Mixture, { scorer }: Compiled, { counts, second }: Statistics): number {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const size = type.size(dimensions);
  const all = scorer.whitening?.factor ?? scorer.factors;
  const factors = groupsOf(type.shared ? all.subarray(0, size) : all, size);
  const ofConstants = counts.reduce((total, count, k) => total + count * scorer.constants[k]!, 0);
  return factors.reduce((total, factor, g) => total - 0.5 * type.trace(factor, second[g]!, dimensions), ofConstants);
}
