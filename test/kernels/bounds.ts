import type { Chunk } from '../../src/chunk.ts';
import { MOST_ROWS } from '../../src/kernels/batch-group.ts';
import { NEGLIGIBLE } from '../../src/mixture/assignment.ts';
import type { Pass } from '../../src/mixture/pass.ts';
import { isProduct, type Scorer } from '../../src/mixture/scorer.ts';

// How far two kernels may differ. A computed sum of n products is off by at most γ_n Σ |products|, in any order, where
// γ_n = n u / (1 − n u) and u is half the spacing of numbers near 1 (Higham 2002, Accuracy and Stability, section 3.1).

/** u of doubles and of floats. */
export const UNIT = { f64: 2 ** -53, f32: 2 ** -24 } as const;

const gamma = (roundings: number, unit: number): number => (roundings * unit) / (1 - roundings * unit);

/** What `src/kernels/screen/rounding.ts` allows in doubles: shares left out, and shares whose densities or products are floats. */
const LEFT_OUT = 1e-12;
const ROUNDED = 1e-11;

/** Roundings of a logarithm and its argument. */
const LOGARITHM = 12;

/** Σ_j of row i of |P| v; P is a packed triangle, a diagonal, or one number. */
function absoluteProduct(factor: Float64Array, form: Scorer['form'], v: Float64Array, i: number): number {
  if (form === 'spherical') return Math.abs(factor[0]!) * v[i]!;
  if (form === 'diagonal') return Math.abs(factor[i]!) * v[i]!;
  let sum = 0;
  for (let j = 0, at = (i * (i + 1)) / 2; j <= i; j++) sum += Math.abs(factor[at++]!) * v[j]!;
  return sum;
}

function product(factor: Float64Array, form: Scorer['form'], v: Float64Array, i: number): number {
  if (form === 'spherical') return factor[0]! * v[i]!;
  if (form === 'diagonal') return factor[i]! * v[i]!;
  let sum = 0;
  for (let j = 0, at = (i * (i + 1)) / 2; j <= i; j++) sum += factor[at++]! * v[j]!;
  return sum;
}

/**
 * How far each of the N × K log densities constant − ½ ‖P (x − μ)‖², computed from differences, may be from the true one.
 * With δ = x − μ and y = P δ: |dδ| is what narrowing and whitening leave, |dy| ≤ |P| (|dδ| + γ_{D+2} |δ|),
 * |d‖y‖²| ≤ Σ (2 |y| |dy| + dy²) + γ_{D+4} Σ (|y| + |dy|)², and the last three operations add u of what they give. Of Student-t
 * distributions, constant − e log1p(a q), or Σ log1p(a y²) for each dimension: log1p(a q) moves by log1p(a dq / (1 + a q)) at most,
 * and is rounded with its argument, which may be a product of D factors, as x / (1 + x) ≤ log1p(x).
 */
export function densityBounds({ scorer }: Pass, { data, rows }: Chunk, unit: number): Float64Array {
  const { components, dimensions, form, means, factors, constants, tails, whitening } = scorer;
  const isNarrowed = unit === UNIT.f32 ? 1 : 0;
  const centre = whitening?.centre ?? middle(scorer);
  const size = factors.length / components;
  const [z, dz, delta, spread] = Array.from({ length: 4 }, () => new Float64Array(dimensions)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const bounds = new Float64Array(rows * components);
  const centred = new Float64Array(dimensions);
  const sizes = new Float64Array(dimensions);
  for (let n = 0; n < rows; n++) {
    for (let j = 0; j < dimensions; j++) {
      centred[j] = data[n * dimensions + j]! - centre[j]!;
      sizes[j] = Math.abs(centred[j]!);
    }
    for (let j = 0; j < dimensions; j++) {
      z[j] = whitening ? product(whitening.factor, 'full', centred, j) : data[n * dimensions + j]!;
      dz[j] = whitening
        ? gamma(dimensions + 3, unit) * absoluteProduct(whitening.factor, 'full', sizes, j)
        : isNarrowed * unit * sizes[j]!;
    }
    for (let k = 0; k < components; k++) {
      const factor = factors.subarray(k * size, (k + 1) * size);
      for (let j = 0; j < dimensions; j++) {
        const mean = means[k * dimensions + j]!;
        const narrowedMean = isNarrowed * unit * Math.abs(whitening ? mean : mean - centre[j]!);
        delta[j] = z[j]! - mean;
        spread[j] = dz[j]! + narrowedMean + (unit + gamma(dimensions + 2, unit)) * (Math.abs(delta[j]!) + dz[j]!);
      }
      let squares = 0;
      let error = 0;
      let logarithms = 0;
      let ofLogarithms = 0;
      const rate = tails?.rates[k] ?? 0;
      for (let j = 0; j < dimensions; j++) {
        const y = Math.abs(product(factor, form, delta, j));
        const dy = absoluteProduct(factor, form, spread, j);
        const ofSquare = 2 * y * dy + dy * dy;
        squares += (y + dy) ** 2;
        error += ofSquare;
        logarithms += Math.log1p(rate * (y + dy) ** 2);
        ofLogarithms += Math.log1p((rate * ofSquare) / (1 + rate * Math.max(0, y * y - ofSquare)));
      }
      error += gamma(dimensions + 4, unit) * squares;
      if (tails && !isProduct(scorer)) {
        logarithms = Math.log1p(rate * squares);
        ofLogarithms = Math.log1p((rate * error) / (1 + rate * Math.max(0, squares - 2 * error)));
      }
      const magnitude = Math.abs(constants[k]!) + (tails ? tails.exponents[k]! * logarithms : squares / 2);
      const moved = tails
        ? tails.exponents[k]! * (ofLogarithms + gamma(3 * dimensions + LOGARITHM, unit) * logarithms)
        : error / 2;
      bounds[n * components + k] = moved + 3 * unit * magnitude;
    }
  }
  return bounds;
}

function middle({ means, components, dimensions }: Scorer): Float64Array {
  return Float64Array.from({ length: dimensions }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < components; k++) sum += means[k * dimensions + j]! / components;
    return sum;
  });
}

