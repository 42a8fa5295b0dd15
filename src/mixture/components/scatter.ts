// Moments about the entering means become moments about the new means.
import { rowsOf, sum } from '../../util/vector.ts';
import type { Statistics } from '../statistics.ts';
import type { ComponentSettings, Moments } from './component-family.ts';

/** Moments about the components' own means: what every M-step for Gaussians begins with. */
export interface Scatter {
  /** x̄, K × D; or the means that entered, where these are kept. */
  readonly means: Float64Array;
  /** Groups, one after the other: N S = Σ r (x − x̄)(x − x̄)ᵀ + N·regCovar·I. */
  readonly groups: Float64Array;
  /** N of each group. */
  readonly counts: Float64Array;
}

/** Turns moments about the means that entered the pass into moments about the new means. */
export function scatterOf(moments: Moments, entering: Float64Array, settings: ComponentSettings): Scatter {
  const { covariance, regCovar, keepsMeans } = settings;
  const { components, dimensions } = moments.shape;
  const size = covariance.size(dimensions);
  const means = keepsMeans ? entering : movedMeans(moments, entering);
  const groups = new Float64Array(covariance.shared ? size : components * size);
  const counts = new Float64Array(covariance.shared ? 1 : components);
  const shift = new Float64Array(dimensions);
  for (let k = 0; k < components; k++) {
    const g = covariance.shared ? 0 : k;
    const group = groups.subarray(g * size, (g + 1) * size);
    const count = moments.counts[k]!;
    if (g === k) group.set(moments.second[k]!);
    for (let j = 0; j < dimensions; j++) shift[j] = moments.first[k]![j]! / count;
    if (!keepsMeans) covariance.addOuter(group, shift, -count);
    counts[g]! += count;
  }
  for (const [g, group] of groupsOf(groups, size).entries()) {
    covariance.addIdentity(group, dimensions, counts[g]! * regCovar);
  }
  return { means, groups, counts };
}

/** x̄ = μ + Σ r δ / N, K × D; a component without rows keeps its mean. */
export function movedMeans({ counts, first, shape }: Moments, entering: Float64Array): Float64Array {
  const means = entering.slice();
  for (const [k, mean] of rowsOf(means, shape.dimensions).entries()) {
    if (counts[k] === 0) continue;
    for (let j = 0; j < mean.length; j++) mean[j]! += first[k]![j]! / counts[k]!;
  }
  return means;
}

/** N of each group. */
export function groupCounts({ counts }: Statistics, { covariance }: ComponentSettings): Float64Array {
  return covariance.shared ? Float64Array.of(sum(counts)) : counts;
}

/** Writes second moments: the covariance of each group times its freedom, less what regularisation added. */
export function implyScatters(
  covariances: Float64Array,
  freedom: Float64Array,
  statistics: Statistics,
  settings: ComponentSettings,
): void {
  const { covariance, dimensions, regCovar } = settings;
  const counts = groupCounts(statistics, settings);
  for (const [g, group] of groupsOf(covariances, covariance.size(dimensions)).entries()) {
    const second = statistics.second[g]!;
    for (let i = 0; i < group.length; i++) second[i] = freedom[g]! * group[i]!;
    covariance.addIdentity(second, dimensions, -counts[g]! * regCovar);
  }
}

/** Views of groups that lie one after the other. */
export function groupsOf(groups: Float64Array, size: number): Float64Array[] {
  return size === 0 ? [] : rowsOf(groups, size);
}
