// The model file: its contents, and what may be missing.
import { stat } from 'node:fs/promises';
import { DataError, FileError, fileError } from '../errors.ts';
import { checkWritable } from '../files/atomic.ts';
import { checkedSteps } from '../files/group-names.ts';
import type { ShapedValues } from '../files/hdf5.ts';
import type { StoredGroup } from '../files/hdf5-group.ts';
import type { Attribute, GroupToWrite, IsStale } from '../files/hdf5-writer.ts';
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
import { readGroupInThread } from '../sources/thread/reader-thread.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import { abortSignal, anything, type OptionTable, oneOf, text } from '../util/options.ts';
import { sum } from '../util/vector.ts';
import {
  areCounts,
  checkNumbers,
  checkParameters,
  checkSeal,
  checkSymmetric,
  checksum,
  checkWeights,
  covarianceTitle,
  FORMAT_VERSION,
  parseFrontEnd,
  sealOf,
} from './model-checks.ts';
import { covarianceName, discountOf, modelName } from './model-names.ts';

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

/**
 * Options of `MixtureModel.load`; all but `group` and `signal` are for files that lack something, as those of the
 * Python package.
 */
export interface LoadOptions {
  /** Group in the file; default 'model_fitted'. */
  readonly group?: string | undefined;
  /** Kind of model, if the file does not say. */
  readonly model?: ModelName | undefined;
  /** Number of rows that it was fitted to, or a function that returns it; required if the file has no counts. */
  readonly rows?: number | (() => Promise<number>) | undefined;
  /** Discount of a Pitman–Yor process, in [0, 1), if the file does not say. */
  readonly discount?: number | undefined;
  /** Ends the reading, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `MixtureModel.save`. */
export interface SaveOptions {
  /** Group in the file; default 'model_fitted'. */
  readonly group?: string | undefined;
}

export const groupOptions = { group: text } satisfies OptionTable<SaveOptions>;

export const loadOptions = {
  ...groupOptions,
  model: oneOf(models),
  rows: anything,
  discount: anything,
  signal: abortSignal,
} satisfies OptionTable<LoadOptions>;

/** Where models are unless another group is named. */
export const DEFAULT_GROUP = 'model_fitted';

/** Contents of a group that is to be written. */
export type Stored = Pick<GroupToWrite, 'datasets' | 'attributes'>;

/** Writes a model into a group of an HDF5 file, whole or not at all; other groups of the file stay, but for stale ones. */
export async function saveModel(
  path: string,
  state: ModelState,
  group: string = DEFAULT_GROUP,
  extras?: Stored,
  isStale?: IsStale,
): Promise<void> {
  await saveGroups(path, new Map([[group, storedModel(state, extras)]]), isStale);
}

/** Writes several groups into an HDF5 file, all or none; other groups of the file stay, but for stale ones. */
export async function saveGroups(path: string, groups: ReadonlyMap<string, Stored>, isStale?: IsStale): Promise<void> {
  const { writeGroups } = await import('../files/hdf5-writer.ts');
  const named = Array.from(groups, ([name, { datasets, attributes }]) => {
    const seal = sealOf({ datasets, attributes });
    return { name, datasets, attributes: { ...attributes, seal } };
  });
  await writeGroups(path, named, isStale);
}

/** A model as its group holds it, with further contents. */
export function storedModel(state: ModelState, extras?: Stored): Stored {
  const { mixture, iterations, frontEnd } = state;
  const attributes: Record<string, Attribute> = {
    iter: Int32Array.of(iterations),
    model: mixture.model,
    reg_covar: mixture.regCovar,
    discount: mixture.weightPrior.discount,
    ...extras?.attributes,
  };
  if (mixture.covariance !== null) attributes.covariance_type = mixture.covariance;
  return sealed({ datasets: new Map([...toDatasets(state), ...(extras?.datasets ?? [])]), attributes }, frontEnd);
}

/** Contents of a group with what all have: how sound became rows, the time, the version of the format, and the checksum. */
export function sealed({ datasets, attributes }: Stored, frontEnd: FrontEnd | undefined): Stored {
  const seal = { time: Date.now() / 1000, format_version: Int32Array.of(FORMAT_VERSION), checksum: checksum(datasets) };
  const sound = frontEnd && { front_end: JSON.stringify(frontEnd) };
  return { datasets, attributes: { ...attributes, ...seal, ...sound } };
}

/** Fails now if `saveModel` would fail later. */
export async function checkSavable(path: string, group: string = DEFAULT_GROUP, isStale?: IsStale): Promise<void> {
  const isNew = await stat(path).then(
    ({ size }) => size === 0,
    () => true,
  );
  if (isNew) {
    checkedSteps(group);
    return checkWritable(path);
  }
  const { checkGroups } = await import('../files/hdf5-writer.ts');
  await checkGroups(path, [group], isStale);
}

/**
 * Reads a model.
 *
 * @throws DataError where the file is damaged, no model, or does not say what `options` must say then; FileError where it cannot be read.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<ModelState> {
  const { group, signal } = options;
  const stored = await readStored(path, group, signal).catch(async (error) => {
    const isMissing = error instanceof DataError && error.code === 'unknown-dataset';
    throw isMissing && (await hasModel(path, stateGroupOf(group))) ? noModelYet(path, group) : error;
  });
  if (isBeginning(stored)) throw noModelYet(path, group);
  return modelOf(stored, path, options);
}

/** What a group of a model file holds, after a check that it is what was written. */
export async function readStored(path: string, group: string | undefined, signal?: AbortSignal): Promise<StoredGroup> {
  try {
    await checkRegular(path);
    const stored = await readGroupInThread(path, group ?? DEFAULT_GROUP, signal);
    checkSeal(stored, nameOf(path, group));
    return stored;
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** HDF5 looks here and there in a file, which it could wait for without end where that is a pipe. */
async function checkRegular(path: string): Promise<void> {
  const status = await stat(path);
  if (status.isFile() || status.isDirectory()) return; // the system says of a directory that it is one
  throw new FileError('not-a-file', `${path} cannot be read: a model is in a regular file, not in a pipe or a device`, {
    path,
  });
}

/** The model that a group holds. */
export async function modelOf(
  { datasets, attributes }: StoredGroup,
  path: string,
  options: LoadOptions,
): Promise<ModelState> {
  try {
    return await toState(datasets, attributes, nameOf(path, options.group), options);
  } catch (error) {
    throw fileError(error, path, 'read'); // rows may have to be counted
  }
}

/** A group as messages name it. */
export const nameOf = (path: string, group: string | undefined): string =>
  group === undefined ? path : `${path}:/${group}`;

/** The group that holds the state of an online fit, beside the group of its model. */
export const stateGroupOf = (group: string = DEFAULT_GROUP): string => `${group}_online`;

/** Whether a group holds the state of an online fit that has no model yet. */
export const isBeginning = ({ datasets, attributes }: StoredGroup): boolean =>
  !datasets.has('log_weights') && typeof attributes.online_settings === 'string';

const noModelYet = (path: string, group: string | undefined): DataError =>
  new DataError(
    'unknown-dataset',
    `${nameOf(path, group)} holds no model yet, only the first rows of an online fit: go on with it`,
    { source: path, setting: 'resume' },
  );

/** Whether an HDF5 file has such a group, whatever is in it. */
export async function hasModel(path: string, group: string = DEFAULT_GROUP): Promise<boolean> {
  try {
    await checkRegular(path);
    return await (await import('../files/hdf5-group.ts')).hasGroup(path, group);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

function toDatasets({ mixture, parameters, criterion, heldOutCriterion }: ModelState): Map<string, ShapedValues> {
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

async function toState(
  datasets: ReadonlyMap<string, ShapedValues>,
  attributes: Readonly<Record<string, unknown>>,
  name: string,
  options: LoadOptions,
): Promise<ModelState> {
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
    (holdsCounts ? countsOf(logWeights) : await impliedCounts(logWeights, options.rows, name));
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

async function impliedCounts(logWeights: Float64Array, rows: LoadOptions['rows'], name: string): Promise<Float64Array> {
  const total = typeof rows === 'function' ? await rows() : rows;
  if (total === undefined) {
    throw new DataError(
      'needs-setting',
      `${name} has no counts, so the rows of the data it was fitted to must be known: say rows: N`,
      { source: name, setting: 'rows' },
    );
  }
  return logWeights.map((logWeight) => Math.exp(logWeight) * total);
}
