// Covariances raised to floors: variances that are not gone below.
import { EigenvalueDecomposition, Matrix } from '../../util/required.ts';
import { sum } from '../../util/vector.ts';
import type { CovarianceType } from './covariance-type.ts';

/** Eigenvalues that are this part of a floor are at it, but for rounding. */
const ABOVE = 1 - 1e-10;

/**
 * Raises a covariance, in place, to the nearest one (in likelihood) that is nowhere below the diagonal matrix of these D variances: of
 * a matrix the eigenvalues relative to it, as Kaldi floors a matrix by another; one variance, to their mean.
 */
export function raise(type: CovarianceType, covariance: Float64Array, floors: Float64Array): void {
  const dimensions = floors.length;
  if (type.wishart(dimensions).order > 1) raiseMatrix(type, covariance, floors);
  else if (type.wishart(dimensions).repeats > 1) covariance[0] = Math.max(covariance[0]!, sum(floors) / dimensions);
  else for (const [j, floor] of floors.entries()) covariance[j] = Math.max(covariance[j]!, floor);
}

function raiseMatrix(type: CovarianceType, covariance: Float64Array, floors: Float64Array): void {
  const dimensions = floors.length;
  const matrix = type.toMatrix(covariance, dimensions);
  const rest = matrix.slice();
  for (const [j, floor] of floors.entries()) rest[j * (dimensions + 1)]! -= ABOVE * floor;
  const { singularColumn } = type.factorise(type.fromFile(rest, dimensions), dimensions, covariance.slice());
  if (singularColumn === undefined) return;
  if (floors.every((floor) => floor > 0)) {
    raiseEigenvalues(type, covariance, matrix, floors);
    return;
  }
  // A column that is constant over all rows has no floor: the others are raised one by one.
  const raised = matrix.map((value, at) =>
    at % (dimensions + 1) ? value : Math.max(value, floors[at / (dimensions + 1)]!),
  );
  covariance.set(type.fromFile(raised, dimensions));
}

/** Raises the eigenvalues of F^−½ Σ F^−½, where F is the diagonal matrix of the floors, to 1. */
function raiseEigenvalues(
  type: CovarianceType,
  covariance: Float64Array,
  matrix: Float64Array,
  floors: Float64Array,
): void {
  const dimensions = floors.length;
  const deviations = floors.map(Math.sqrt);
  const scaled = matrix.map((value, at) => {
    const [i, j] = [Math.floor(at / dimensions), at % dimensions];
    return value / (deviations[i]! * deviations[j]!);
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(dimensions, dimensions, scaled),
    { assumeSymmetric: true },
  );
  for (const [l, value] of realEigenvalues.entries()) {
    if (!(value < ABOVE)) continue;
    const axis = Float64Array.from(eigenvectorMatrix.getColumn(l), (x, j) => x * deviations[j]!);
    type.addOuter(covariance, axis, 1 - value);
  }
}
