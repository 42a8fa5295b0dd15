// Log densities in floats for all pairs of rows and components; then pairs of those that can matter, and these anew in
// doubles (`refine.ts`) where floats are not enough. d is known from a float f to be within offset + (1 − slope) |f|, linear in f.
import { LARGEST32 } from './logarithm';
import { PAIR, writePair } from './pairs';

/**
 * For every row the highest log density that is certain, max over components of slope · f − offset, as floats and as
 * doubles; −∞ where floats overflowed, so that all its pairs are computed in doubles.
 */
export function certain(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  slopes: usize,
  offsets: usize,
  floats: usize,
  doubles: usize,
): void {
  const step = (stride as usize) << 2;
  const largest = f32x4.splat(LARGEST32);
  const none = f32x4.splat(-Infinity as f32);
  for (let at: usize = 0; at < (rows as usize) << 2; at += 32) {
    let h0 = none;
    let h1 = none;
    let s0 = i32x4.splat(-1);
    let s1 = s0;
    let run = densities + at;
    for (let k: usize = 0; k < (components as usize) << 2; k += 4, run += step) {
      const slope = v128.load32_splat(slopes + k);
      const offset = v128.load32_splat(offsets + k);
      const f0 = v128.load(run);
      const f1 = v128.load(run, 16);
      h0 = f32x4.pmax(h0, f32x4.sub(f32x4.mul(slope, f0), offset));
      h1 = f32x4.pmax(h1, f32x4.sub(f32x4.mul(slope, f1), offset));
      s0 = v128.and(s0, f32x4.lt(f32x4.abs(f0), largest));
      s1 = v128.and(s1, f32x4.lt(f32x4.abs(f1), largest));
    }
    h0 = v128.bitselect(h0, none, s0);
    h1 = v128.bitselect(h1, none, s1);
    v128.store(floats + at, h0);
    v128.store(floats + at, h1, 16);
    promote(doubles + 2 * at, h0);
    promote(doubles + 2 * at + 32, h1);
  }
}

function promote(to: usize, four: v128): void {
  v128.store(to, f64x2.promote_low_f32x4(four));
  v128.store(to, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 0)), 16);
}

/**
 * Makes pairs of a batch whose first row is number `first` of its group, of all f with slope · f + kept not below the certain
 * highest; those with slope · f + exact not below it are marked, to be computed in doubles. Returns the end.
 */
export function pick(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  first: i32,
  highest: usize,
  slopes: usize,
  kept: usize,
  exact: usize,
  pairs: usize,
  starts: usize,
): usize {
  const step = (stride as usize) << 2;
  for (let k: usize = 0; k < (components as usize) << 2; k += 4, densities += step) {
    store<usize>(starts + (k >> 2) * sizeof<usize>(), pairs);
    const slope = v128.load32_splat(slopes + k);
    const offset = v128.load32_splat(kept + k);
    const exactSlope = load<f32>(slopes + k);
    const exactOffset = load<f32>(exact + k);
    for (let n = 0; n < rows; n += 4) {
      const at = (n as usize) << 2;
      const high = f32x4.add(f32x4.mul(slope, v128.load(densities + at)), offset);
      let mask = ~i32x4.bitmask(f32x4.lt(high, v128.load(highest + at))) & 15;
      while (mask !== 0) {
        const row = n + ctz(mask);
        mask &= mask - 1;
        if (row >= rows) break;
        const f = load<f32>(densities + ((row as usize) << 2));
        const isRough = !(exactSlope * f + exactOffset < load<f32>(highest + ((row as usize) << 2)));
        writePair(pairs, f as f64, first + row, isRough);
        pairs += PAIR;
      }
    }
  }
  store<usize>(starts + (components as usize) * sizeof<usize>(), pairs);
  return pairs;
}
