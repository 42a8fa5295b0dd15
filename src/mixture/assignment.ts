// Soft and hard assignment: log densities become responsibilities.
/**
 * Turns log densities into responsibilities, in place, and returns Σ weight × log normaliser. `densities` holds a run of
 * `stride` rows for each component, of which the first `rows` count.
 */
export type Assignment = (
  densities: Float64Array,
  components: number,
  stride: number,
  rows: number,
  rowWeights: Float64Array,
  logNormalisers: Float64Array,
) => number;

/**
 * Responsibilities below e⁻⁶⁰ ≈ 10⁻²⁶ are exactly zero: of 10⁹ rows they would add less to a count than the 10·eps that
 * every count is given, and their rows need no second moments.
 */
export const NEGLIGIBLE = -60;

/** Each row is shared among the components: r_k = ρ_k / Σ ρ. */
const soft: Assignment = (densities, components, stride, rows, rowWeights, logNormalisers) => {
  logNormalise(densities, components, stride, rows, logNormalisers);
  let total = 0;
  for (let n = 0; n < rows; n++) total += rowWeights[n]! * logNormalisers[n]!;
  for (let k = 0; k < components; k++) {
    for (let n = 0, at = k * stride; n < rows; n++, at++) {
      const logResponsibility = densities[at]! - logNormalisers[n]!;
      densities[at] = logResponsibility < NEGLIGIBLE ? 0 : rowWeights[n]! * Math.exp(logResponsibility);
    }
  }
  return total;
};

/** Each row belongs to its most probable component, the first of equals; its log normaliser is that one's log density. */
const hard: Assignment = (densities, components, stride, rows, rowWeights, logNormalisers) => {
  let total = 0;
  for (let n = 0; n < rows; n++) {
    const best = mostProbableOf(densities, components, stride, n);
    logNormalisers[n] = densities[best * stride + n]!;
    for (let k = 0, at = n; k < components; k++, at += stride) densities[at] = k === best ? rowWeights[n]! : 0;
    total += rowWeights[n]! * logNormalisers[n]!;
  }
  return total;
};

/** How rows are given to components: shared among all, or each to its most probable one. */
export const assignments = { soft, hard } satisfies Record<string, Assignment>;

/** soft or hard. */
export type AssignmentName = keyof typeof assignments;

/** The component of highest density of every row, and that density; laid out as `Assignment` says. */
export function mostProbable(
  densities: Float64Array,
  components: number,
  stride: number,
  rows: number,
  out: Float64Array,
  highest: Float64Array,
): void {
  for (let n = 0; n < rows; n++) {
    const best = mostProbableOf(densities, components, stride, n);
    out[n] = best;
    highest[n] = densities[best * stride + n]!;
  }
}

function mostProbableOf(densities: Float64Array, components: number, stride: number, row: number): number {
  let best = 0;
  let highest = densities[row]!;
  for (let k = 1, at = row + stride; k < components; k++, at += stride) {
    if (densities[at]! > highest) {
      highest = densities[at]!;
      best = k;
    }
  }
  return best;
}

/** log Σ_k exp(density_k) of every row; laid out as `Assignment` says. */
export function logNormalise(
  densities: Float64Array,
  components: number,
  stride: number,
  rows: number,
  out: Float64Array,
): void {
  for (let n = 0; n < rows; n++) {
    const highest = densities[mostProbableOf(densities, components, stride, n) * stride + n]!;
    let sum = 0;
    for (let k = 0, at = n; k < components; k++, at += stride) {
      const difference = densities[at]! - highest;
      if (difference >= NEGLIGIBLE) sum += Math.exp(difference);
    }
    out[n] = highest + Math.log(sum);
  }
}
