// The attributes of scikit-learn's fitted mixtures and K-means, by name, as a model, and a model as these.
import { DataError } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { factoriseGroups } from '../../mixture/compile.ts';
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import { covarianceOf, rowOf } from '../../mixture/mixture.ts';
import { type ModelName, models, takes } from '../../mixture/model-table.ts';
import { printable } from '../../util/shown.ts';
import { datasetsOf, type ModelState } from '../model-contents.ts';
import { distanceOf } from '../model-names.ts';
import { type GivenNumbers, stateFromNumbers } from './from-numbers.ts';
import type { NamedArrays } from './npz-reader.ts';
import { type NumberTable, splitInto } from './number-table.ts';

/** Covariance types by the names of scikit-learn. */
const types: Readonly<Record<string, CovarianceName>> = {
  full: 'full',
  diag: 'diagonal',
  spherical: 'spherical',
  tied: 'tied',
  // those that scikit-learn does not have
  'tied-diagonal': 'tied-diagonal',
  'tied-spherical': 'tied-spherical',
};

const PRIORS = ['weight_concentration_prior_', 'mean_precision_prior_', 'degrees_of_freedom_prior_'] as const;

/** The attributes that are read; `counts`, `discount`, `distance` and `covariance_type` are ours. */
export const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...[
    'cluster_centers_',
    'weights_',
    'means_',
    'covariances_',
    'precisions_',
    'precisions_cholesky_',
    'covariance_type',
  ],
  ...['weight_concentration_', 'mean_precision_', 'degrees_of_freedom_', 'mean_prior_', 'covariance_prior_', ...PRIORS],
  ...['counts', 'discount', 'distance'],
]);

/** Whether arrays are scikit-learn's. */
export const isScikitLearn = (arrays: ReadonlyMap<string, unknown>): boolean =>
  arrays.has('means_') || arrays.has('cluster_centers_');

/** What completes arrays that do not say all. */
export interface ArraysCompletion {
  readonly model?: ModelName | undefined;
  readonly covariance?: CovarianceName | undefined;
  readonly rows?: number | undefined;
  readonly discount?: number | undefined;
}

/** The model that has these attributes. */
export function fromScikitLearn({ arrays, texts }: NamedArrays, name: string, asked: ArraysCompletion): ModelState {
  const table = (key: string): NumberTable | undefined => (arrays.has(key) ? tableOf(arrays.get(key)!) : undefined);
  const number = (key: string): number | undefined => arrays.get(key)?.data[0];
  const centres = table('cluster_centers_');
  if (centres) {
    const distance = distanceOf('kmeans', texts.get('distance'), name);
    return stateFromNumbers('kmeans', { means: centres, counts: table('counts'), ...distance }, name);
  }
  const concentration = arrays.get('weight_concentration_');
  const implied = concentration ? (concentration.shape.length === 2 ? 'dpgmm' : 'vbgmm') : 'gmm';
  const model = asked.model ?? (arrays.has('discount') ? 'pypgmm' : implied);
  const covariances = table('covariances_');
  const precisions = covariances ? undefined : (table('precisions_') ?? squared(arrays.get('precisions_cholesky_')));
  const gaussian: GivenNumbers = {
    means: table('means_')!,
    covariances,
    precisions,
    covariance: asked.covariance ?? typeOf(texts.get('covariance_type'), name),
    weights: table('weights_'),
    counts: table('counts') ?? countsOf(arrays),
    rows: asked.rows,
  };
  if (!models[model].components.variational) return stateFromNumbers(model, gaussian, name);
  const [alpha0, beta0, nu0] = PRIORS.map(number);
  return stateFromNumbers(
    model,
    {
      ...gaussian,
      ...{ alpha0, beta0, nu0 },
      meansPrior: table('mean_prior_'),
      inversePrecisionPrior: table('covariance_prior_'),
      ...(takes(model, 'discount') && { discount: asked.discount ?? number('discount') }),
    },
    name,
  );
}

/** β − β₀ is the number of rows. */
function countsOf(arrays: NamedArrays['arrays']): NumberTable | undefined {
  const beta = arrays.get('mean_precision_');
  const prior = arrays.get('mean_precision_prior_')?.data[0];
  return beta && prior !== undefined ? beta.data.map((value) => Math.max(0, value - prior)) : undefined;
}

