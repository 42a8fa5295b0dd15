// Models of numbers that are given: weights, means, covariances, and what a posterior needs beside them.
import { DataError, MegaMixError } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import type { ComponentPrior } from '../../mixture/components/component-family.ts';
import { componentPrior } from '../../mixture/components/prior.ts';
import { groupsOf } from '../../mixture/components/scatter.ts';
import { covarianceTypes } from '../../mixture/covariance/index.ts';
import { type DistanceName, distances, normaliseRows } from '../../mixture/distance.ts';
import { COUNT_FLOOR, covarianceOf, DEFAULT_REG_COVAR, type Mixture, parametersFrom } from '../../mixture/mixture.ts';
import { type ModelName, models, takes } from '../../mixture/model-table.ts';
import { anything, checkOptionsBy, type OptionTable, oneOf } from '../../util/options.ts';
import { shown } from '../../util/shown.ts';
import { sum } from '../../util/vector.ts';
import { checkParameters, ROUNDING } from '../model-checks.ts';
import type { ModelState } from '../model-contents.ts';
import { checkMirrored, covariancesOf, type GivenCovariances } from './given-covariances.ts';
import { type NumberTable, shapedNumbers, splitInto } from './number-table.ts';

/** Numbers of a Gaussian mixture of K components in D dimensions. */
export interface GaussianNumbers extends GivenCovariances {
  /** Means, K × D; of one dimension K numbers will do. */
  readonly means: NumberTable;
  /** Weights, K numbers ≥ 0 with the sum 1. Default: those of the `counts`. */
  readonly weights?: NumberTable | undefined;
  /** Rows per component, K numbers ≥ 0, which weights follow from. Default: the weights times `rows`. */
  readonly counts?: NumberTable | undefined;
  /** How many rows the model stands for where a fit continues. Default: 1; Bayesian models need it, or `counts`. */
  readonly rows?: number | undefined;
}

/** Numbers of a Bayesian mixture: expectations, and the prior, by default that of data with the moments of the mixture. */
export interface VariationalNumbers extends GaussianNumbers {
  /** α₀ > 0, concentration of the weights; default 1 / K. */
  readonly alpha0?: number | undefined;
  /** β₀ > 0, how many rows the prior mean is worth; default 1. */
  readonly beta0?: number | undefined;
  /** ν₀ > D − 1, degrees of freedom of the prior; default D. */
  readonly nu0?: number | undefined;
  /** m₀, D numbers; default the mean of the mixture. */
  readonly meansPrior?: NumberTable | undefined;
  /** W₀⁻¹, of the shape of one covariance; default the covariance of the mixture. */
  readonly inversePrecisionPrior?: NumberTable | undefined;
}

/** The same for a Pitman-Yor process. */
export interface PitmanYorNumbers extends VariationalNumbers {
  /** Discount, in [0, 1); default 0. */
  readonly discount?: number | undefined;
}

/** Of every kind of model what is given. */
export type GivenNumbers = PitmanYorNumbers & { readonly distance?: DistanceName | undefined };

const gaussianTable = {
  means: anything,
  weights: anything,
  counts: anything,
  rows: anything,
  covariances: anything,
  precisions: anything,
  covariance: oneOf(covarianceTypes),
} satisfies OptionTable<GaussianNumbers>;

const posteriorTable = {
  ...gaussianTable,
  alpha0: anything,
  beta0: anything,
  nu0: anything,
  meansPrior: anything,
  inversePrecisionPrior: anything,
} satisfies OptionTable<VariationalNumbers>;

/** What may be given of each kind of model. */
const tables: Readonly<Record<ModelName, object>> = {
  kmeans: { means: anything, counts: anything, distance: oneOf(distances) },
  gmm: gaussianTable,
  vbgmm: posteriorTable,
  dpgmm: posteriorTable,
  pypgmm: { ...posteriorTable, discount: anything },
};

/**
 * The model that has these numbers.
 *
 * @param name - what messages begin with: a file, or nothing.
 * @throws DataError that names the component and what was expected.
 */
export function stateFromNumbers(model: ModelName, given: GivenNumbers, name?: string): ModelState {
  try {
    return stateFrom(model, given, name);
  } catch (error) {
    if (name === undefined || !(error instanceof MegaMixError)) throw error;
    if (error instanceof DataError && error.source !== undefined) throw error;
    throw new DataError('bad-model', `${name}: ${error.message}`, { source: name, cause: error });
  }
}

function stateFrom(model: ModelName, given: GivenNumbers, name: string | undefined): ModelState {
  checkOptionsBy(tables[model] as OptionTable<GivenNumbers>, given);
  const { means, components, dimensions } = meansOf(given);
  const isOfDirections = given.distance !== undefined && distances[given.distance].isOfDirections;
  if (isOfDirections) normalise(means, dimensions);
  const counts = countsOf(model, given, components);
  const { covariance, covariances } = takes(model, 'covariance')
    ? covariancesOf(given, components, dimensions)
    : { covariance: null, covariances: new Float64Array(0) };
  const bare: Mixture = {
    model,
    covariance,
    ...(isOfDirections && { distance: given.distance }),
    components,
    dimensions,
    regCovar: DEFAULT_REG_COVAR,
    weightPrior: {
      alpha0: positive('alpha0', given.alpha0) ?? 1 / components,
      discount: discountOf(given.discount),
    },
  };
  const mixture = models[model].components.variational
    ? { ...bare, componentPrior: priorOf(bare, given, means, covariances, counts) }
    : bare;
  const parameters = parametersFrom(mixture, means, covariances, counts);
  checkParameters(mixture, parameters, name ?? 'the model');
  return { mixture, parameters, iterations: 0, criterion: [], heldOutCriterion: null };
}

