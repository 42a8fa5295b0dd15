// What a model is made of, as arrays and attributes by name, and back: as model files, JSON and bytes have it.
import { DataError } from '../errors.ts';
import type { ShapedValues } from '../files/hdf5.ts';
import type { StoredGroup } from '../files/hdf5-group.ts';
import { groupsOf } from '../mixture/components/scatter.ts';
import {
  COUNT_FLOOR,
  covarianceOf,
  DEFAULT_REG_COVAR,
  type Mixture,
  type Parameters,
  parametersFrom,
} from '../mixture/mixture.ts';
import { type ModelName, models, takes } from '../mixture/model-table.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import { sum } from '../util/vector.ts';
import {
  areCounts,
  checkNumbers,
  checkParameters,
  checkSymmetric,
  checkWeights,
  covarianceTitle,
  parseFrontEnd,
} from './model-checks.ts';
import { covarianceName, discountOf, distanceOf, modelName } from './model-names.ts';

/** Contents of a model, and of a model file. */
export interface ModelState {
  /** Kind of model, shape and prior: what stays fixed during a fit. */
  readonly mixture: Mixture;
  /** Weights, means, covariances, and their posteriors. */
  readonly parameters: Parameters;
  /** Number of M-steps, over all the fits that made it. */
  readonly iterations: number;
  /** Criterion of the training rows at each evaluation of the last fit. */
  readonly criterion: readonly number[];
  /** Criterion of the held-out rows at each evaluation; null without held-out data. */
  readonly heldOutCriterion: readonly number[] | null;
  /** How sound became rows; undefined if the rows were numbers. */
  readonly frontEnd?: FrontEnd | undefined;
}

/** What completes a model that does not say all. */
export interface Completion {
  readonly model?: ModelName | undefined;
  readonly rows?: number | undefined;
  readonly discount?: number | undefined;
}

/** The attributes of a model: all that is no array. */
export function attributesOf({ mixture, iterations }: ModelState): Record<string, string | number> {
  const { model, covariance, regCovar, weightPrior, distance } = mixture;
  return {
    model,
    iter: iterations,
    reg_covar: regCovar,
    discount: weightPrior.discount,
    ...(covariance === null ? {} : { covariance_type: covariance }),
    ...(distance === undefined ? {} : { distance }),
  };
}

/** Whether neither counts are there nor what they follow from. */
export function lacksCounts(
  { datasets, attributes }: StoredGroup,
  asked: ModelName | undefined,
  name: string,
): boolean {
  const model = modelName(attributes.model, asked, name);
  const logWeights = datasets.get('log_weights')?.data;
  return !datasets.has('counts') && logWeights !== undefined && !areCounts(model, logWeights);
}

/** The arrays of a model; those that it does not have are left out. */
export function datasetsOf({
  mixture,
  parameters,
  criterion,
  heldOutCriterion,
}: ModelState): Map<string, ShapedValues> {
  const { components, dimensions, componentPrior, weightPrior } = mixture;
  const type = covarianceOf(mixture);
  const datasets = new Map<string, ShapedValues>();
  const put = (name: string, values: ArrayLike<number> | undefined, shape: readonly number[]): void => {
    if (values && values.length > 0) datasets.set(name, { data: Float64Array.from(values), shape });
  };
  const { concentration, nu } = parameters;
  const shape = covarianceShape(mixture);
  const covariances = new Float64Array(shape.reduce((product, length) => product * length, 1));
  const groups = groupsOf(parameters.covariances, type.size(dimensions)).map((group) => type.toFile(group, dimensions));
  for (const [g, group] of groups.entries()) covariances.set(group, g * group.length);
  put('means', parameters.means, [components, dimensions]);
  put('log_weights', parameters.logWeights, [components]);
  if (groups.length > 0) put('cov', covariances, shape);
  put('counts', parameters.counts, [components]);
  put('alpha', concentration, concentrationShape(mixture));
  put('beta', parameters.beta, [components]);
  put('nu', nu, type.shared ? [] : [components]);
  put('criterion', criterion, [criterion.length]);
  put('heldout_criterion', heldOutCriterion ?? [], [heldOutCriterion?.length ?? 0]);
  if (componentPrior) {
    const { beta0, nu0, mean, scale } = componentPrior;
    put('initial parameters', [weightPrior.alpha0, beta0, nu0], [3]);
    put('means prior', mean, [dimensions]);
    put('inv prec prior', type.toFile(scale, dimensions), type.shape(dimensions));
  }
  return datasets;
}

function covarianceShape(mixture: Mixture): number[] {
  const type = covarianceOf(mixture);
  return [...(type.shared ? [] : [mixture.components]), ...type.shape(mixture.dimensions)];
}

function concentrationShape({ model, components }: Mixture): number[] {
  return models[model].weights.concentrationSize === 2 ? [components, 2] : [components];
}

/**
 * The model that arrays and attributes make.
 *
 * @throws DataError where they make none, or do not say what `options` must say then.
 */
