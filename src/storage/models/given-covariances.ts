// Covariances or precisions that are given, and which type they are of.
import { DataError } from '../../errors.ts';
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import { type CovarianceName, covarianceNamed, covarianceTypes } from '../../mixture/covariance/index.ts';
import { ROUNDING } from '../model-checks.ts';
import { type NumberTable, shapedNumbers } from './number-table.ts';

/** One of the two, and their type. */
export interface GivenCovariances {
  /** Covariances: full K × D × D, diagonal K × D, spherical K, tied D × D, tied-diagonal D, tied-spherical one number. */
  readonly covariances?: NumberTable | undefined;
  /** Inverse covariances of the same shape, in place of covariances. */
  readonly precisions?: NumberTable | undefined;
  /**
   * Covariance type. Default: of full, diagonal, spherical and tied the one with the shape; needed where two have it, as D × D of D
   * components has, and for tied-diagonal and tied-spherical.
   */
  readonly covariance?: CovarianceName | undefined;
}

/** Covariances as models have them, group after group. */
export function covariancesOf(
  { covariances, precisions, covariance: asked }: GivenCovariances,
  components: number,
  dimensions: number,
): { readonly covariance: CovarianceName; readonly covariances: Float64Array } {
  if ((covariances === undefined) === (precisions === undefined)) {
    const received = covariances === undefined ? 'none' : 'both';
    throw bad(`covariances, precisions: received ${received}, expected one of the two`);
  }
  const title = covariances === undefined ? 'precisions' : 'covariances';
  const { data, shape } = shapedNumbers(covariances ?? precisions, title);
  const covariance = asked ?? typeOf(shape, components, dimensions, title);
  const expected = shapeOf(covariance, components, dimensions);
  const isFlat = shape.length === 1 && data.length === sizeOf(expected);
  if (shape.join() !== expected.join() && !isFlat) {
    throw bad(
      `${title}: received ${shape.join(' × ')}, expected ${expected.join(' × ') || 'one number'} for the type ${covariance}`,
    );
  }
  const type = covarianceNamed(covariance);
  const groups = type.shared ? 1 : components;
  const length = data.length / groups;
  const size = type.size(dimensions);
  const out = new Float64Array(groups * size);
  for (let g = 0; g < groups; g++) {
    const whose = type.shared ? title : `${title} of component ${g}`;
    const given = data.subarray(g * length, (g + 1) * length);
    if (length > size) checkMirrored(given, dimensions, whose);
    const group = type.fromFile(given, dimensions);
    const factor = new Float64Array(size);
    const { singularColumn } = type.factorise(group, dimensions, factor);
    if (singularColumn !== undefined) {
      const variance = type.variance(group, singularColumn);
      const what = variance > 0 ? 'not positive definite' : `${variance} on the diagonal, expected a number > 0`;
      throw bad(`${whose}: received what is ${what} (column ${singularColumn + 1})`);
    }
    out.set(covariances === undefined ? inverted(type, group, factor, dimensions) : group, g * size);
  }
  return { covariance, covariances: out };
}

/** The inverse of a group; the factor that belongs to it is known. */
export function inverted(
  type: CovarianceType,
  group: Float64Array,
  factor: Float64Array,
  dimensions: number,
): Float64Array {
  if (type.shape(dimensions).length < 2) return group.map((value) => 1 / value);
  const inverse = new Float64Array(group.length);
  const row = new Float64Array(dimensions);
  for (const part of rowsOf(factor, dimensions)) {
    row.fill(0).set(part);
    type.addOuter(inverse, row, 1);
  }
  return inverse;
}

/** The rows of a packed triangle. */
const rowsOf = (triangle: Float64Array, dimensions: number): Float64Array[] =>
  Array.from({ length: dimensions }, (_, i) => triangle.subarray((i * (i + 1)) / 2, ((i + 1) * (i + 2)) / 2));

/** Types that shapes tell apart: what components share, but for a matrix, has to be named. */
const names = (Object.keys(covarianceTypes) as CovarianceName[]).filter((name) => {
  const type = covarianceTypes[name];
  return !type.shared || type.shape(1).length === 2;
});

function typeOf(shape: readonly number[], components: number, dimensions: number, title: string): CovarianceName {
  const shapes = names.map((name) => [name, shapeOf(name, components, dimensions)] as const);
  const exact = shapes.filter(([, each]) => each.join() === shape.join());
  const byLength = shapes.filter(([, each]) => shape.length === 1 && sizeOf(each) === shape[0]);
  const found = exact.length > 0 ? exact : byLength;
  const [only] = found;
  if (only && (found.length === 1 || (components === 1 && dimensions === 1))) return only[0];
  if (only) {
    throw bad(
      `${title}: received ${shape.join(' × ')}, which may be ${found.map(([name]) => name).join(' or ')}: say covariance`,
    );
  }
  const expected = shapes.map(([name, each]) => `${each.join(' × ')} (${name})`).join(', ');
  throw bad(
    `${title}: received ${shape.join(' × ')}, expected ${expected} for ${components} components in ${dimensions} dimensions`,
  );
}

function shapeOf(covariance: CovarianceName, components: number, dimensions: number): number[] {
  const type = covarianceNamed(covariance);
  return [...(type.shared ? [] : [components]), ...type.shape(dimensions)];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Mirror images may differ by rounding, relative to the variances. */
export function checkMirrored(matrix: Float64Array, dimensions: number, title: string): void {
  for (let i = 0; i < dimensions; i++) {
    for (let j = 0; j < i; j++) {
      const [lower, upper] = [matrix[i * dimensions + j]!, matrix[j * dimensions + i]!];
      const variances = Math.abs(matrix[i * (dimensions + 1)]! * matrix[j * (dimensions + 1)]!);
      if (Math.abs(lower - upper) <= ROUNDING * Math.sqrt(variances)) continue;
      throw bad(
        `${title}: received a matrix that is not symmetric: row ${i + 1}, column ${j + 1} is ${lower}, its mirror image ${upper}`,
      );
    }
  }
}

const bad = (message: string): DataError => new DataError('bad-parameters', message);
