import { createHash } from 'node:crypto';
import { type File, Group } from 'h5wasm/node';
import { groupsOf } from '../components/scatter.ts';
import { type CovarianceName, covarianceTypes } from '../covariance/index.ts';
import { DataError, messageOf } from '../errors.ts';
import { assume, compile, covarianceOf, type Mixture, type Parameters } from '../mixture.ts';
import { type ModelName, models, takes } from '../models.ts';
import { asReadError } from '../sources/files.ts';
import { datasetsOf, lookUp, type Values, withHdf5 } from './h5.ts';
import { type Attribute, checkGroup, writeGroup } from './h5-write.ts';

/** Everything that a model file holds. */
export interface ModelState {
  readonly mixture: Mixture;
  readonly parameters: Parameters;
  /** M-steps in all, over all the fits that made it. */
  readonly iterations: number;
  /** Of the last fit, one for each evaluation. */
  readonly criterion: readonly number[];
  readonly heldOutCriterion: readonly number[] | null;
}

/** What to know of a file that does not say it all, as those of the Python package. */
export interface LoadOptions {
  /** The group in the file; default 'model_fitted'. */
  readonly group?: string | undefined;
  /** Which model it is; needed if the file does not say. */
  readonly model?: ModelName | undefined;
  /** Rows of the data that it was fitted to, or how to find out; needed if the file has no counts. */
  readonly rows?: number | (() => Promise<number>) | undefined;
  /** Of a Pitman-Yor process; needed if the file does not say. */
  readonly discount?: number | undefined;
}

/** Where models are unless another group is named. */
export const DEFAULT_GROUP = 'model_fitted';

const FORMAT_VERSION = 1;

/** Writes a model into a group of an HDF5 file, whole or not at all; other groups of the file stay. */
export async function saveModel(path: string, state: ModelState, group: string = DEFAULT_GROUP): Promise<void> {
  const datasets = toDatasets(state);
  const { mixture, iterations } = state;
  const attributes: Record<string, Attribute> = {
    iter: Int32Array.of(iterations),
    time: Date.now() / 1000,
    format_version: Int32Array.of(FORMAT_VERSION),
    model: mixture.model,
    reg_covar: mixture.regCovar,
    discount: mixture.weightPrior.discount,
    checksum: checksum(datasets),
  };
  if (mixture.covariance !== null) attributes.covariance_type = mixture.covariance;
  await writeGroup(path, group, datasets, attributes);
}

/** Fails now if `saveModel` would fail later. */
export const checkSavable = (path: string, group: string = DEFAULT_GROUP): Promise<void> => checkGroup(path, group);