export function stateOf({ datasets, attributes }: StoredGroup, name: string, options: Completion): ModelState {
  checkNumbers(datasets, attributes, name);
  const model = modelName(attributes.model, options.model, name);
  const take = (key: string, shape?: readonly number[]): ShapedValues => {
    const found = datasets.get(key);
    if (!found)
      throw new DataError('bad-model', `${name} has no dataset '${key}', which a ${model} needs`, { source: name });
    if (shape && found.shape.join() !== shape.join()) {
      throw new DataError(
        'bad-model',
        `${name}: '${key}' has the shape (${found.shape.join(', ')}), expected (${shape.join(', ')})`,
        { source: name },
      );
    }
    return found;
  };
  const optional = (key: string, shape: readonly number[]): Float64Array | undefined =>
    datasets.has(key) ? take(key, shape).data : undefined;

  const means = take('means');
  if (means.shape.length !== 2)
    throw new DataError('bad-model', `${name}: 'means' has ${means.shape.length} dimensions, expected 2`, {
      source: name,
    });
  const [components, dimensions] = means.shape as [number, number];
  const covariance = takes(model, 'covariance')
    ? covarianceName(attributes.covariance_type, take('cov'), dimensions, datasets.get('inv prec prior'), name)
    : null;
  const { variational } = models[model].components;
  const logWeights = take('log_weights', [components]).data;
  checkWeights(model, logWeights, name);
  const bare: Mixture = {
    model,
    covariance,
    ...distanceOf(model, attributes.distance, name),
    components,
    dimensions,
    regCovar: typeof attributes.reg_covar === 'number' ? attributes.reg_covar : DEFAULT_REG_COVAR,
    weightPrior: {
      alpha0: 1 / components,
      discount: discountOf(model, attributes.discount, options.discount, name),
    },
  };
  const type = covarianceOf(bare);
  const groups = type.shared ? 1 : components;
  const mixture: Mixture = variational ? withPrior(bare, take, name) : bare;
  const covariances = new Float64Array(groups * type.size(dimensions));
  if (covariance !== null) {
    const stored = take('cov', covarianceShape(bare)).data;
    const size = stored.length / groups;
    if (size > type.size(dimensions)) checkSymmetric(stored, dimensions, (g) => covarianceTitle(bare, g), name);
    for (let g = 0; g < groups; g++) {
      covariances.set(type.fromFile(stored.subarray(g * size, (g + 1) * size), dimensions), g * type.size(dimensions));
    }
  }
  const holdsCounts = areCounts(model, logWeights);
  const counts =
    optional('counts', [components]) ??
    (holdsCounts ? countsOf(logWeights) : impliedCounts(logWeights, options.rows, name));
  const implied = parametersFrom(mixture, means.data, covariances, counts);
  const parameters: Parameters = {
    ...implied,
    logWeights: holdsCounts ? implied.logWeights : logWeights,
    concentration: implied.concentration && (optional('alpha', concentrationShape(mixture)) ?? implied.concentration),
    beta: implied.beta && (optional('beta', [components]) ?? implied.beta),
    nu: implied.nu && (optional('nu', type.shared ? [] : [components]) ?? implied.nu),
  };
  checkParameters(mixture, parameters, name);
  return {
    mixture,
    parameters,
    iterations: Number(attributes.iter ?? 0),
    criterion: [...(datasets.get('criterion')?.data ?? [])],
    heldOutCriterion: datasets.has('heldout_criterion') ? [...datasets.get('heldout_criterion')!.data] : null,
    frontEnd: parseFrontEnd(attributes.front_end, dimensions, name),
  };
}

function withPrior(
  mixture: Mixture,
  take: (key: string, shape: readonly number[]) => ShapedValues,
  name: string,
): Mixture {
  const type = covarianceOf(mixture);
  const { dimensions, weightPrior } = mixture;
  const [alpha0, beta0, nu0] = take('initial parameters', [3]).data as unknown as [number, number, number];
  const scale = take('inv prec prior', type.shape(dimensions)).data;
  if (scale.length > type.size(dimensions)) checkSymmetric(scale, dimensions, () => "'inv prec prior'", name);
  return {
    ...mixture,
    weightPrior: { ...weightPrior, alpha0 },
    componentPrior: {
      beta0,
      nu0,
      mean: take('means prior', [dimensions]).data,
      scale: type.fromFile(scale, dimensions),
    },
  };
}

/** Counts of which the logarithms are given, with none that is 0. */
function countsOf(logCounts: Float64Array): Float64Array {
  const counts = logCounts.map(Math.exp);
  const floor = COUNT_FLOOR * sum(counts);
  return counts.map((count) => Math.max(floor, count));
}

function impliedCounts(logWeights: Float64Array, rows: number | undefined, name: string): Float64Array {
  if (rows === undefined) {
    throw new DataError(
      'needs-setting',
      `${name} has no counts, so the rows of the data it was fitted to must be known: say rows: N`,
      { source: name, setting: 'rows' },
    );
  }
  return logWeights.map((logWeight) => Math.exp(logWeight) * rows);
}
