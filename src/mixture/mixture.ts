// A mixture: what stays fixed during a fit, its parameters, and the M-step.
import { sum } from '../util/vector.ts';
import type { ComponentParameters, ComponentPrior, ComponentSettings } from './components/component-family.ts';
import { refilled } from './components/refill.ts';
import { groupsOf } from './components/scatter.ts';
import type { Constraints } from './constraints.ts';
import type { CovarianceType } from './covariance/covariance-type.ts';
import { raise } from './covariance/floors.ts';
import { type CovarianceName, covarianceNamed } from './covariance/index.ts';
import { type Distance, type DistanceName, distanceNamed } from './distance.ts';
import { type ModelName, type ModelRow, models } from './model-table.ts';
import { Statistics } from './statistics.ts';
import type { WeightParameters, WeightPrior } from './weights/weights-family.ts';

/** Everything that stays the same during a fit: kind, shape and prior. */
export interface Mixture {
  readonly model: ModelName;
  /** null where covariances are not estimated (kmeans). */
  readonly covariance: CovarianceName | null;
  /** Of K-means; absent where it is Euclidean. */
  readonly distance?: DistanceName | undefined;
  readonly components: number;
  readonly dimensions: number;
  /** Added to the diagonal of every estimated covariance. */
  readonly regCovar: number;
  readonly weightPrior: WeightPrior;
  /** Of variational models only. */
  readonly componentPrior?: ComponentPrior | undefined;
  /** During fits that have any. */
  readonly constraints?: Constraints | undefined;
}

/** Result of an M-step: everything that is needed for scoring, and for continuing the fit. */
export interface Parameters extends WeightParameters, ComponentParameters {
  /** N_k. */
  readonly counts: Float64Array;
}

/** Added to the diagonal of covariances unless another number is asked for. */
export const DEFAULT_REG_COVAR = 1e-6;

/** Moments that lack no more than this part of a covariance are none the worse. */
const DEFINITE = 1e-3;

/** Every component has at least this part of all rows. */
export const COUNT_FLOOR: number = 10 * Number.EPSILON;

export const rowOf = (mixture: Mixture): ModelRow => models[mixture.model];

export const covarianceOf = (mixture: Mixture): CovarianceType => covarianceNamed(mixture.covariance);

/** The distance of K-means. */
export const distanceOf = ({ distance }: Mixture): Distance => distanceNamed(distance);

/** The criterion is this times Σ log normaliser, less the divergences. */
export const criterionScaleOf = (mixture: Mixture): number =>
  rowOf(mixture).criterionScale * distanceOf(mixture).criterionShare;

/** The settings that components need. */
export function settingsOf(mixture: Mixture): ComponentSettings {
  const { dimensions, regCovar, componentPrior, constraints } = mixture;
  const keepsMeans = constraints?.frozen?.means !== undefined;
  const { isOfDirections } = distanceOf(mixture);
  return { covariance: covarianceOf(mixture), dimensions, regCovar, prior: componentPrior, keepsMeans, isOfDirections };
}

/** Whether components that hold no rows move to rows that are far from their centres. */
export const refills = ({ model, constraints }: Mixture): boolean =>
  models[model].components.refills === true && constraints?.frozen?.means === undefined;

/** The M-step: statistics about the `entering` means (K × D) become the next parameters. */
export function mStep(mixture: Mixture, statistics: Statistics, entering: Float64Array): Parameters {
  const { components } = rowOf(mixture);
  const { shape, first, second } = statistics;
  const { counts, ...weights } = countsOf(mixture, statistics);
  const means = refills(mixture) ? refilled(statistics, entering).means : entering;
  const own = components.refills ? statistics.counts : counts;
  const updated = components.update({ shape, counts: own, first, second }, means, settingsOf(mixture));
  return { ...raised(mixture, { counts, ...weights, ...updated }), ...mixture.constraints?.frozen };
}

/** The parameters with covariances that are nowhere below the floors of the mixture, if it has any. */
export function raised(mixture: Mixture, parameters: Parameters): Parameters {
  const floors = mixture.constraints?.floors;
  if (!floors) return parameters;
  const type = covarianceOf(mixture);
  const covariances = parameters.covariances.slice();
  for (const group of groupsOf(covariances, type.size(mixture.dimensions))) raise(type, group, floors);
  return { ...parameters, covariances };
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

/** Room for the statistics of rows; those given, if any. */
export function statisticsFor(mixture: Mixture, values?: Float64Array): Statistics {
  const { components, dimensions } = mixture;
  const statistics = new Statistics({ components, dimensions, covariance: covarianceOf(mixture) });
  if (values) statistics.values.set(values);
  return statistics;
}

/** Statistics about the parameters' own means that `mStep` would turn into them. */
export function impliedStatistics(mixture: Mixture, parameters: Parameters): Statistics {
  const statistics = statisticsFor(mixture);
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
 * How many numbers of a mixture can be chosen freely: means, covariances, and weights that sum to 1.
 */
export function freeParameters(mixture: Mixture): number {
  const { components, dimensions } = mixture;
  const type = covarianceOf(mixture);
  const groups = type.shared ? 1 : components;
  const ofWeights = rowOf(mixture).weights.scored ? components - 1 : 0;
  return components * dimensions + groups * type.size(dimensions) + ofWeights;
}
