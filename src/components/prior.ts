import { full } from '../covariance/full.ts';
import type { CovarianceType } from '../covariance/type.ts';
import { FitError, SettingError } from '../errors.ts';
import type { ComponentPrior } from './type.ts';

/** What may be set of the prior; the rest follows from the data. */
export interface PriorSettings {
  readonly beta0?: number | undefined;
  readonly nu0?: number | undefined;
}

/**
 * The default prior: β₀ = 1, ν₀ = D, and the mean and covariance of the data.
 *
 * @throws SettingError where ν₀ is too small for the number of dimensions.
 */
export function componentPrior(
  type: CovarianceType,
  mean: Float64Array,
  scale: Float64Array,
  { beta0 = 1, nu0 }: PriorSettings,
): ComponentPrior {
  const dimensions = mean.length;
  const least = type.wishart(dimensions).order - 1;
  if (nu0 !== undefined && nu0 <= least) {
    throw new SettingError(`nu0: received ${nu0}, expected more than ${least} for ${dimensions} dimensions`);
  }
  return { beta0, nu0: nu0 ?? dimensions, mean, scale };
}

/**
 * The covariance of the data, to which regCovar · I is added, and `warn` told why, where it is not positive definite.
 *
 * @throws FitError where that does not help.
 */
export function positiveDefinite(
  type: CovarianceType,
  mean: Float64Array,
  covariance: Float64Array,
  regCovar: number,
  warn: (message: string) => void,
): Float64Array {
  const columns = dependentColumns(type, covariance, mean);
  if (columns.length === 0) return covariance;
  const several = columns.length > 1;
  const names = `column${several ? 's' : ''} ${columns.map((column) => column + 1).join(', ')}`;
  const why = `the covariance of the data is singular: ${names} ${several ? 'are constant or follow' : 'is constant or follows'} from other columns`;
  const dimensions = mean.length;
  const raised = covariance.slice();
  type.addIdentity(raised, dimensions, regCovar / type.wishart(dimensions).repeats);
  if (dependentColumns(type, raised, mean).length > 0) {
    throw new FitError(`${why}; drop them, or raise --reg-covar / regCovar (now ${regCovar})`);
  }
  warn(`${why}; ${regCovar} (regCovar) was added to every variance of the prior`);
  return raised;
}

/** The columns that are constant, or linear combinations of those before them, up to rounding. */
function dependentColumns(type: CovarianceType, covariance: Float64Array, mean: Float64Array): number[] {
  const dimensions = mean.length;
  const matrix = full.fromFile(type.toMatrix(covariance, dimensions), dimensions);
  const factor = new Float64Array(matrix.length);
  const columns: number[] = [];
  for (const [j, value] of mean.entries()) {
    if (type.variance(covariance, j) > (4 * Number.EPSILON * value) ** 2) continue;
    columns.push(j);
    isolate(matrix, dimensions, j);
  }
  for (;;) {
    const { singularColumn } = full.factorise(matrix, dimensions, factor);
    if (singularColumn === undefined) return columns.sort((a, b) => a - b);
    columns.push(singularColumn);
    isolate(matrix, dimensions, singularColumn);
  }
}

/** Makes a column independent of all others. */
function isolate(matrix: Float64Array, dimensions: number, column: number): void {
  for (let i = 0, at = 0; i < dimensions; i++) {
    for (let j = 0; j <= i; j++, at++) if (i === column || j === column) matrix[at] = i === j ? 1 : 0;
  }
}