/** Makes centres of length 1; those that are, but for rounding, stay as they are. */
function normalise(means: Float64Array, dimensions: number): void {
  const rounding = 2 * dimensions * Number.EPSILON;
  for (const [k, centre] of splitInto(means, means.length / dimensions).entries()) {
    const square = centre.reduce((total, value) => total + value ** 2, 0);
    if (Math.abs(square - 1) <= rounding || normaliseRows(centre, dimensions, centre).length === 0) continue;
    throw bad(`means of component ${k}: received zeros alone, which have no direction: expected a number other than 0`);
  }
}

function meansOf({ means, weights, counts }: GivenNumbers) {
  const { data, shape } = shapedNumbers(means, 'means');
  const known = shape.length === 1 && (weights ?? counts) !== undefined;
  const components = known ? shapedNumbers(weights ?? counts, weights ? 'weights' : 'counts').data.length : shape[0]!;
  const dimensions = data.length / components;
  if ((shape.length === 2 || known) && Number.isInteger(dimensions) && dimensions > 0) {
    return { means: data, components, dimensions };
  }
  throw bad(
    `means: received ${shape.join(' × ') || 'one number'}, expected K × D: an array of numbers for each component`,
  );
}

/** Numbers of components, one each. */
function ofComponents(value: NumberTable, title: string, components: number): Float64Array {
  const { data } = shapedNumbers(value, title);
  if (data.length !== components)
    throw bad(`${title}: received ${data.length} numbers for ${components} components: give one for each`);
  const negative = data.findIndex((each) => each < 0);
  if (negative >= 0) throw bad(`${title} of component ${negative}: received ${data[negative]}, expected a number ≥ 0`);
  return data;
}

/** Rows per component, none of them 0. */
function countsOf(model: ModelName, { weights, counts, rows }: GivenNumbers, components: number): Float64Array {
  const { variational } = models[model].components;
  const given = counts !== undefined && ofComponents(counts, 'counts', components);
  const shares = weights !== undefined && ofComponents(weights, 'weights', components);
  if (shares && Math.abs(sum(shares) - 1) > ROUNDING)
    throw bad(`weights: received numbers with the sum ${sum(shares)}, expected 1`);
  if (given && !(sum(given) > 0)) throw bad('counts: received only 0: there must be rows');
  if (given) return floored(given);
  if (!shares && !takes(model, 'covariance')) return new Float64Array(components).fill(1);
  if (!shares) throw bad('weights: received none, expected K numbers with the sum 1 (or counts of rows)');
  const total = positive('rows', rows) ?? (variational ? undefined : 1);
  if (total === undefined) {
    throw new DataError(
      'needs-setting',
      `the posterior of a ${model} depends on how many rows there were: give counts, or rows: N beside the weights`,
      { setting: 'rows' },
    );
  }
  const scale = total / sum(shares);
  return floored(shares.map((share) => share * scale));
}

function floored(counts: Float64Array): Float64Array {
  const floor = COUNT_FLOOR * sum(counts);
  return counts.map((count) => Math.max(count, floor));
}

function priorOf(
  mixture: Mixture,
  given: GivenNumbers,
  means: Float64Array,
  covariances: Float64Array,
  counts: Float64Array,
): ComponentPrior {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const { mean, covariance } = momentsOf(mixture, means, covariances, counts);
  const prior = componentPrior(type, mean, covariance, {
    beta0: positive('beta0', given.beta0),
    nu0: positive('nu0', given.nu0),
  });
  const m0 = given.meansPrior && fitting(shapedNumbers(given.meansPrior, 'meansPrior'), 'meansPrior', [dimensions]);
  const title = 'inversePrecisionPrior';
  const shape = type.shape(dimensions);
  const scale = given.inversePrecisionPrior && fitting(shapedNumbers(given.inversePrecisionPrior, title), title, shape);
  if (scale && shape.length === 2) checkMirrored(scale, dimensions, title);
  return { ...prior, mean: m0 ?? prior.mean, scale: scale ? type.fromFile(scale, dimensions) : prior.scale };
}

function fitting({ data }: ShapedValues, title: string, shape: readonly number[]): Float64Array {
  const expected = shape.reduce((product, length) => product * length, 1);
  if (data.length === expected) return data;
  throw bad(`${title}: received ${data.length} numbers, expected ${shape.join(' × ') || 'one'}`);
}

/** Mean and covariance of rows drawn from a mixture. */
function momentsOf(mixture: Mixture, means: Float64Array, covariances: Float64Array, counts: Float64Array) {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const { repeats } = type.wishart(dimensions);
  const total = sum(counts);
  const mean = new Float64Array(dimensions);
  for (const [at, value] of means.entries()) {
    mean[at % dimensions]! += (counts[Math.floor(at / dimensions)]! / total) * value;
  }
  const groups = groupsOf(covariances, type.size(dimensions));
  const covariance = new Float64Array(type.size(dimensions));
  const shift = new Float64Array(dimensions);
  for (const [k, count] of counts.entries()) {
    const share = count / total;
    for (const [i, value] of groups[type.shared ? 0 : k]!.entries()) covariance[i]! += share * value;
    for (let j = 0; j < dimensions; j++) shift[j] = means[k * dimensions + j]! - mean[j]!;
    type.addOuter(covariance, shift, share / repeats);
  }
  return { mean, covariance };
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return value;
  throw new DataError('bad-parameters', `${name}: received ${shown(value)}, expected a number > 0`, { setting: name });
}

function discountOf(value = 0): number {
  if (value >= 0 && value < 1) return value;
  throw new DataError(
    'bad-parameters',
    `discount: received ${shown(value)}, expected a number from 0 up to, but not, 1`,
    {
      setting: 'discount',
    },
  );
}

const bad = (message: string): DataError => new DataError('bad-parameters', message);
