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
  const labels = scratch(rows);
  mostProbable(densities, components, stride, rows, labels, logNormalisers);
  for (let k = 0; k < components; k++) densities.fill(0, k * stride, k * stride + rows);
  let total = 0;
  for (let n = 0; n < rows; n++) {
    densities[labels[n]! * stride + n] = rowWeights[n]!;
    total += rowWeights[n]! * logNormalisers[n]!;
  }
  return total;
};

let numbers = new Float64Array(0);

/** A number for each row, until the next call. */
function scratch(rows: number): Float64Array {
  if (numbers.length < rows) numbers = new Float64Array(rows);
  return numbers;
}

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
    out[n] = 0;
    highest[n] = densities[n]!;
  }
  for (let k = 1; k < components; k++) {
    for (let n = 0, at = k * stride; n < rows; n++, at++) {
      if (!(densities[at]! > highest[n]!)) continue;
      highest[n] = densities[at]!;
      out[n] = k;
    }
  }
}

/** log Σ_k exp(density_k) of every row; laid out as `Assignment` says. */
export function logNormalise(
  densities: Float64Array,
  components: number,
  stride: number,
  rows: number,
  out: Float64Array,
): void {
  const sums = scratch(rows);
  mostProbable(densities, components, stride, rows, sums, out);
  sums.fill(0, 0, rows);
  for (let k = 0; k < components; k++) {
    for (let n = 0, at = k * stride; n < rows; n++, at++) {
      const difference = densities[at]! - out[n]!;
      if (difference >= NEGLIGIBLE) sums[n]! += Math.exp(difference);
    }
  }
  for (let n = 0; n < rows; n++) out[n]! += Math.log(sums[n]!);
}
