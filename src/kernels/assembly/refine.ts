// Log densities in doubles of the pairs for which floats are not enough.
import { squaredNorms } from './density';
import { pairAt, squaredDistance } from './distance';
import { PAIR, startOf } from './pairs';
import { LINE } from './tiles';

/**
 * Computes the marked densities of all components in doubles, constant − ½ ‖P (x − mean)‖², from the group's rows (of type
 * S), and raises `highest` to them. P is a triangle, in pairs of rows, of `factorBytes`; `scratch` holds a tile and two lines.
 */
export function refineTriangle<S>(
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
  const places = scratch + ((dimensions + 1) as usize) * LINE;
  for (let k = 0; k < components; k++) {
    let lanes: usize = 0;
    const constant = load<f64>(constants + ((k as usize) << 3));
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        if (!load<i32>(pair, 12)) continue;
        place<S>(rows + (load<i32>(pair, 8) as usize) * rowBytes, dimensions, means, scratch + (lanes << 3));
        store<usize>(places + (lanes << 2), pair);
        if (++lanes < 8) continue;
        flush(scratch, dimensions, factors, constant, places, lanes, highest);
        lanes = 0;
      }
    }
    if (lanes > 0) flush(scratch, dimensions, factors, constant, places, lanes, highest);
    means += (dimensions as usize) << 3;
    factors += factorBytes as usize;
  }
}

/** A row less the mean as one lane of a tile. */
function place<S>(row: usize, dimensions: i32, mean: usize, to: usize): void {
  const end = row + (dimensions as usize) * sizeof<S>();
  while (row < end) {
    store<f64>(to, (load<S>(row) as f64) - load<f64>(mean));
    row += sizeof<S>();
    mean += 8;
    to += LINE;
  }
}

function flush(
  tile: usize,
  dimensions: i32,
  factor: usize,
  constant: f64,
  places: usize,
  lanes: usize,
  highest: usize,
): void {
  const squares = tile + (dimensions as usize) * LINE;
  squaredNorms<f64>(tile, dimensions, factor, squares);
  for (let lane: usize = 0; lane < lanes; lane++) {
    settle(load<usize>(places + (lane << 2)), constant - 0.5 * load<f64>(squares + (lane << 3)), highest);
  }
}

/** The same where P is a diagonal, or one number, for each component. */
export function refineScaled<S>(
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
  _scratch: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const isNumber = factorBytes === 8 && dimensions > 1;
  for (let k = 0; k < components; k++) {
    const constant = load<f64>(constants + ((k as usize) << 3));
    const scale = isNumber ? load<f64>(factors) * load<f64>(factors) : 1;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        if (!load<i32>(pair, 12)) continue;
        const row = rows + (load<i32>(pair, 8) as usize) * rowBytes;
        const norm = isNumber
          ? scale * squaredDistance<S>(row, dimensions, means)
          : scaledDistance<S>(row, dimensions, means, factors);
        settle(pair, constant - 0.5 * norm, highest);
      }
    }
    means += (dimensions as usize) << 3;
    factors += factorBytes as usize;
  }
}

/** Σ (p_j (x_j − mean_j))². */
function scaledDistance<S>(row: usize, dimensions: i32, mean: usize, factor: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  const end = row + ((dimensions & ~3) as usize) * sizeof<S>();
  for (; row < end; row += 4 * sizeof<S>(), mean += 32, factor += 32) {
    const c = f64x2.mul(v128.load(factor), f64x2.sub(pairAt<S>(row), v128.load(mean)));
    const d = f64x2.mul(v128.load(factor, 16), f64x2.sub(pairAt<S>(row + 2 * sizeof<S>()), v128.load(mean, 16)));
    a = f64x2.add(a, f64x2.mul(c, c));
    b = f64x2.add(b, f64x2.mul(d, d));
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (let j = dimensions & 3; j > 0; j--, row += sizeof<S>(), mean += 8, factor += 8) {
    const y = load<f64>(factor) * ((load<S>(row) as f64) - load<f64>(mean));
    sum += y * y;
  }
  return sum;
}

/**
 * Gathers the rows (of type S) of component k whose densities are marked, less its mean, as runs of D doubles, and notes the
 * addresses of their pairs; returns how many.
 */
export function gatherRough<S>(
  rows: usize,
  dimensions: i32,
  k: i32,
  components: i32,
  batches: i32,
  starts: usize,
  mean: usize,
  deltas: usize,
  places: usize,
): i32 {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const runBytes = (dimensions as usize) << 3;
  let count = 0;
  for (let batch = 0; batch < batches; batch++) {
    const end = startOf(starts, components, batch, k + 1);
    for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
      if (!load<i32>(pair, 12)) continue;
      store<usize>(places + ((count++ as usize) << 2), pair);
      let from = rows + (load<i32>(pair, 8) as usize) * rowBytes;
      for (let at: usize = 0; at < runBytes; at += 16, from += 2 * sizeof<S>()) {
        v128.store(deltas + at, f64x2.sub(pairAt<S>(from), v128.load(mean + at)));
      }
      deltas += runBytes;
    }
  }
  return count;
}

/** Densities of the noted pairs from runs of D whitened numbers; raises `highest` to them. */
export function fromWhitened(
  whitened: usize,
  dimensions: i32,
  count: i32,
  constant: f64,
  places: usize,
  highest: usize,
): void {
  for (let n = 0; n < count; n++) {
    let even = f64x2.splat(0);
    let odd = even;
    const end = whitened + ((dimensions & ~3) << 3);
    for (; whitened < end; whitened += 32) {
      const a = v128.load(whitened);
      const b = v128.load(whitened, 16);
      even = f64x2.add(even, f64x2.mul(a, a));
      odd = f64x2.add(odd, f64x2.mul(b, b));
    }
    even = f64x2.add(even, odd);
    let sum = f64x2.extract_lane(even, 0) + f64x2.extract_lane(even, 1);
    for (let j = dimensions & 3; j > 0; j--, whitened += 8) sum += load<f64>(whitened) * load<f64>(whitened);
    settle(load<usize>(places + ((n as usize) << 2)), constant - 0.5 * sum, highest);
  }
}

function settle(pair: usize, density: f64, highest: usize): void {
  store<f64>(pair, density);
  const high = highest + ((load<i32>(pair, 8) as usize) << 3);
  if (density > load<f64>(high)) store<f64>(high, density);
}
