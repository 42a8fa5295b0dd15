// Log densities of Student-t distributions: constant − exponent · log1p(rate · q) of log densities −½ q; or, where dimensions are
// independent, constant − exponent · Σ log1p(y_j²), y = P (x − mean).
import { pairAt } from './distance';
import { LARGEST32, logOnePlus, logOnePlusFloats } from './logarithm';
import { PAIR, startOf } from './pairs';
import { LINE } from './tiles';

/** −½ q of the rows of a run become log densities, in place; `rows` is rounded up to an even number. */
export function fromSquares(run: usize, rows: i32, constant: f64, rate: f64, exponent: f64): void {
  const scale = f64x2.splat(-2 * rate);
  const end = run + ((rows as usize) << 3);
  for (let at = run; at < end; at += 16) v128.store(at, f64x2.mul(scale, v128.load(at)));
  logOnePlus(run, rows);
  fromLogarithms(run, rows, constant, rate, exponent);
}

/** The same of Σ log1p(y_j²). */
export function fromLogarithms(run: usize, rows: i32, constant: f64, _rate: f64, exponent: f64): void {
  const c = f64x2.splat(constant);
  const e = f64x2.splat(exponent);
  for (const end = run + ((rows as usize) << 3); run < end; run += 16) {
    v128.store(run, f64x2.sub(c, f64x2.mul(e, v128.load(run))));
  }
}

/** −½ q of the marked pairs of a group become log densities; raises `highest` to them. `scratch` has room for a double for each row. */
export function turnPairs(
  components: i32,
  batches: i32,
  starts: usize,
  constants: usize,
  rates: usize,
  exponents: usize,
  highest: usize,
  scratch: usize,
): void {
  for (let k = 0; k < components; k++) {
    const at = (k as usize) << 3;
    const constant = load<f64>(constants + at);
    const exponent = load<f64>(exponents + at);
    const scale = -2 * load<f64>(rates + at);
    let to = scratch;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        if (!load<i32>(pair, 12)) continue;
        store<f64>(to, scale * load<f64>(pair));
        to += 8;
      }
    }
    logOnePlus(scratch, ((to - scratch) >> 3) as i32);
    let from = scratch;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        if (!load<i32>(pair, 12)) continue;
        settle(pair, constant - exponent * load<f64>(from), highest);
        from += 8;
      }
    }
  }
}

function settle(pair: usize, density: f64, highest: usize): void {
  store<f64>(pair, density);
  const high = highest + ((load<i32>(pair, 8) as usize) << 3);
  if (density > load<f64>(high)) store<f64>(high, density);
}

/**
 * −½ q of all components as floats, a run of `stride` for each, become constant − exponent · log1p(rate · q), in floats, in place;
 * numbers that overflowed become −∞.
 */
export function floatsFromSquares(
  floats: usize,
  components: i32,
  stride: i32,
  rows: i32,
  constants: usize,
  rates: usize,
  exponents: usize,
): void {
  const step = (stride as usize) << 2;
  const largest = f32x4.splat(LARGEST32);
  const none = f32x4.splat(-Infinity as f32);
  const zero = f32x4.splat(0);
  const bytes = (rows as usize) << 2;
  for (let k: usize = 0; k < (components as usize) << 2; k += 4, floats += step) {
    const constant = v128.load32_splat(constants + k);
    const scale = f32x4.mul(f32x4.splat(-2), v128.load32_splat(rates + k));
    const exponent = v128.load32_splat(exponents + k);
    for (let at = floats; at < floats + bytes; at += 16) {
      const f = v128.load(at);
      const x = f32x4.pmax(zero, f32x4.mul(scale, f));
      const isSmall = v128.and(f32x4.lt(f32x4.abs(f), largest), f32x4.lt(x, largest));
      const density = f32x4.sub(constant, f32x4.mul(exponent, logOnePlusFloats(x)));
      v128.store(at, v128.bitselect(density, none, isSmall));
    }
  }
}

