// The default prior, and data whose covariance is singular.
import { FitError, SettingError } from '../../errors.ts';
import { isConstant } from '../covariance/constant-column.ts';
import type { CovarianceType } from '../covariance/covariance-type.ts';
import type { ComponentPrior } from './component-family.ts';

/** β₀ by default: how many rows the prior mean is worth. */
export const DEFAULT_BETA0 = 1;

/** Settings of the prior; the rest follows from the data. */
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
  { beta0 = DEFAULT_BETA0, nu0 }: PriorSettings,
): ComponentPrior {
  const dimensions = mean.length;
  const least = type.wishart(dimensions).order - 1;
  if (nu0 !== undefined && nu0 <= least) {
    throw new SettingError(
      'bad-setting',
      `nu0: received ${nu0}, expected more than ${least} for ${dimensions} dimensions`,
      { setting: 'nu0' },
    );
  }
  return { beta0, nu0: nu0 ?? dimensions, mean, scale };
}

/** Columns that messages name one by one. */
const MOST_NAMED = 5;

/**
 * The covariance of the data, to which regCovar · I is added, with a call of `warn`, where it is not positive definite.
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
  const constant = constantColumns(type, covariance, mean);
  if (isPositiveDefinite(type, covariance, mean.length, constant)) return covariance;
  const why = `the covariance of the data is singular: ${reasonFor(type, covariance, mean.length, constant)}`;
  const raised = covariance.slice();
  type.addIdentity(raised, mean.length, regCovar / type.wishart(mean.length).repeats);
  if (!isPositiveDefinite(type, raised, mean.length, constantColumns(type, raised, mean))) {
    throw new FitError('singular', `${why}; ${remedyFor(type, covariance, mean, regCovar)}`, { setting: 'regCovar' });
  }
  warn(`${why}; ${regCovar} (regCovar) was added to every variance of the prior`);
  return raised;
}

function constantColumns(type: CovarianceType, covariance: Float64Array, mean: Float64Array): number[] {
  return [...mean.keys()].filter((j) => isConstant(type, covariance, j, mean[j]!));
}

/** By the factorisation that the fit will use. */
function isPositiveDefinite(
  type: CovarianceType,
  covariance: Float64Array,
  dimensions: number,
  constant: readonly number[],
): boolean {
  if (constant.length > 0) return false;
  return type.factorise(covariance, dimensions, new Float64Array(covariance.length)).singularColumn === undefined;
}

/** Which columns make a covariance singular: constant ones first. */
function reasonFor(
  type: CovarianceType,
  covariance: Float64Array,
  dimensions: number,
  constant: readonly number[],
): string {
  const columns = [...constant, ...type.dependentColumns(covariance, dimensions, constant)];
  if (columns.length === 0) return 'some columns nearly follow from others';
  const named = columns.slice(0, MOST_NAMED).map((column) => column + 1);
  const [only] = columns.length === 1 ? named : [];
  if (only !== undefined) return `column ${only} is constant or follows from other columns`;
  const rest = columns.length > MOST_NAMED ? ', …' : '';
  const list = `${named.join(', ')}${rest}`;
  const which = rest === '' ? `columns ${list}` : `${columns.length} columns (${list})`;
  return `${which} are constant or follow from other columns`;
}

/** Remedy; rows far from all others hide that columns differ, and show in the column of largest variance. */
function remedyFor(type: CovarianceType, covariance: Float64Array, mean: Float64Array, regCovar: number): string {
  let widest = 0;
  for (let j = 1; j < mean.length; j++) {
    if (type.variance(covariance, j) > type.variance(covariance, widest)) widest = j;
  }
  const deviation = Math.sqrt(type.variance(covariance, widest)).toPrecision(3);
  return (
    `drop them, or rows far from all others, which hide how columns differ (column ${widest + 1} has the mean ` +
    `${mean[widest]!.toPrecision(3)} and the standard deviation ${deviation}), or raise regCovar (now ${regCovar})`
  );
}
