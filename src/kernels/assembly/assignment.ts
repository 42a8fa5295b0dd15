// Log densities become responsibilities. `densities` holds for each component a run of `stride` doubles, of which the first
// `rows` count; `stride` is even, and what lies between `rows` and the next even number is worked on and never used.
import { exponential } from './exponential';

/**
 * r = ρ / Σ ρ in place, log Σ ρ into `logNormalisers`; returns Σ w log Σ ρ. Responsibilities below e^least are 0. `sums` has
 * room for `stride` doubles.
 */
export function soft(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  least: f64,
  weights: usize,
  logNormalisers: usize,
  sums: usize,
): f64 {
  const step = (stride as usize) << 3;
  const bytes = paired(rows);
  highest(densities, components, step, bytes, logNormalisers);
  memory.fill(sums, 0, bytes);
  const negligible = f64x2.splat(least);
  for (let k = 0, run = densities; k < components; k++, run += step) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const difference = f64x2.sub(v128.load(run + at), v128.load(logNormalisers + at));
      const below = f64x2.lt(difference, negligible);
      if (i64x2.all_true(below)) {
        v128.store(run + at, f64x2.splat(0));
        continue;
      }
      const share = v128.andnot(exponential(f64x2.pmax(difference, negligible)), below);
      v128.store(run + at, share);
      v128.store(sums + at, f64x2.add(v128.load(sums + at), share));
    }
  }
  let total: f64 = 0;
  for (let n: usize = 0; n < (rows as usize) << 3; n += 8) {
    const sum = load<f64>(sums + n);
    const weight = load<f64>(weights + n);
    const logNormaliser = load<f64>(logNormalisers + n) + Math.log(sum);
    store<f64>(logNormalisers + n, logNormaliser);
    store<f64>(sums + n, 1 / sum);
    total += weight * logNormaliser;
  }
  for (let k = 0, run = densities; k < components; k++, run += step) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(run + at, f64x2.mul(v128.load(run + at), v128.load(sums + at)));
    }
  }
  return total;
}

/** log Σ ρ into `logNormalisers`; the densities stay. */
export function normalise(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  least: f64,
  logNormalisers: usize,
  sums: usize,
): void {
  const step = (stride as usize) << 3;
  const bytes = paired(rows);
  highest(densities, components, step, bytes, logNormalisers);
  memory.fill(sums, 0, bytes);
  const negligible = f64x2.splat(least);
  for (let k = 0, run = densities; k < components; k++, run += step) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const difference = f64x2.sub(v128.load(run + at), v128.load(logNormalisers + at));
      const below = f64x2.lt(difference, negligible);
      if (i64x2.all_true(below)) continue;
      const share = v128.andnot(exponential(f64x2.pmax(difference, negligible)), below);
      v128.store(sums + at, f64x2.add(v128.load(sums + at), share));
    }
  }
  for (let n: usize = 0; n < (rows as usize) << 3; n += 8) {
    store<f64>(logNormalisers + n, load<f64>(logNormalisers + n) + Math.log(load<f64>(sums + n)));
  }
}

/** r = 1 for the component of highest density, the first of equals, 0 for the others; returns Σ w highest density. */
export function hard(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  _least: f64,
  weights: usize,
  highestDensities: usize,
  labels: usize,
): f64 {
  mostProbable(densities, components, stride, rows, highestDensities, labels);
  const step = (stride as usize) << 3;
  for (let k = 0, run = densities; k < components; k++, run += step) memory.fill(run, 0, (rows as usize) << 3);
  let total: f64 = 0;
  for (let n: usize = 0; n < (rows as usize) << 3; n += 8) {
    const weight = load<f64>(weights + n);
    store<f64>(densities + (load<f64>(labels + n) as usize) * step + n, 1);
    total += weight * load<f64>(highestDensities + n);
  }
  return total;
}

/** The component of highest density of every row, the first of equals (as a double), and that density. */
export function mostProbable(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  highestDensities: usize,
  labels: usize,
): void {
  const step = (stride as usize) << 3;
  const bytes = paired(rows);
  memory.copy(highestDensities, densities, bytes);
  memory.fill(labels, 0, bytes);
  for (let k = 1, run = densities + step; k < components; k++, run += step) {
    const label = f64x2.splat(k as f64);
    for (let at: usize = 0; at < bytes; at += 16) {
      const density = v128.load(run + at);
      const best = v128.load(highestDensities + at);
      const better = f64x2.gt(density, best);
      if (!v128.any_true(better)) continue;
      v128.store(highestDensities + at, v128.bitselect(density, best, better));
      v128.store(labels + at, v128.bitselect(label, v128.load(labels + at), better));
    }
  }
}

/** Bytes of `rows` doubles, rounded up to whole pairs. */
function paired(rows: i32): usize {
  return (((rows + 1) as usize) >> 1) << 4;
}

function highest(densities: usize, components: i32, step: usize, bytes: usize, out: usize): void {
  memory.copy(out, densities, bytes);
  for (let k = 1, run = densities + step; k < components; k++, run += step) {
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(out + at, f64x2.pmax(v128.load(out + at), v128.load(run + at)));
    }
  }
}