/**
 * Reads a model.
 *
 * @throws DataError where the file is missing, damaged, no model, or does not say what `options` must say then.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<ModelState> {
  const name = options.group === undefined ? path : `${path}:/${options.group}`;
  try {
    const { datasets, attributes } = await withHdf5(path, path, (file) => readGroup(file, path, options.group));
    return await toState(datasets, attributes, name, options);
  } catch (error) {
    throw asReadError(error, path);
  }
}

function readGroup(file: File, path: string, groupName: string = DEFAULT_GROUP) {
  const group = lookUp(file, groupName);
  if (!(group instanceof Group)) {
    throw new DataError(
      `${path} has no group ${groupName}; it has ${file.keys().join(', ') || 'none'}: name one with --group`,
    );
  }
  const attributes: Record<string, unknown> = {};
  for (const [key, attribute] of Object.entries(group.attrs)) attributes[key] = attribute.value;
  return { datasets: datasetsOf(group), attributes };
}

function toDatasets({ mixture, parameters, criterion, heldOutCriterion }: ModelState): Map<string, Values> {
  const { components, dimensions, componentPrior, weightPrior } = mixture;
  const type = covarianceOf(mixture);
  const datasets = new Map<string, Values>();
  const put = (name: string, values: ArrayLike<number> | undefined, shape: readonly number[]): void => {
    if (values && values.length > 0) datasets.set(name, { data: Float64Array.from(values), shape });
  };
  const { concentration, nu } = parameters;
  const groups = groupsOf(parameters.covariances, type.size(dimensions)).flatMap((group) => [
    ...type.toFile(group, dimensions),
  ]);
  put('means', parameters.means, [components, dimensions]);
  put('log_weights', parameters.logWeights, [components]);
  put('cov', groups, [...(type.shared ? [] : [components]), ...type.shape(dimensions)]);
  put('counts', parameters.counts, [components]);
  put('alpha', concentration, concentration?.length === 2 * components ? [components, 2] : [components]);
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

async function toState(
  datasets: ReadonlyMap<string, Values>,
  attributes: Readonly<Record<string, unknown>>,
  name: string,
  options: LoadOptions,
): Promise<ModelState> {
  if (Number(attributes.format_version ?? 0) > FORMAT_VERSION) {
    throw new DataError(
      `${name} is of format version ${attributes.format_version}, newer than this megamix knows: update it`,
    );
  }
  checkChecksum(datasets, attributes.checksum, name);
  checkNumbers(datasets, attributes, name);
  const model = modelName(attributes.model, options.model, name);
  const take = (key: string, shape?: readonly number[]): Values => {
    const found = datasets.get(key);
    if (!found) throw new DataError(`${name} has no dataset '${key}', which a ${model} needs`);
    if (shape && found.shape.join() !== shape.join()) {
      throw new DataError(
        `${name}: '${key}' has the shape (${found.shape.join(', ')}), expected (${shape.join(', ')})`,
      );
    }
    return found;
  };
  const optional = (key: string, shape: readonly number[]): Float64Array | undefined =>
    datasets.has(key) ? take(key, shape).data : undefined;

  const means = take('means');
  if (means.shape.length !== 2)
    throw new DataError(`${name}: 'means' has ${means.shape.length} dimensions, expected 2`);
  const [components, dimensions] = means.shape as [number, number];
  const covariance = takes(model, 'covariance')
    ? covarianceName(attributes.covariance_type, take('cov'), dimensions, datasets.get('inv prec prior'), name)
    : null;
  const { variational } = models[model].components;
  const logWeights = take('log_weights', [components]).data;
  const bare: Mixture = {
    model,
    covariance,
    components,
    dimensions,
    regCovar: typeof attributes.reg_covar === 'number' ? attributes.reg_covar : 1e-6,
    weightPrior: {
      alpha0: 1 / components,
      discount: discountOf(model, attributes.discount, options.discount, name),
    },
  };
  const type = covarianceOf(bare);
  const groups = type.shared ? 1 : components;
  const mixture: Mixture = variational ? withPrior(bare, take) : bare;
  const covariances = new Float64Array(groups * type.size(dimensions));
  if (covariance !== null) {
    const stored = take('cov', [...(type.shared ? [] : [components]), ...type.shape(dimensions)]).data;
    const size = stored.length / groups;
    for (let g = 0; g < groups; g++) {
      covariances.set(type.fromFile(stored.subarray(g * size, (g + 1) * size), dimensions), g * type.size(dimensions));
    }
  }
  const counts = optional('counts', [components]) ?? (await impliedCounts(logWeights, options.rows, name));
  const alphaShape = models[model].weights.concentrationSize === 2 ? [components, 2] : [components];
  const implied = assume(mixture, means.data, covariances, counts);
  const parameters: Parameters = {
    ...implied,
    logWeights,
    concentration: implied.concentration && (optional('alpha', alphaShape) ?? implied.concentration),
    beta: implied.beta && (optional('beta', [components]) ?? implied.beta),
    nu: implied.nu && (optional('nu', type.shared ? [] : [components]) ?? implied.nu),
  };
  try {
    checkPrior(mixture);
    compile(mixture, parameters);
  } catch (error) {
    throw new DataError(`${name} holds no usable model: ${messageOf(error)}`);
  }
  return {
    mixture,
    parameters,
    iterations: Number(attributes.iter ?? 0),
    criterion: [...(datasets.get('criterion')?.data ?? [])],
    heldOutCriterion: datasets.has('heldout_criterion') ? [...datasets.get('heldout_criterion')!.data] : null,
  };
}

function withPrior(mixture: Mixture, take: (key: string, shape: readonly number[]) => Values): Mixture {
  const type = covarianceOf(mixture);
  const { dimensions, weightPrior } = mixture;
  const [alpha0, beta0, nu0] = take('initial parameters', [3]).data as unknown as [number, number, number];
  return {
    ...mixture,
    weightPrior: { ...weightPrior, alpha0 },
    componentPrior: {
      beta0,
      nu0,
      mean: take('means prior', [dimensions]).data,
      scale: type.fromFile(take('inv prec prior', type.shape(dimensions)).data, dimensions),
    },
  };
}

/** A prior must be one: positive definite, with enough degrees of freedom. */
function checkPrior(mixture: Mixture): void {
  const { componentPrior: prior, dimensions } = mixture;
  if (!prior) return;
  const type = covarianceOf(mixture);
  const { order } = type.wishart(dimensions);
  if (!(prior.nu0 > order - 1)) throw new DataError(`ν₀ is ${prior.nu0}, expected more than ${order - 1}`);
  const { singularColumn } = type.factorise(prior.scale, dimensions, new Float64Array(prior.scale.length));
  if (singularColumn !== undefined)
    throw new DataError(`'inv prec prior' is not positive definite (column ${singularColumn + 1})`);
}