/**
 * Bounds of log densities of products from −½ q of groups of dimensions, all runs of a group together. In place of the first group
 * comes what densities are at most: Σ log1p(y_j²) ≥ Σ log1p(x) ≥ Σ 3x (2 + x) / (6 + 6x + x²), Padé's approximant, with
 * x = rate · q of a group; in place of the second −½ q of all dimensions.
 */
export function boundProducts(
  floats: usize,
  groups: i32,
  components: i32,
  stride: i32,
  rows: i32,
  constants: usize,
  rates: usize,
  exponents: usize,
): void {
  const step = (stride as usize) << 2;
  const groupBytes = (components as usize) * step;
  const end = (groups as usize) * groupBytes;
  const largest = f32x4.splat(1e18); // its square is a float
  const two = f32x4.splat(2);
  const six = f32x4.splat(6);
  const zero = f32x4.splat(0);
  const bytes = (rows as usize) << 2;
  for (let k: usize = 0; k < (components as usize) << 2; k += 4, floats += step) {
    const constant = v128.load32_splat(constants + k);
    const scale = f32x4.mul(f32x4.splat(-2), v128.load32_splat(rates + k));
    const exponent = f32x4.mul(f32x4.splat(3), v128.load32_splat(exponents + k));
    for (let at = floats; at < floats + bytes; at += 16) {
      let total = zero;
      let logarithms = zero;
      for (let group: usize = 0; group < end; group += groupBytes) {
        const square = v128.load(at + group);
        total = f32x4.add(total, square);
        const x = f32x4.pmin(largest, f32x4.mul(scale, square));
        const upper = f32x4.mul(x, f32x4.add(two, x));
        const lower = f32x4.add(six, f32x4.mul(x, f32x4.add(six, x)));
        logarithms = f32x4.add(logarithms, f32x4.div(upper, lower));
      }
      v128.store(at, f32x4.sub(constant, f32x4.mul(exponent, logarithms)));
      v128.store(at + groupBytes, total);
    }
  }
}

/** Σ log1p(y_j²) of the rows of tiles of doubles; P is a diagonal. */
export function productDensity(
  points: usize,
  tiles: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  _constant: f64,
  out: usize,
): void {
  const one = f64x2.splat(1);
  const bytes = (dimensions as usize) << 3;
  for (let tile = 0; tile < tiles; tile++) {
    let e0 = f64x2.splat(0);
    let e1 = e0;
    let e2 = e0;
    let e3 = e0;
    let point = points;
    for (let at: usize = 0; at < bytes; at += 8, point += LINE) {
      const m = v128.load64_splat(mean + at);
      const f = v128.load64_splat(factor + at);
      const y0 = f64x2.mul(f, f64x2.sub(v128.load(point), m));
      const y1 = f64x2.mul(f, f64x2.sub(v128.load(point, 16), m));
      const y2 = f64x2.mul(f, f64x2.sub(v128.load(point, 32), m));
      const y3 = f64x2.mul(f, f64x2.sub(v128.load(point, 48), m));
      e0 = times(e0, f64x2.mul(y0, y0), one);
      e1 = times(e1, f64x2.mul(y1, y1), one);
      e2 = times(e2, f64x2.mul(y2, y2), one);
      e3 = times(e3, f64x2.mul(y3, y3), one);
    }
    v128.store(out, e0);
    v128.store(out, e1, 16);
    v128.store(out, e2, 32);
    v128.store(out, e3, 48);
    logOnePlus(out, 8);
    for (let lane: usize = 0; lane < LINE; lane += 8) {
      if (load<f64>(out + lane) < Infinity) continue; // else the product overflowed
      let sum: f64 = 0;
      for (let at: usize = 0; at < bytes; at += 8) {
        const y = load<f64>(factor + at) * (load<f64>(points + (at << 3) + lane) - load<f64>(mean + at));
        sum += Math.log1p(y * y);
      }
      store<f64>(out + lane, sum);
    }
    points = point;
    out += LINE;
  }
}

