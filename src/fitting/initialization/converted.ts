// The components of a fitted model as the beginning of a model of another kind.
import { groupsOf } from '../../mixture/components/scatter.ts';
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import { COUNT_FLOOR, covarianceOf } from '../../mixture/mixture.ts';
import type { ModelState } from '../../storage/model-file.ts';
import { sum } from '../../util/vector.ts';
import type { Beginning } from './initializers.ts';

/**
 * Means, covariances of another type, and counts. Variances are those on the diagonal of a matrix, one variance is their mean, and a
 * covariance that components share is the mean of theirs, weighted by their counts. Only means where either model has no covariances.
 */
export function converted({ mixture, parameters }: ModelState, type: CovarianceType): Beginning {
  const { dimensions, components } = mixture;
  const { means } = parameters;
  const from = covarianceOf(mixture);
  const size = type.size(dimensions);
  if (mixture.covariance === null || size === 0) return { means };
  const total = sum(parameters.counts);
  const counts = parameters.counts.map((count) => Math.max(count, COUNT_FLOOR * total));
  const weight = sum(counts);
  const groups = groupsOf(parameters.covariances, from.size(dimensions)).map((group) =>
    type.project((row, column) => from.element(group, row, column), dimensions),
  );
  const covariances = new Float64Array(type.shared ? size : components * size);
  for (let k = 0; k < components; k++) {
    const group = groups[from.shared ? 0 : k]!;
    if (!type.shared) covariances.set(group, k * size);
    else if (from.shared) covariances.set(group);
    else for (let i = 0; i < size; i++) covariances[i]! += (counts[k]! / weight) * group[i]!;
  }
  return { means, covariances, counts };
}
