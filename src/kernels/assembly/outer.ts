// Outer products of gathered rows, summed. Sums are doubles; products are of type T.

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

/** sums += floats, which become zeros; `count` is a multiple of 4. */
export function addFloats(floats: usize, count: i32, sums: usize): void {
  const end = floats + ((count as usize) << 2);
  for (; floats < end; floats += 16, sums += 32) {
    accumulateFour(sums, v128.load(floats));
    v128.store(floats, f32x4.splat(0));
  }
}