/** (1 + e) (1 + s) − 1, which keeps the digits of small numbers. */
function times(e: v128, s: v128, one: v128): v128 {
  return f64x2.add(f64x2.mul(e, f64x2.add(one, s)), s);
}

/**
 * Computes the densities of all pairs of a group from its rows (of type S), and raises `highest` to them. P is a diagonal for each
 * component, which the rate is part of; exponents come after the constants. `scratch` has room for a double for each row.
 */
export function refineProduct<S>(
  rows: usize,
  dimensions: i32,
  components: i32,
  batches: i32,
  starts: usize,
  means: usize,
  factors: usize,
  factorBytes: i32,
  constants: usize,
  highest: usize,
  scratch: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  for (let k = 0; k < components; k++) {
    const constant = load<f64>(constants + ((k as usize) << 3));
    const exponent = load<f64>(constants + (((components + k) as usize) << 3));
    let count = 0;
    let waiting: usize = 0;
    let to = scratch;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        const row = rows + (load<i32>(pair, 8) as usize) * rowBytes;
        if (count++ & 1) {
          twoProducts<S>(waiting, row, dimensions, means, factors, to);
          to += 16;
        } else {
          waiting = row;
        }
      }
    }
    if (count & 1) twoProducts<S>(waiting, waiting, dimensions, means, factors, to);
    logOnePlus(scratch, count);
    let from = scratch;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR, from += 8) {
        let logarithm = load<f64>(from);
        if (!(logarithm < Infinity)) {
          const row = rows + (load<i32>(pair, 8) as usize) * rowBytes;
          logarithm = sumOfLogarithms<S>(row, dimensions, means, factors);
        }
        settle(pair, constant - exponent * logarithm, highest);
      }
    }
    means += (dimensions as usize) << 3;
    factors += factorBytes as usize;
  }
}

/** ∏ (1 + y_j²) − 1 of two rows. */
function twoProducts<S>(first: usize, second: usize, dimensions: i32, mean: usize, factor: usize, out: usize): void {
  const one = f64x2.splat(1);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = first + ((dimensions & ~3) as usize) * sizeof<S>();
  for (; first < end; first += 4 * sizeof<S>(), second += 4 * sizeof<S>(), mean += 32, factor += 32) {
    const m = v128.load(mean);
    const f = v128.load(factor);
    a = times(a, square(pairAt<S>(first), m, f), one);
    b = times(b, square(pairAt<S>(second), m, f), one);
    const n = v128.load(mean, 16);
    const g = v128.load(factor, 16);
    c = times(c, square(pairAt<S>(first + 2 * sizeof<S>()), n, g), one);
    d = times(d, square(pairAt<S>(second + 2 * sizeof<S>()), n, g), one);
  }
  a = times(a, c, one);
  b = times(b, d, one);
  let both = times(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3), one);
  for (let j = dimensions & 3; j > 0; j--, first += sizeof<S>(), second += sizeof<S>(), mean += 8, factor += 8) {
    const x = f64x2.replace_lane(f64x2.splat(load<S>(first) as f64), 1, load<S>(second) as f64);
    both = times(both, square(x, v128.load64_splat(mean), v128.load64_splat(factor)), one);
  }
  v128.store(out, both);
}

/** (p (x − mean))² of two numbers. */
function square(x: v128, mean: v128, factor: v128): v128 {
  const y = f64x2.mul(factor, f64x2.sub(x, mean));
  return f64x2.mul(y, y);
}

function sumOfLogarithms<S>(row: usize, dimensions: i32, mean: usize, factor: usize): f64 {
  let sum: f64 = 0;
  for (let j = 0; j < dimensions; j++, row += sizeof<S>(), mean += 8, factor += 8) {
    const y = load<f64>(factor) * ((load<S>(row) as f64) - load<f64>(mean));
    sum += Math.log1p(y * y);
  }
  return sum;
}