/** What a kernel that leaves out pairs may change a share by, as a share of the component's share of all rows. */
const pruned = (rows: number): number => LEFT_OUT + (2 + Math.min(rows, MOST_ROWS) + 4) * ROUNDED;

/**
 * How far log normalisers may be. Densities off by e_k change log Σ e^(d_k) by at most log Σ r_k e^(e_k), either way (Jensen).
 * Besides there are K + 64 roundings of the sum of exponentials (whose arguments are at most 60), what is negligible, and what
 * a kernel that leaves out pairs allows.
 */
export function logNormaliserBounds(
  { scorer }: Pass,
  densities: Float64Array,
  logNormalisers: Float64Array,
  errors: Float64Array,
): Float64Array {
  const { components, evidence } = scorer;
  const summed = 2 * gamma(components + 64, UNIT.f64) + components * Math.exp(NEGLIGIBLE);
  const leftOut = evidence ? components * 2 * ROUNDED : 0;
  return logNormalisers.map((logNormaliser, n) => {
    let most = 0;
    let excess = 0; // Σ r (e^error − 1)
    for (let k = 0, at = n * components; k < components; k++, at++) {
      const apart = densities[at]! - logNormaliser;
      const error = errors[at]!;
      if (apart + error < NEGLIGIBLE) continue;
      most = Math.max(most, error);
      excess += Math.exp(apart) * Math.expm1(Math.min(1, error));
    }
    const moved = most < 1 ? Math.log1p(excess) : most;
    return 1.01 * moved + summed + 4 * UNIT.f64 * Math.abs(logNormaliser) + leftOut;
  });
}

/** Bounds of what a pass adds up, in the places of `Statistics`; second moments by their diagonals. */
export interface StatisticsBounds {
  readonly logNormaliser: number;
  readonly counts: Float64Array;
  readonly first: Float64Array[];
  /** K × D, about each mean: the error of element (i, j) is at most √(second_i second_j), by Cauchy and Schwarz. */
  readonly second: Float64Array[];
}

/**
 * How far the statistics of a chunk added `times` times may be. A weighted responsibility w r is off by at most ρ: soft,
 * w r (e^(its density's error + that of the log normaliser) − 1) and 4 γ of adding up N rows; hard, w where another component
 * is as near as rounding; besides what is negligible or left out. Then |d Σ r δ| ≤ Σ ρ |δ|, |d Σ r δ²| ≤ Σ ρ δ².
 */
export function statisticsBounds(
  { scorer, assignment, moments }: Pass,
  { data, rows, weights }: Chunk,
  densities: Float64Array,
  logNormalisers: Float64Array,
  errors: { readonly densities: Float64Array; readonly logNormalisers: Float64Array },
  times: number,
): StatisticsBounds {
  const { components, dimensions, evidence } = scorer;
  const means = moments!.means;
  const summed = 4 * gamma(times * rows + dimensions + 8, UNIT.f64);
  const counts = new Float64Array(components);
  const first = Array.from(counts, () => new Float64Array(dimensions));
  const second = Array.from(counts, () => new Float64Array(dimensions));
  let logNormaliser = 0;
  for (let n = 0; n < rows; n++) {
    const weight = times * (weights?.[n] ?? 1);
    const own = logNormalisers[n]!;
    const error = errors.logNormalisers[n]!;
    const from = n * components;
    const ambiguous = assignment === 'hard' ? nearest(densities, errors.densities, from, components) : undefined;
    logNormaliser +=
      weight * (ambiguous ? ambiguous.error + summed * Math.abs(ambiguous.highest) : error + summed * Math.abs(own));
    for (let k = 0, at = from; k < components; k++, at++) {
      const density = densities[at]!;
      const off = errors.densities[at]!;
      let rho = 0;
      if (ambiguous) {
        if (density + off >= ambiguous.lowest) rho = (ambiguous.candidates > 1 ? 1 : 0) + summed;
      } else {
        const responsibility = Math.exp(density - own);
        rho = Math.exp(density - own + off + error) - responsibility + summed * responsibility;
        rho += 2 * Math.exp(NEGLIGIBLE) + (evidence ? pruned(rows) * evidence.shares[k]! : 0);
      }
      rho *= weight;
      counts[k]! += rho;
      if (rho === 0) continue;
      for (let j = 0; j < dimensions; j++) {
        const delta = Math.abs(data[n * dimensions + j]! - means[k * dimensions + j]!);
        first[k]![j]! += rho * delta;
        second[k]![j]! += rho * delta * delta;
      }
    }
  }
  return { logNormaliser, counts, first, second };
}

/** Which components may be the most probable one of a row: those whose density, given rounding, can reach `lowest`. */
function nearest(densities: Float64Array, errors: Float64Array, from: number, components: number) {
  let lowest = Number.NEGATIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = from; at < from + components; at++) {
    lowest = Math.max(lowest, densities[at]! - errors[at]!);
    highest = Math.max(highest, densities[at]!);
  }
  let candidates = 0;
  let error = 0;
  for (let at = from; at < from + components; at++) {
    if (densities[at]! + errors[at]! < lowest) continue;
    candidates++;
    error = Math.max(error, errors[at]!);
  }
  return { lowest, highest, candidates, error };
}
