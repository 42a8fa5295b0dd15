// Warnings after a fit: components without rows, variances determined by regCovar.
import { groupsOf } from '../mixture/components/scatter.ts';
import { covarianceOf, type Mixture, type Parameters, rowOf } from '../mixture/mixture.ts';
import { sum } from '../util/vector.ts';
import type { Fitted } from './fit.ts';

/** A part of a variance from which on regCovar rules it. */
const RULING = 0.1;
/** Columns that a message names at most. */
const MOST_NAMED = 5;
/** A component with no more than this part of the rows is one that nothing is to be said of. */
const UNUSED = 1e-12;

/** Warnings after a fit that succeeded. */
export function fitWarnings(mixture: Mixture, { parameters, empty }: Pick<Fitted, 'parameters' | 'empty'>): string[] {
  return [emptyWarning(mixture, parameters, empty), ruledWarning(mixture, parameters)].filter(
    (message) => message !== undefined,
  );
}

/** Components that no row belongs to; of variational models the number is only a bound. */
function emptyWarning(mixture: Mixture, { counts }: Parameters, empty: number): string | undefined {
  const { components } = mixture;
  const { components: row } = rowOf(mixture);
  const unused = row.refills ? empty : row.variational ? 0 : components - usedOf(counts).length;
  if (unused === 0) return undefined;
  return (
    `${unused} of the ${components} components ${unused === 1 ? 'holds' : 'hold'} no rows: there are too few different ` +
    'rows, or the fit ended before they were filled; simplify drops them'
  );
}

/** Variances that regCovar is more than a tenth of. */
function ruledWarning(mixture: Mixture, { covariances, counts, nu }: Parameters): string | undefined {
  const { dimensions, regCovar } = mixture;
  const type = covarianceOf(mixture);
  const { repeats } = type.wishart(dimensions);
  const used = usedOf(counts);
  const groups = [...groupsOf(covariances, type.size(dimensions)).entries()].filter(
    ([g]) => type.shared || used.includes(g),
  );
  // A posterior has N · regCovar in W⁻¹ = ν · covariance.
  const added = (g: number): number =>
    nu ? (regCovar * repeats * (type.shared ? sum(counts) : counts[g]!)) / nu[g]! : regCovar;
  const columns = new Set<number>();
  const ruled = groups.filter(([g, group]) => {
    const most = added(g) / RULING;
    let isRuled = false;
    for (let j = 0; j < dimensions; j++) {
      if (!(type.variance(group, j) < most)) continue;
      columns.add(j + 1);
      isRuled = true;
    }
    return isRuled;
  });
  if (ruled.length === 0) return undefined;
  const whose = type.shared ? 'the shared covariance' : `${ruled.length} of ${groups.length} components`;
  return (
    `regCovar (${regCovar}) is more than a tenth of the variances of ${whose} in ${named(columns)}: ` +
    'lower regCovar, scale the data up, or use fewer components'
  );
}

function named(columns: ReadonlySet<number>): string {
  const [first, ...others] = [...columns].sort((a, b) => a - b);
  if (others.length === 0) return `column ${first}`;
  const some = [first, ...others].slice(0, MOST_NAMED).join(', ');
  return columns.size > MOST_NAMED ? `${columns.size} columns (${some}, …)` : `columns ${some}`;
}
/** The components that have a part of the rows worth the name. */
function usedOf(counts: Float64Array): number[] {
  const least = UNUSED * sum(counts);
  return [...counts.keys()].filter((k) => counts[k]! > least);
}