function modelName(stored: unknown, asked: ModelName | undefined, name: string): ModelName {
  if (typeof stored !== 'string') {
    if (asked) return asked;
    throw new DataError(`${name} does not say which model it is: say --model ${Object.keys(models).join('|')}`);
  }
  if (!Object.hasOwn(models, stored)) throw new DataError(`${name} holds a ${stored}, which is not known here`);
  if (asked && asked !== stored) throw new DataError(`${name} holds a ${stored}, not the ${asked} that was asked for`);
  return stored as ModelName;
}

/** As stored, else by the shape of the covariances; K = D matrices are tied where symmetric, as K × D variances are not. */
function covarianceName(
  stored: unknown,
  { data, shape }: Values,
  dimensions: number,
  prior: Values | undefined,
  name: string,
): CovarianceName {
  if (typeof stored === 'string' && Object.hasOwn(covarianceTypes, stored)) return stored as CovarianceName;
  if (stored !== undefined) throw new DataError(`${name}: covariance type ${String(stored)} is not known here`);
  if (shape.length === 3) return 'full';
  if (shape.length === 1) return 'spherical';
  if (shape.length !== 2)
    throw new DataError(`${name}: 'cov' has the shape (${shape.join(', ')}), which is no covariance type's`);
  if (prior) return prior.shape.length === 2 ? 'tied' : 'diagonal';
  const symmetric = data.every(
    (value, at) => value === data[(at % dimensions) * dimensions + Math.floor(at / dimensions)],
  );
  return shape[0] === dimensions && symmetric ? 'tied' : 'diagonal';
}

function discountOf(model: ModelName, stored: unknown, asked: number | undefined, name: string): number {
  if (!takes(model, 'discount')) return 0;
  if (typeof stored === 'number' && asked !== undefined && asked !== stored) {
    throw new DataError(`${name} has the discount ${stored}, not the ${asked} that was asked for`);
  }
  const discount = typeof stored === 'number' ? stored : asked;
  if (discount !== undefined && !(discount >= 0 && discount < 1)) {
    throw new DataError(`${name}: the discount is ${discount}, expected a number from 0 up to, but not, 1`);
  }
  if (discount === undefined)
    throw new DataError(`${name} does not say its discount: say --discount (the d of the Pitman-Yor process)`);
  return discount;
}

async function impliedCounts(logWeights: Float64Array, rows: LoadOptions['rows'], name: string): Promise<Float64Array> {
  const total = typeof rows === 'function' ? await rows() : rows;
  if (total === undefined) {
    throw new DataError(`${name} has no counts, so the rows of the data it was fitted to must be known: say --rows N`);
  }
  return logWeights.map((logWeight) => Math.exp(logWeight) * total);
}

function checksum(datasets: ReadonlyMap<string, Values>): string {
  const hash = createHash('sha256');
  for (const key of [...datasets.keys()].sort()) {
    const { data } = datasets.get(key)!;
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** What every number of a dataset must be, beside finite. */
const ranges: Readonly<Record<string, readonly [holds: (value: number) => boolean, expected: string]>> = {
  log_weights: [(value) => value <= 1e-9, 'logarithms of weights, at most 0'],
  counts: [(value) => value >= 0, 'counts, at least 0'],
  alpha: [(value) => value > 0, 'numbers > 0'],
  beta: [(value) => value > 0, 'numbers > 0'],
  nu: [(value) => value > 0, 'numbers > 0'],
  'initial parameters': [(value) => value > 0, 'α₀, β₀, ν₀ > 0'],
};

function checkNumbers(
  datasets: ReadonlyMap<string, Values>,
  attributes: Readonly<Record<string, unknown>>,
  name: string,
): void {
  for (const [key, { data }] of datasets) {
    const [holds, expected] = ranges[key] ?? [() => true, 'finite numbers'];
    const bad = data.find((value) => !Number.isFinite(value) || !holds(value));
    if (bad !== undefined)
      throw new DataError(`${name}: '${key}' holds ${bad}, expected ${expected}: the file is damaged`);
  }
  const { iter = 0, reg_covar: regCovar = 0 } = attributes;
  if (!Number.isSafeInteger(Number(iter)) || Number(iter) < 0)
    throw new DataError(`${name}: iter is ${iter}, expected a whole number ≥ 0`);
  if (typeof regCovar !== 'number' || !(regCovar >= 0))
    throw new DataError(`${name}: reg_covar is ${regCovar}, expected a number ≥ 0`);
}

function checkChecksum(datasets: ReadonlyMap<string, Values>, stored: unknown, name: string): void {
  if (typeof stored === 'string' && stored !== checksum(datasets)) {
    throw new DataError(`${name} is damaged: its numbers do not match their checksum`);
  }
}
