// The checksum of a model file, and numbers that no model can have.
import { createHash } from 'node:crypto';
import { DataError, messageOf } from '../errors.ts';
import type { ShapedValues } from '../files/hdf5.ts';
import { compile } from '../mixture/compile.ts';
import { groupsOf } from '../mixture/components/scatter.ts';
import { type CovarianceName, covarianceTypes } from '../mixture/covariance/index.ts';
import { covarianceOf, type Mixture, type Parameters } from '../mixture/mixture.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import {
  columnsOf,
  type FrontEnd,
  type FrontEndSettings,
  frontEndAt,
  type RowFrontEnd,
  rowFrontEnd,
} from '../speech/front-end.ts';

/** Newer files may hold what this version does not understand. */
export const FORMAT_VERSION = 1;

/** SHA-256 over the datasets in the order of their names. */
export function checksum(datasets: ReadonlyMap<string, ShapedValues>): string {
  const hash = createHash('sha256');
  for (const key of [...datasets.keys()].sort()) {
    const { data } = datasets.get(key)!;
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** What a group holds, as far as its seal is concerned. */
interface Sealable {
  readonly datasets: ReadonlyMap<string, ShapedValues>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * The names of all that a group holds, and SHA-256 over them, the shapes and numbers of the datasets, and the attributes. What is
 * added later is not under the seal.
 */
export function sealOf(group: Sealable): string {
  return sealFor(group, [...group.datasets.keys()].sort(), Object.keys(group.attributes).sort());
}

function sealFor(
  { datasets, attributes }: Sealable,
  ofDatasets: readonly string[],
  ofAttributes: readonly string[],
): string {
  const names = JSON.stringify([ofDatasets, ofAttributes]);
  const hash = createHash('sha256').update(names);
  for (const key of ofDatasets) {
    const { data, shape } = datasets.get(key) ?? { data: new Uint8Array(0), shape: [] };
    hash.update(JSON.stringify(shape));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  for (const key of ofAttributes) {
    const value = attributes[key];
    hash.update(`${JSON.stringify(ArrayBuffer.isView(value) ? Number(value) : value)}\n`);
  }
  return `${hash.digest('hex')} ${names}`;
}

function isSealed(group: Sealable, seal: unknown): boolean {
  try {
    const [ofDatasets, ofAttributes] = JSON.parse(String(seal).slice(String(seal).indexOf(' '))) as [
      string[],
      string[],
    ];
    return seal === sealFor(group, ofDatasets, ofAttributes);
  } catch {
    return false; // it is damaged itself
  }
}

/** Remedy for a file whose contents no fit can produce. */
const REMEDY = 'the file is damaged, or was changed: fit the model again, or correct it';

/** Weights may miss a sum of 1 by this much, and matrices their mirror image: the rounding of files in single precision. */
export const ROUNDING = 1e-5;

/** Range of the numbers of each dataset; all must be finite. */
const ranges: Readonly<Record<string, readonly [holds: (value: number) => boolean, expected: string]>> = {
  counts: [(value) => value >= 0, 'counts, at least 0'],
  alpha: [(value) => value > 0, 'numbers > 0'],
  beta: [(value) => value > 0, 'numbers > 0'],
  nu: [(value) => value > 0, 'numbers > 0'],
  'initial parameters': [(value) => value > 0, 'α₀, β₀, ν₀ > 0'],
};

/** Datasets with something for each component along their first axis, but for a tied covariance. */
const OF_COMPONENTS: ReadonlySet<string> = new Set(['means', 'cov', 'counts', 'alpha', 'beta', 'nu']);

/** Rows of data, whose numbers may be missing; and weights, of which models differ in what they expect. */
const CHECKED_ELSEWHERE: ReadonlySet<string> = new Set(['online rows', 'log_weights']);

/** Numbers that no model can have, whatever the file says of itself. */
export function checkNumbers(
  datasets: ReadonlyMap<string, ShapedValues>,
  attributes: Readonly<Record<string, unknown>>,
  name: string,
): void {
  const { format_version: version = 0, iter = 0, reg_covar: regCovar = 0 } = attributes;
  if (Number(version) > FORMAT_VERSION) {
    throw new DataError(
      'unsupported',
      `${name} is of format version ${version}, newer than this megamix knows: update it`,
      { source: name },
    );
  }
  const components = datasets.get('log_weights')?.data.length;
  for (const [key, { data, shape }] of datasets) {
    const [holds, expected] = ranges[key] ?? [() => true, 'finite numbers'];
    if (CHECKED_ELSEWHERE.has(key)) continue;
    const bad = data.findIndex((value) => !Number.isFinite(value) || !holds(value));
    if (bad < 0) continue;
    const isShared = key === 'cov' && covarianceTypes[attributes.covariance_type as CovarianceName]?.shared === true;
    const isOfComponents = OF_COMPONENTS.has(key) && shape[0] === components && !isShared;
    const component = isOfComponents ? Math.floor(bad / (data.length / shape[0]!)) : undefined;
    const place = component === undefined ? '' : ` for component ${component}`;
    throw new DataError('bad-model', `${name}: '${key}' holds ${data[bad]}${place}, expected ${expected}: ${REMEDY}`, {
      source: name,
    });
  }
  if (!Number.isSafeInteger(Number(iter)) || Number(iter) < 0)
    throw new DataError('bad-model', `${name}: iter is ${iter}, expected a whole number ≥ 0`, { source: name });
  if (typeof regCovar !== 'number' || !(regCovar >= 0))
    throw new DataError('bad-model', `${name}: reg_covar is ${regCovar}, expected a number ≥ 0`, { source: name });
}

/** Compares with what the file says, if it does: files of older versions have a checksum of the numbers alone. */
export function checkSeal({ datasets, attributes }: Sealable, name: string): void {
  const { checksum: ofNumbers, seal } = attributes;
  const isRight = ofNumbers === undefined || ofNumbers === checksum(datasets);
  if (isRight && (seal === undefined || isSealed({ datasets, attributes }, seal))) return;
  const what = isRight ? 'what it holds does not match its seal' : 'its numbers do not match their checksum';
  throw new DataError('damaged', `${name} is damaged: ${what}`, { source: name });
}

/** The sum of numbers of which these are the logarithms. */
const totalOf = (logWeights: Float64Array): number => logWeights.reduce((sum, value) => sum + Math.exp(value), 0);

/** Whether the logarithms are of counts of rows, not of weights: the Python package writes those of K-means. */
export const areCounts = (model: ModelName, logWeights: Float64Array): boolean =>
  !models[model].weights.scored && Math.abs(totalOf(logWeights) - 1) > ROUNDING;

/**
 * Weights must be what a fit of the model gives: of variational models expectations of logarithms, else logarithms that belong to
 * numbers with the sum 1. Those of K-means take part in nothing.
 */
export function checkWeights(model: ModelName, logWeights: Float64Array, name: string): void {
  const { weights, components } = models[model];
  const holds = weights.scored
    ? (value: number) => Number.isFinite(value) && value <= ROUNDING
    : (value: number) => value < Number.POSITIVE_INFINITY;
  const bad = logWeights.findIndex((value) => !holds(value));
  if (bad >= 0) {
    throw new DataError(
      'bad-model',
      `${name}: 'log_weights' holds ${logWeights[bad]} for component ${bad}, expected logarithms of weights, at most 0: ${REMEDY}`,
      { source: name },
    );
  }
  if (!weights.scored) return;
  const total = totalOf(logWeights);
  if (components.variational ? total <= 1 + ROUNDING : Math.abs(total - 1) <= ROUNDING) return;
  const expected = components.variational ? 'at most 1' : '1';
  throw new DataError(
    'bad-model',
    `${name}: the weights, exp(log_weights), have the sum ${total.toPrecision(6)}, expected ${expected}: ${REMEDY}`,
    { source: name },
  );
}

/** Matrices, row-major one after the other, must be symmetric. */
export function checkSymmetric(
  matrices: Float64Array,
  dimensions: number,
  ownerOf: (matrix: number) => string,
  name: string,
): void {
  const size = dimensions * dimensions;
  for (let start = 0, g = 0; start < matrices.length; start += size, g++) {
    for (let i = 0; i < dimensions; i++) {
      for (let j = 0; j < i; j++) {
        const [lower, upper] = [matrices[start + i * dimensions + j]!, matrices[start + j * dimensions + i]!];
        const variances = Math.abs(matrices[start + i * (dimensions + 1)]! * matrices[start + j * (dimensions + 1)]!);
        if (lower === upper || Math.abs(lower - upper) <= ROUNDING * Math.sqrt(variances)) continue;
        throw new DataError(
          'bad-model',
          `${name}: ${ownerOf(g)} is not symmetric: row ${i + 1}, column ${j + 1} is ${lower}, its mirror image ${upper}: ${REMEDY}`,
          { source: name, row: i + 1, column: j + 1 },
        );
      }
    }
  }
}

/** Parameters must be such as rows can be scored with. */
export function checkParameters(mixture: Mixture, parameters: Parameters, name: string): void {
  const { order } = covarianceOf(mixture).wishart(mixture.dimensions);
  const few = parameters.nu?.findIndex((value) => !(value > order - 1)) ?? -1;
  if (few >= 0) {
    const whose = covarianceOf(mixture).shared ? '' : ` for component ${few}`;
    throw new DataError(
      'bad-model',
      `${name}: 'nu' holds ${parameters.nu![few]}${whose}, expected more than ${order - 1} for ${mixture.dimensions} dimensions: ${REMEDY}`,
      { source: name },
    );
  }
  try {
    checkPrior(mixture);
    compile(mixture, parameters);
  } catch (error) {
    throw (
      indefinite(mixture, parameters, name) ??
      new DataError('bad-model', `${name} holds no usable model: ${messageOf(error)}`, { source: name, cause: error })
    );
  }
}

/** Error for the first covariance that is not positive definite, if any. */
function indefinite(mixture: Mixture, { covariances }: Parameters, name: string): DataError | undefined {
  const { dimensions } = mixture;
  const type = covarianceOf(mixture);
  const size = type.size(dimensions);
  for (const [g, group] of groupsOf(covariances, size).entries()) {
    const { singularColumn } = type.factorise(group, dimensions, new Float64Array(size));
    if (singularColumn === undefined) continue;
    const variance = type.variance(group, singularColumn);
    const what = variance > 0 ? 'is not positive definite' : `has the variance ${variance}, expected one > 0`;
    return new DataError(
      'bad-model',
      `${name}: ${covarianceTitle(mixture, g)} ${what} (column ${singularColumn + 1}): ${REMEDY}`,
      { source: name },
    );
  }
  return undefined;
}

/** Name of the covariance of a group in error messages. */
export const covarianceTitle = (mixture: Mixture, group: number): string =>
  covarianceOf(mixture).shared ? 'the covariance that all components share' : `the covariance of component ${group}`;

/** A prior must be one: positive definite, with enough degrees of freedom. */
function checkPrior(mixture: Mixture): void {
  const { componentPrior: prior, dimensions } = mixture;
  if (!prior) return;
  const type = covarianceOf(mixture);
  const { order } = type.wishart(dimensions);
  if (!(prior.nu0 > order - 1)) throw new DataError('bad-model', `ν₀ is ${prior.nu0}, expected more than ${order - 1}`);
  const { singularColumn } = type.factorise(prior.scale, dimensions, new Float64Array(prior.scale.length));
  if (singularColumn !== undefined)
    throw new DataError('bad-model', `'inv prec prior' is not positive definite (column ${singularColumn + 1})`);
}

/** The front end as a file has it, checked as if somebody had just set it. */
export function parseFrontEnd(text: unknown, dimensions: number, name: string): FrontEnd | undefined {
  if (text === undefined) return undefined;
  try {
    const frontEnd = checkedFrontEnd(JSON.parse(String(text)) as FrontEndSettings | RowFrontEnd, name);
    const columns = columnsOf(frontEnd);
    if (columns === dimensions) return frontEnd;
    throw new DataError('bad-model', `it gives ${columns} numbers, but the model has ${dimensions} dimensions`);
  } catch (error) {
    throw new DataError('bad-model', `${name}: its front end cannot be used: ${messageOf(error)}`, {
      source: name,
      cause: error,
    });
  }
}

function checkedFrontEnd(settings: FrontEndSettings | RowFrontEnd, name: string): FrontEnd {
  if (settings.features !== 'rows') return frontEndAt(settings, Number(settings.sampleRate), name);
  const { features: _, columns, ...shaping } = settings;
  return rowFrontEnd(shaping, columns, name);
}
