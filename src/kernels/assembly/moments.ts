// Moments of components about their means, from the rows that they have a share of. Sums are doubles; products are of type T.
import { pairAt } from './distance';
import { PAIR, startOf } from './pairs';

/**
 * Gathers the rows (of type S) of a group that component k has a share r of as √r (x − μ, 1, 0 …), runs of `width` numbers: their
 * outer products then are r δδᵀ. Those with responsibilities below `least` are left out; those below `single`
 * become floats. `counts` takes how many became doubles, and how many floats.
 */
export function gather<S>(
  rows: usize,
  dimensions: i32,
  width: i32,
  k: i32,
  components: i32,
  batches: i32,
  starts: usize,
  inverses: usize,
  weights: usize,
  least: f64,
  single: f64,
  mean: usize,
  doubles: usize,
  floats: usize,
  counts: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const runBytes = (width as usize) << 3;
  let inDoubles = 0;
  let inFloats = 0;
  for (let batch = 0; batch < batches; batch++) {
    const end = startOf(starts, components, batch, k + 1);
    for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
      const n = load<i32>(pair, 8) as usize;
      const responsibility = load<f64>(pair) * load<f64>(inverses + (n << 3));
      if (responsibility < least) continue;
      const share = responsibility * load<f64>(weights + (n << 3));
      const row = rows + n * rowBytes;
      if (responsibility >= single) {
        copy<S, f64>(row, dimensions, width, mean, Math.sqrt(share), doubles);
        doubles += runBytes;
        inDoubles++;
      } else {
        copy<S, f32>(row, dimensions, width, mean, Math.sqrt(share), floats);
        floats += runBytes >> 1;
        inFloats++;
      }
    }
  }
  store<i32>(counts, inDoubles);
  store<i32>(counts, inFloats, 4);
}

function copy<S, T>(row: usize, dimensions: i32, width: i32, mean: usize, scale: f64, to: usize): void {
  const end = to + (dimensions as usize) * sizeof<T>();
  const scales = f64x2.splat(scale);
  for (let at = to; at < end; at += 2 * sizeof<T>()) {
    put<T>(at, f64x2.mul(scales, f64x2.sub(pairAt<S>(row), v128.load(mean))));
    row += 2 * sizeof<S>();
    mean += 16;
  }
  store<T>(end, scale as T);
  const last = to + (width as usize) * sizeof<T>();
  for (let at = end + sizeof<T>(); at < last; at += sizeof<T>()) store<T>(at, 0 as T);
}

function put<T>(at: usize, pair: v128): void {
  if (sizeof<T>() === 8) v128.store(at, pair);
  else v128.store64_lane(at, f32x4.demote_f64x2_zero(pair), 0);
}

/** So many gathered rows stay in the first caches. */
const MOST_AT_ONCE: i32 = 128;

/**
 * sums += Σ z zᵀ over the gathered rows z, the lower triangle of a `width` × `width` matrix of doubles (with something above it), in
 * tiles of 4 rows by 32 bytes of columns that stay in registers over all the gathered rows.
 */
export function addOuter<T>(rows: usize, count: i32, width: i32, sums: usize): void {
  const bytes = (width as usize) * sizeof<T>() * MOST_AT_ONCE;
  for (; count > 0; count -= MOST_AT_ONCE, rows += bytes) {
    addSome<T>(rows, min(count, MOST_AT_ONCE), width, sums);
  }
}

function addSome<T>(rows: usize, count: i32, width: i32, sums: usize): void {
  const columns: i32 = (32 / sizeof<T>()) as i32;
  const runBytes = (width as usize) * sizeof<T>();
  const end = rows + (count as usize) * runBytes;
  for (let i = 0; i < width; i += 4) {
    for (let j = 0; j < i + 4; j += columns) {
      let a0 = v128.splat<T>(0 as T);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let c0 = a0;
      let c1 = a0;
      let d0 = a0;
      let d1 = a0;
      let w = rows + (i as usize) * sizeof<T>();
      for (let p = rows + (j as usize) * sizeof<T>(); p < end; p += runBytes, w += runBytes) {
        const x0 = v128.load(p);
        const x1 = v128.load(p, 16);
        const wa = v128.load_splat<T>(w);
        a0 = v128.add<T>(a0, v128.mul<T>(wa, x0));
        a1 = v128.add<T>(a1, v128.mul<T>(wa, x1));
        const wb = v128.load_splat<T>(w, sizeof<T>());
        b0 = v128.add<T>(b0, v128.mul<T>(wb, x0));
        b1 = v128.add<T>(b1, v128.mul<T>(wb, x1));
        const wc = v128.load_splat<T>(w, 2 * sizeof<T>());
        c0 = v128.add<T>(c0, v128.mul<T>(wc, x0));
        c1 = v128.add<T>(c1, v128.mul<T>(wc, x1));
        const wd = v128.load_splat<T>(w, 3 * sizeof<T>());
        d0 = v128.add<T>(d0, v128.mul<T>(wd, x0));
        d1 = v128.add<T>(d1, v128.mul<T>(wd, x1));
      }
      const step = (width as usize) << 3;
      const to = sums + (i as usize) * step + ((j as usize) << 3);
      accumulate<T>(to, a0, a1);
      accumulate<T>(to + step, b0, b1);
      accumulate<T>(to + 2 * step, c0, c1);
      accumulate<T>(to + 3 * step, d0, d1);
    }
  }
}

