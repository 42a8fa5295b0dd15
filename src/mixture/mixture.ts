// A mixture: what stays fixed during a fit, its parameters, and the M-step.
import { FitError } from '../errors.ts';
import { rowsOf, sum } from '../util/vector.ts';
import type {
  ComponentParameters,
  ComponentPrior,
  ComponentSettings,
  FactorisedGroups,
} from './components/component-family.ts';
import { refilled } from './components/refill.ts';
import { groupsOf } from './components/scatter.ts';
import { isConstant, isOutOfRange } from './covariance/constant-column.ts';
import type { CovarianceType } from './covariance/covariance-type.ts';
import { type CovarianceName, covarianceNamed } from './covariance/index.ts';
import { type ModelName, type ModelRow, models } from './model-table.ts';
import type { Scorer } from './scorer.ts';
import { Statistics } from './statistics.ts';
import type { WeightParameters, WeightPrior } from './weights/weights-family.ts';

/** Everything that stays the same during a fit: kind, shape and prior. */
export interface Mixture {
  readonly model: ModelName;
  /** null where covariances are not estimated (kmeans). */
  readonly covariance: CovarianceName | null;
  readonly components: number;
  readonly dimensions: number;
  /** Added to the diagonal of every estimated covariance. */
  readonly regCovar: number;
  readonly weightPrior: WeightPrior;
  /** Of variational models only. */
  readonly componentPrior?: ComponentPrior | undefined;
}

/** Result of an M-step: everything that is needed for scoring, and for continuing the fit. */
export interface Parameters extends WeightParameters, ComponentParameters {
  /** N_k. */
  readonly counts: Float64Array;
}

/** Parameters made ready for the E-step. */
export interface Compiled {
  readonly scorer: Scorer;
  /** KL(weights) + KL(components); 0 for point estimates. */
  readonly divergence: number;
  /** log |covariance| of each group. */
  readonly logDeterminants: readonly number[];
}

/** Added to the diagonal of covariances unless another number is asked for. */
export const DEFAULT_REG_COVAR = 1e-6;

/** Moments that lack no more than this part of a covariance are none the worse. */
const DEFINITE = 1e-3;

/** Every component has at least this part of all rows. */
export const COUNT_FLOOR: number = 10 * Number.EPSILON;

export const rowOf = (mixture: Mixture): ModelRow => models[mixture.model];

export const covarianceOf = (mixture: Mixture): CovarianceType => covarianceNamed(mixture.covariance);

function settingsOf(mixture: Mixture): ComponentSettings {
  const { dimensions, regCovar, componentPrior } = mixture;
  return { covariance: covarianceOf(mixture), dimensions, regCovar, prior: componentPrior };
}

/** The M-step: statistics about the `entering` means (K × D) become the next parameters. */
export function mStep(mixture: Mixture, statistics: Statistics, entering: Float64Array): Parameters {
  const { components } = rowOf(mixture);
  const { shape, first, second } = statistics;
  const { counts, ...weights } = countsOf(mixture, statistics);
  const means = components.refills ? refilled(statistics, entering).means : entering;
  const own = components.refills ? statistics.counts : counts;
  return {
    counts,
    ...weights,
    ...components.update({ shape, counts: own, first, second }, means, settingsOf(mixture)),
  };
}

/** The part of an M-step that concerns counts and weights. */
export function countsOf(
  mixture: Mixture,
  { counts: seen, weight }: Statistics,
): WeightParameters & Pick<Parameters, 'counts'> {
  const floor = COUNT_FLOOR * weight;
  const counts = seen.map((count) => Math.max(count, floor));
  return { counts, ...rowOf(mixture).weights.update(counts, weight, mixture.weightPrior) };
}

/** Parameters as if components with these means and covariances had been given these counts. */
export function parametersFrom(
  mixture: Mixture,
  means: Float64Array,
  covariances: Float64Array,
  counts: Float64Array,
): Parameters {
  const { weights, components } = rowOf(mixture);
  return {
    counts,
    ...weights.update(counts, sum(counts), mixture.weightPrior),
    ...components.parametersFrom(means, covariances, counts, settingsOf(mixture)),
  };
}

/** Statistics about the parameters' own means that `mStep` would turn into them. */
export function impliedStatistics(mixture: Mixture, parameters: Parameters): Statistics {
  const { components, dimensions } = mixture;
  const statistics = new Statistics({ components, dimensions, covariance: covarianceOf(mixture) });
  const rows = sum(parameters.counts);
  statistics.addRows(rows, rows, 0);
  statistics.counts.set(parameters.counts);
  rowOf(mixture).components.addImpliedMoments(parameters, statistics, settingsOf(mixture));
  makeDefinite(mixture, parameters, statistics);
  return statistics;
}

/**
 * A prior may have more of a covariance than there is, as where first covariances are scaled down: no rows have such moments,
 * and of more rows they would make something singular. The covariance itself is taken instead.
 */
function makeDefinite(mixture: Mixture, { covariances }: Parameters, { counts, first, second }: Statistics): void {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const size = type.size(dimensions);
  const { repeats } = type.wishart(dimensions);
  const factor = new Float64Array(size);
  for (const [g, covariance] of groupsOf(covariances, size).entries()) {
    const members = type.shared ? [...counts.keys()] : [g];
    const rows = repeats * members.reduce((total, k) => total + counts[k]!, 0);
    const ofMeans = new Float64Array(size);
    for (const k of members) if (counts[k]! > 0) type.addOuter(ofMeans, first[k]!, 1 / counts[k]!);
    const moments = second[g]!;
    const tried = moments.map((value, i) => value - ofMeans[i]! + DEFINITE * rows * covariance[i]!);
    if (!(rows > 0) || type.factorise(tried, dimensions, factor).singularColumn === undefined) continue;
    for (let i = 0; i < size; i++) moments[i] = rows * covariance[i]! + ofMeans[i]!;
  }
}

/**
 * Σ over rows of E[log p(x, z)] at parameters, from statistics about their means. With the entropy of the responsibilities
 * it is Σ log normaliser, if these are the responsibilities that the parameters give.
 */
export function expectedLogDensity(mixture: Mixture, { scorer }: Compiled, { counts, second }: Statistics): number {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const factors = groupsOf(scorer.whitening?.factor ?? scorer.factors, type.size(dimensions));
  const ofConstants = counts.reduce((total, count, k) => total + count * scorer.constants[k]!, 0);
  return factors.reduce((total, factor, g) => total - 0.5 * type.trace(factor, second[g]!, dimensions), ofConstants);
}

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
    return { divergence, logDeterminants, scorer: distanceScorer(parameters.means, dimensions) };
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
  const scorer: Scorer = {
    evidence: evidenceOf(mixture, parameters),
    components: mixture.components,
    dimensions,
    form: mixture.covariance,
    means: parameters.means,
    factors: factorised.all,
    constants,
  };
  return { divergence, logDeterminants, scorer: type.shared ? whitened(scorer, type) : scorer };
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

/**
 * How many numbers of a mixture can be chosen freely: means, covariances, and weights that sum to 1.
 */
export function freeParameters(mixture: Mixture): number {
  const { components, dimensions } = mixture;
  const type = covarianceOf(mixture);
  const groups = type.shared ? 1 : components;
  const ofWeights = rowOf(mixture).weights.scored ? components - 1 : 0;
  return components * dimensions + groups * type.size(dimensions) + ofWeights;
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

/** The same scorer for rows that are whitened once, in place of once for each component. */
function whitened(scorer: Scorer, type: CovarianceType): Scorer {
  const { dimensions, factors: factor } = scorer;
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
