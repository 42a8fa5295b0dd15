// Which model and covariance type a file holds.
import { DataError } from '../errors.ts';
import type { ShapedValues } from '../files/hdf5.ts';
import { type CovarianceName, covarianceTypes } from '../mixture/covariance/index.ts';
import { type DistanceName, distances } from '../mixture/distance.ts';
import { type ModelName, models, takes } from '../mixture/model-table.ts';
import { printable } from '../util/shown.ts';

/** Which model a file holds: as stored, else as asked for. */
export function modelName(stored: unknown, asked: ModelName | undefined, name: string): ModelName {
  if (typeof stored !== 'string') {
    if (asked) return asked;
    throw new DataError(
      'needs-setting',
      `${name} does not say which model it is: say model: ${Object.keys(models).join('|')}`,
      { source: name, setting: 'model' },
    );
  }
  if (!Object.hasOwn(models, stored))
    throw new DataError('bad-model', `${name} holds a ${printable(stored)}, which is not known here`, { source: name });
  if (asked && asked !== stored)
    throw new DataError('mismatch', `${name} holds a ${stored}, not the ${asked} that was asked for`, {
      source: name,
      setting: 'model',
    });
  return stored as ModelName;
}

/** As stored, else by the shape of the covariances; K = D matrices are tied where symmetric, as K × D variances are not. */
export function covarianceName(
  stored: unknown,
  { data, shape }: ShapedValues,
  dimensions: number,
  prior: ShapedValues | undefined,
  name: string,
): CovarianceName {
  if (typeof stored === 'string' && Object.hasOwn(covarianceTypes, stored)) return stored as CovarianceName;
  if (stored !== undefined)
    throw new DataError('bad-model', `${name}: covariance type ${printable(String(stored))} is not known here`, {
      source: name,
    });
  if (shape.length === 3) return 'full';
  if (shape.length === 1) return 'spherical';
  if (shape.length !== 2)
    throw new DataError(
      'bad-model',
      `${name}: 'cov' has the shape (${shape.join(', ')}), which is no covariance type's`,
      { source: name },
    );
  if (prior) return prior.shape.length === 2 ? 'tied' : 'diagonal';
  const symmetric = data.every(
    (value, at) => value === data[(at % dimensions) * dimensions + Math.floor(at / dimensions)],
  );
  return shape[0] === dimensions && symmetric ? 'tied' : 'diagonal';
}

/** The distance of a K-means, if it is not Euclidean. */
export function distanceOf(model: ModelName, stored: unknown, name: string): { readonly distance?: DistanceName } {
  if (!takes(model, 'distance') || stored === undefined) return {};
  if (typeof stored === 'string' && Object.hasOwn(distances, stored)) return { distance: stored as DistanceName };
  throw new DataError('bad-model', `${name}: the distance ${printable(String(stored))} is not known here`, {
    source: name,
  });
}

/** As stored, else as asked for; 0 for models without one. */
export function discountOf(model: ModelName, stored: unknown, asked: number | undefined, name: string): number {
  if (!takes(model, 'discount')) return 0;
  if (typeof stored === 'number' && asked !== undefined && asked !== stored) {
    throw new DataError('mismatch', `${name} has the discount ${stored}, not the ${asked} that was asked for`, {
      source: name,
      setting: 'discount',
    });
  }
  const discount = typeof stored === 'number' ? stored : asked;
  if (discount !== undefined && !(discount >= 0 && discount < 1)) {
    throw new DataError(
      'bad-model',
      `${name}: the discount is ${discount}, expected a number from 0 up to, but not, 1`,
      { source: name },
    );
  }
  if (discount === undefined)
    throw new DataError(
      'needs-setting',
      `${name} does not say its discount: say discount (the d of the Pitman-Yor process)`,
      { source: name, setting: 'discount' },
    );
  return discount;
}