function accumulate<T>(to: usize, first: v128, second: v128): void {
  if (sizeof<T>() === 8) {
    v128.store(to, f64x2.add(v128.load(to), first));
    v128.store(to, f64x2.add(v128.load(to, 16), second), 16);
    return;
  }
  accumulateFour(to, first);
  accumulateFour(to + 32, second);
}

function accumulateFour(to: usize, floats: v128): void {
  const high = v128.shuffle<i64>(floats, floats, 1, 0);
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(floats)));
  v128.store(to, f64x2.add(v128.load(to, 16), f64x2.promote_low_f32x4(high)), 16);
}

/**
 * Adds Σ r, then Σ r δ (`width` doubles), then Σ r δ² (`width` doubles) of every component to `sums`, from the pairs of a group
 * of rows (of type S) with a responsibility of at least `least`; `width` is D rounded up to a multiple of 8, and what lies
 * beyond D is never used. `list` has room for 16 bytes a row.
 */
export function addSquares<S>(
  rows: usize,
  dimensions: i32,
  width: i32,
  components: i32,
  batches: i32,
  starts: usize,
  inverses: usize,
  weights: usize,
  least: usize,
  means: usize,
  list: usize,
  sums: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  for (let k = 0; k < components; k++) {
    const smallest = load<f64>(least + ((k as usize) << 3));
    let item = list;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        const n = load<i32>(pair, 8) as usize;
        const responsibility = load<f64>(pair) * load<f64>(inverses + (n << 3));
        store<f64>(item, responsibility * load<f64>(weights + (n << 3)));
        store<usize>(item, rows + n * rowBytes, 8);
        item += ((responsibility >= smallest) as usize) << 4; // no branch: whether a row counts is hard to predict
      }
    }
    addListed<S>(list, item, width, means, sums);
    means += (width as usize) << 3;
    sums += ((1 + 2 * width) as usize) << 3;
  }
}

/** The same of one component, from its shares of rows and the rows' addresses. */
function addListed<S>(list: usize, end: usize, width: i32, mean: usize, sums: usize): void {
  if (end === list) return;
  let total: f64 = 0;
  for (let item = list; item < end; item += 16) total += load<f64>(item);
  store<f64>(sums, load<f64>(sums) + total);
  for (let j = 0; j < width; j += 8) {
    const m = mean + ((j as usize) << 3);
    const m0 = v128.load(m);
    const m1 = v128.load(m, 16);
    const m2 = v128.load(m, 32);
    const m3 = v128.load(m, 48);
    const offset = (j as usize) * sizeof<S>();
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    for (let item = list; item < end; item += 16) {
      const weight = v128.load64_splat(item);
      const from = load<usize>(item, 8) + offset;
      const d0 = f64x2.sub(pairAt<S>(from), m0);
      const w0 = f64x2.mul(weight, d0);
      a0 = f64x2.add(a0, w0);
      b0 = f64x2.add(b0, f64x2.mul(w0, d0));
      const d1 = f64x2.sub(pairAt<S>(from + 2 * sizeof<S>()), m1);
      const w1 = f64x2.mul(weight, d1);
      a1 = f64x2.add(a1, w1);
      b1 = f64x2.add(b1, f64x2.mul(w1, d1));
      const d2 = f64x2.sub(pairAt<S>(from + 4 * sizeof<S>()), m2);
      const w2 = f64x2.mul(weight, d2);
      a2 = f64x2.add(a2, w2);
      b2 = f64x2.add(b2, f64x2.mul(w2, d2));
      const d3 = f64x2.sub(pairAt<S>(from + 6 * sizeof<S>()), m3);
      const w3 = f64x2.mul(weight, d3);
      a3 = f64x2.add(a3, w3);
      b3 = f64x2.add(b3, f64x2.mul(w3, d3));
    }
    const first = sums + 8 + ((j as usize) << 3);
    const second = first + ((width as usize) << 3);
    v128.store(first, f64x2.add(v128.load(first), a0));
    v128.store(first, f64x2.add(v128.load(first, 16), a1), 16);
    v128.store(first, f64x2.add(v128.load(first, 32), a2), 32);
    v128.store(first, f64x2.add(v128.load(first, 48), a3), 48);
    v128.store(second, f64x2.add(v128.load(second), b0));
    v128.store(second, f64x2.add(v128.load(second, 16), b1), 16);
    v128.store(second, f64x2.add(v128.load(second, 32), b2), 32);
    v128.store(second, f64x2.add(v128.load(second, 48), b3), 48);
  }
}

/** sums += floats, which become zeros; `count` is a multiple of 4. */
export function addFloats(floats: usize, count: i32, sums: usize): void {
  const end = floats + ((count as usize) << 2);
  for (; floats < end; floats += 16, sums += 32) {
    accumulateFour(sums, v128.load(floats));
    v128.store(floats, f32x4.splat(0));
  }
}
