// Moments of one component about its mean, from the rows that it has a share of. Sums are doubles; products are of type T.

/**
 * Writes the rows (of type S) whose responsibility is from `least` up to, but not, `most`, less the mean, as runs of `width`
 * numbers of type T that end in a 1 and zeros; and the same multiplied by responsibility and row weight. Returns how many.
 */
export function gather<S, T>(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  most: f64,
  weights: usize,
  mean: usize,
  deltas: usize,
  weighted: usize,
): i32 {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const runBytes = (width as usize) * sizeof<T>();
  let gathered = 0;
  for (let n = 0; n < count; n++) {
    const place = (n as usize) << 3;
    if ((n & 3) === 0 && noneOfFour(responsibilities + place, least, most)) {
      n += 3;
      continue;
    }
    const responsibility = load<f64>(responsibilities + place);
    if (!(responsibility >= least && responsibility < most)) continue;
    const share = responsibility * load<f64>(weights + place);
    gathered++;
    const weight = f64x2.splat(share);
    let from = rows + (n as usize) * rowBytes;
    let m = mean;
    let at: usize = 0;
    for (let j = 0; j < dimensions; j += 2) {
      const x = sizeof<S>() === 8 ? v128.load(from) : f64x2.promote_low_f32x4(v128.load64_zero(from));
      const delta = f64x2.sub(x, v128.load(m));
      put<T>(deltas + at, delta);
      put<T>(weighted + at, f64x2.mul(weight, delta));
      from += 2 * sizeof<S>();
      m += 16;
      at += 2 * sizeof<T>();
    }
    for (let j = dimensions; j < width; j++) {
      store<T>(deltas + (j as usize) * sizeof<T>(), (j === dimensions ? 1 : 0) as T);
      store<T>(weighted + (j as usize) * sizeof<T>(), (j === dimensions ? share : 0) as T);
    }
    deltas += runBytes;
    weighted += runBytes;
  }
  return gathered;
}

/** Most rows have next to no share in most components: four are looked at at a time. */
function noneOfFour(at: usize, least: f64, most: f64): bool {
  const low = f64x2.splat(least);
  const high = f64x2.splat(most);
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const first = v128.and(f64x2.ge(a, low), f64x2.lt(a, high));
  const second = v128.and(f64x2.ge(b, low), f64x2.lt(b, high));
  return !v128.any_true(v128.or(first, second));
}

function put<T>(at: usize, pair: v128): void {
  if (sizeof<T>() === 8) v128.store(at, pair);
  else v128.store64_lane(at, f32x4.demote_f64x2_zero(pair), 0);
}

/**
 * sums += Σ weighted · deltaᵀ, the lower triangle of a `width` × `width` matrix of doubles (with something above it), in
 * tiles of 4 rows by 32 bytes of columns that stay in registers over all the gathered rows.
 */
export function addOuter<T>(deltas: usize, weighted: usize, count: i32, width: i32, sums: usize): void {
  const columns: i32 = (32 / sizeof<T>()) as i32;
  const runBytes = (width as usize) * sizeof<T>();
  const end = deltas + (count as usize) * runBytes;
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
      let w = weighted + (i as usize) * sizeof<T>();
      for (let p = deltas + (j as usize) * sizeof<T>(); p < end; p += runBytes, w += runBytes) {
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
 * Adds Σ r, then Σ r δ (`width` doubles), then Σ r δ² (`width` doubles) of the rows of type S with a responsibility of at
 * least `least` to `sums`, where r is responsibility times row weight; `width` is D rounded
 * up to a multiple of 8, and what lies beyond D is never used. `list` has room for `count` times 16 bytes.
 */
export function addSquares<S>(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  weights: usize,
  mean: usize,
  list: usize,
  sums: usize,
): void {
  let end = list;
  let total: f64 = 0;
  for (let n = 0; n < count; n++) {
    if ((n & 3) === 0 && noneOfFour(responsibilities + ((n as usize) << 3), least, Infinity)) {
      n += 3;
      continue;
    }
    const responsibility = load<f64>(responsibilities + ((n as usize) << 3));
    const share = responsibility * load<f64>(weights + ((n as usize) << 3));
    const counts = responsibility >= least;
    store<f64>(end, share);
    store<usize>(end, rows + ((n * dimensions) as usize) * sizeof<S>(), 8);
    end += (counts as usize) << 4; // no branch: whether a row counts is hard to predict
    total += counts ? share : 0;
  }
  if (end === list) return;
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
      const d0 = f64x2.sub(pair<S>(from), m0);
      const w0 = f64x2.mul(weight, d0);
      a0 = f64x2.add(a0, w0);
      b0 = f64x2.add(b0, f64x2.mul(w0, d0));
      const d1 = f64x2.sub(pair<S>(from + 2 * sizeof<S>()), m1);
      const w1 = f64x2.mul(weight, d1);
      a1 = f64x2.add(a1, w1);
      b1 = f64x2.add(b1, f64x2.mul(w1, d1));
      const d2 = f64x2.sub(pair<S>(from + 4 * sizeof<S>()), m2);
      const w2 = f64x2.mul(weight, d2);
      a2 = f64x2.add(a2, w2);
      b2 = f64x2.add(b2, f64x2.mul(w2, d2));
      const d3 = f64x2.sub(pair<S>(from + 6 * sizeof<S>()), m3);
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

function pair<S>(at: usize): v128 {
  return sizeof<S>() === 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
}