function typeOf(text: string | undefined, name: string): CovarianceName | undefined {
  if (text === undefined || Object.hasOwn(types, text)) return text === undefined ? undefined : types[text];
  throw new DataError(
    'bad-model',
    `${name}: covariance_type is "${printable(text)}", expected ${Object.keys(types).join(', ')}`,
    {
      source: name,
    },
  );
}

/** Numbers as arrays in arrays. */
function tableOf({ data, shape }: ShapedValues): NumberTable {
  if (shape.length < 2) return data;
  const [length, ...inner] = shape as [number, ...number[]];
  return splitInto(data, length).map((part) => tableOf({ data: part, shape: inner }));
}

/** U Uᵀ of matrices of two or three dimensions of the same order; of other numbers the squares. */
function squared(cholesky: ShapedValues | undefined): NumberTable | undefined {
  if (!cholesky) return undefined;
  const { data, shape } = cholesky;
  const [order, other] = shape.slice(-2) as [number, number];
  const isMatrix = shape.length === 3 || (shape.length === 2 && order === other && isTriangular(data, order));
  if (!isMatrix || order !== other) return tableOf({ data: data.map((value) => value * value), shape });
  const out = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += order * order) {
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) {
        for (let l = 0; l < order; l++)
          out[start + i * order + j]! += data[start + i * order + l]! * data[start + j * order + l]!;
      }
    }
  }
  return tableOf({ data: out, shape });
}

const isTriangular = (data: Float64Array, order: number): boolean =>
  data.every((value, at) => at % order >= Math.floor(at / order) || value === 0);

/** A model as the attributes of an estimator of scikit-learn. */
export function toScikitLearn(state: ModelState): NamedArrays {
  const { mixture, parameters } = state;
  const { components, dimensions, componentPrior, weightPrior, covariance } = mixture;
  const datasets = datasetsOf(state);
  const arrays = new Map<string, ShapedValues>();
  const put = (name: string, values: ShapedValues | undefined): void => void (values && arrays.set(name, values));
  const scalar = (value: number): ShapedValues => ({ data: Float64Array.of(value), shape: [] });
  put('counts', datasets.get('counts'));
  if (covariance === null) {
    put('cluster_centers_', datasets.get('means'));
    return { arrays, texts: new Map(mixture.distance === undefined ? [] : [['distance', mixture.distance]]) };
  }
  put('weights_', { data: rowOf(mixture).weights.expected(parameters), shape: [components] });
  put('means_', datasets.get('means'));
  put('covariances_', datasets.get('cov'));
  put('precisions_cholesky_', { data: choleskyOf(state), shape: datasets.get('cov')!.shape });
  if (componentPrior) {
    const { concentration } = parameters;
    const isSticks = concentration!.length > components;
    const pairs = (values: Float64Array): Float64Array =>
      Float64Array.from(values, (_, i) => values[(i % components) * 2 + Math.floor(i / components)]!);
    put('weight_concentration_', {
      data: isSticks ? pairs(concentration!) : concentration!,
      shape: isSticks ? [2, components] : [components],
    });
    put('mean_precision_', datasets.get('beta'));
    put('degrees_of_freedom_', datasets.get('nu'));
    put('weight_concentration_prior_', scalar(weightPrior.alpha0));
    put('mean_precision_prior_', scalar(componentPrior.beta0));
    put('degrees_of_freedom_prior_', scalar(componentPrior.nu0));
    put('mean_prior_', { data: componentPrior.mean, shape: [dimensions] });
    put('covariance_prior_', datasets.get('inv prec prior'));
    if (takes(mixture.model, 'discount')) put('discount', scalar(weightPrior.discount));
  }
  const [name] = Object.entries(types).find(([, type]) => type === covariance)!;
  return { arrays, texts: new Map([['covariance_type', name]]) };
}

/** U with U Uᵀ = Σ⁻¹, which for matrices is the transpose of our factor. */
function choleskyOf({ mixture, parameters }: ModelState): Float64Array {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const { factors, all } = factoriseGroups(mixture, parameters);
  if (type.shape(dimensions).length < 2) return all;
  const out = new Float64Array(factors.length * dimensions ** 2);
  for (const [g, factor] of factors.entries()) {
    for (let i = 0, at = 0; i < dimensions; i++) {
      for (let j = 0; j <= i; j++) out[g * dimensions ** 2 + j * dimensions + i] = factor[at++]!;
    }
  }
  return out;
}
