// K-means: the nearest centre of each row, found by floats and, where they are not exact enough, decided by doubles.
import { pairAt, squaredDistance } from './distance';
import { LINE } from './tiles';

/**
 * x · m − ½ ‖m‖² of the rows of tiles (of floats) and all centres, `stride` floats for each centre. `centres` holds pairs: for
 * each dimension the number of the one and of the other, then their −½ ‖m‖²; components is even.
 */
export function affinities(
  points: usize,
  tiles: i32,
  dimensions: i32,
  centres: usize,
  components: i32,
  stride: i32,
  out: usize,
): void {
  const step = (stride as usize) << 2;
  const end = (dimensions as usize) * LINE;
  for (let tile = 0; tile < tiles; tile++) {
    let pair = centres;
    let to = out;
    for (let k = 0; k < components; k += 2) {
      const constants = pair + ((dimensions as usize) << 3);
      let y0 = v128.load32_splat(constants);
      let y1 = y0;
      let y2 = y0;
      let y3 = y0;
      let z0 = v128.load32_splat(constants, 4);
      let z1 = z0;
      let z2 = z0;
      let z3 = z0;
      for (let p: usize = points; p < points + end; p += LINE, pair += 8) {
        const a = v128.load32_splat(pair);
        const b = v128.load32_splat(pair, 4);
        const x0 = v128.load(p);
        const x1 = v128.load(p, 16);
        const x2 = v128.load(p, 32);
        const x3 = v128.load(p, 48);
        y0 = f32x4.add(y0, f32x4.mul(a, x0));
        y1 = f32x4.add(y1, f32x4.mul(a, x1));
        y2 = f32x4.add(y2, f32x4.mul(a, x2));
        y3 = f32x4.add(y3, f32x4.mul(a, x3));
        z0 = f32x4.add(z0, f32x4.mul(b, x0));
        z1 = f32x4.add(z1, f32x4.mul(b, x1));
        z2 = f32x4.add(z2, f32x4.mul(b, x2));
        z3 = f32x4.add(z3, f32x4.mul(b, x3));
      }
      pair += 8;
      store4(to, y0, y1, y2, y3);
      store4(to + step, z0, z1, z2, z3);
      to += 2 * step;
    }
    points += end;
    out += LINE;
  }
}

function store4(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** Centres that are compared together. */
const GROUP: i32 = 8;

/** For every row the highest affinity of all, its group of centres, and the highest affinity outside that group. */
export function highestGroup(
  affinity: usize,
  groups: i32,
  stride: i32,
  rows: i32,
  highest: usize,
  second: usize,
  places: usize,
): void {
  const step = (stride as usize) << 2;
  for (let at: usize = 0; at < (rows as usize) << 2; at += 32) {
    let run = affinity + at;
    let h0 = f32x4.splat(-f32.MAX_VALUE);
    let h1 = h0;
    let s0 = h0;
    let s1 = h0;
    let p0 = i32x4.splat(0);
    let p1 = p0;
    for (let g = 0; g < groups; g++) {
      let a0 = v128.load(run);
      let a1 = v128.load(run, 16);
      run += step;
      for (const end = run + ((GROUP - 1) as usize) * step; run < end; run += step) {
        a0 = f32x4.pmax(a0, v128.load(run));
        a1 = f32x4.pmax(a1, v128.load(run, 16));
      }
      const place = i32x4.splat(g);
      p0 = v128.bitselect(place, p0, f32x4.gt(a0, h0));
      p1 = v128.bitselect(place, p1, f32x4.gt(a1, h1));
      s0 = f32x4.pmax(s0, f32x4.pmin(h0, a0));
      s1 = f32x4.pmax(s1, f32x4.pmin(h1, a1));
      h0 = f32x4.pmax(h0, a0);
      h1 = f32x4.pmax(h1, a1);
    }
    v128.store(highest + at, h0);
    v128.store(highest + at, h1, 16);
    v128.store(second + at, s0);
    v128.store(second + at, s1, 16);
    v128.store(places + at, p0);
    v128.store(places + at, p1, 16);
  }
}

/**
 * Settles the nearest centre of each row (of type S), among those whose affinity is within the rounding of the highest, and
 * its squared distance; an affinity may be wrong by `rounding` times (the distance + `longest`), the length of the longest
 * centre from the middle. Adds r and r δ of the row to
 * the sums of its centre (1 + `width` doubles each), unless `sums` is 0; writes −½ ‖δ‖² to `densities`; returns Σ −½ r ‖δ‖².
 */
export function settle<S>(
  rows: usize,
  count: i32,
  dimensions: i32,
  rounding: f64,
  longest: f64,
  affinity: usize,
  components: i32,
  stride: i32,
  highest: usize,
  second: usize,
  places: usize,
  centres: usize,
  width: i32,
  weights: usize,
  densities: usize,
  sums: usize,
): f64 {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const centreBytes = (width as usize) << 3;
  const step = (stride as usize) << 2;
  let total: f64 = 0;
  for (let n: usize = 0; n < (count as usize); n++, rows += rowBytes) {
    const high = load<f32>(highest + (n << 2));
    const group = affinity + ((load<i32>(places + (n << 2)) * GROUP * stride) as usize) * 4 + (n << 2);
    let place = load<i32>(places + (n << 2)) * GROUP;
    let next = load<f32>(second + (n << 2));
    let isTie = false;
    for (let k = GROUP - 1, run = group + ((GROUP - 1) as usize) * step; k >= 0; k--, run -= step) {
      const value = load<f32>(run);
      if (value < high) {
        next = max(next, value);
      } else {
        if (isTie) next = high;
        isTie = true;
        place = load<i32>(places + (n << 2)) * GROUP + k;
      }
    }
    store<i32>(places + (n << 2), place);
    let distance = squaredDistance<S>(rows, dimensions, centres + (place as usize) * centreBytes);
    const margin = 2 * rounding * (Math.sqrt(distance) + longest);
    if (!(((high - next) as f64) > margin)) {
      let run = affinity + (n << 2);
      for (let k = 0; k < components; k++, run += step) {
        if (((high - load<f32>(run)) as f64) > margin) continue;
        const other = squaredDistance<S>(rows, dimensions, centres + (k as usize) * centreBytes);
        if (other < distance || (other === distance && k < place)) {
          distance = other;
          place = k;
        }
      }
      store<i32>(places + (n << 2), place);
    }
    const weight = load<f64>(weights + (n << 3));
    store<f64>(densities + (n << 3), -0.5 * distance);
    total -= 0.5 * weight * distance;
    if (sums === 0 || weight === 0) continue;
    const sum = sums + (place as usize) * (centreBytes + 8);
    store<f64>(sum, load<f64>(sum) + weight);
    addDifference<S>(rows, dimensions, centres + (place as usize) * centreBytes, weight, sum + 8);
  }
  return total;
}

/** Up to a whole pair: what lies beyond the last dimension is never used. */
function addDifference<S>(row: usize, dimensions: i32, centre: usize, weight: f64, to: usize): void {
  const w = f64x2.splat(weight);
  const end = to + ((dimensions as usize) << 3);
  while (to < end) {
    const x = pairAt<S>(row);
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(w, f64x2.sub(x, v128.load(centre)))));
    row += 2 * sizeof<S>();
    centre += 16;
    to += 16;
  }
}
