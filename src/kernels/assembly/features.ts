// Rows become features, of which log densities are linear functions: `stride` floats for each feature, one for each row.
import { pairAt } from './distance';

/**
 * Rows of type S, `width` numbers from one to the next, less a centre, as floats: number n of dimension j is at j · stride + n.
 * Four rows and two dimensions are turned at a time; up to three rows after the last are turned with it, and never used, but have
 * their place in `out`.
 */
export function columns<S>(
  rows: usize,
  count: i32,
  width: i32,
  dimensions: i32,
  stride: i32,
  centre: usize,
  out: usize,
): void {
  const rowBytes = (width as usize) * sizeof<S>();
  const step = (stride as usize) << 2;
  for (let n = 0; n < count; n += 4, rows += 4 * rowBytes, out += 16) {
    let from = rows;
    let to = out;
    let c = centre;
    for (let j = 0; j < dimensions; j += 2, from += 2 * sizeof<S>(), to += 2 * step, c += 16) {
      const middle = v128.load(c);
      const one = difference<S>(from, middle);
      const two = difference<S>(from + rowBytes, middle);
      const three = difference<S>(from + 2 * rowBytes, middle);
      const four = difference<S>(from + 3 * rowBytes, middle);
      const low = v128.shuffle<f32>(one, two, 0, 4, 1, 5);
      const high = v128.shuffle<f32>(three, four, 0, 4, 1, 5);
      v128.store(to, v128.shuffle<f64>(low, high, 0, 2));
      if (j + 1 < dimensions) v128.store(to + step, v128.shuffle<f64>(low, high, 1, 3));
    }
  }
}

/** Two numbers less two others, as floats in the lower half. */
function difference<S>(at: usize, middle: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.sub(pairAt<S>(at), middle));
}

/** All products x_i x_j, j ≤ i, in the order of packed triangles. */
export function products(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  const step = (stride as usize) << 2;
  for (let i = 0; i < dimensions; i++) {
    const row = columns + (i as usize) * step;
    for (let j = 0; j <= i; j++) {
      multiply(row, columns + (j as usize) * step, out, step);
      out += step;
    }
  }
}

/** All squares x_j². */
export function squares(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  const bytes = ((stride * dimensions) as usize) << 2;
  multiply(columns, columns, out, bytes);
}

/** Σ x_j². */
export function squaredNorm(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  const step = (stride as usize) << 2;
  multiply(columns, columns, out, step);
  for (let j = 1; j < dimensions; j++) {
    columns += step;
    for (let at: usize = 0; at < step; at += 16) {
      const x = v128.load(columns + at);
      v128.store(out + at, f32x4.add(v128.load(out + at), f32x4.mul(x, x)));
    }
  }
}

function multiply(a: usize, b: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
}

/** Floats as doubles; `count` is a multiple of 4. */
export function widen(floats: usize, count: i32, doubles: usize): void {
  const end = floats + ((count as usize) << 2);
  while (floats < end) {
    const four = v128.load(floats);
    v128.store(doubles, f64x2.promote_low_f32x4(four));
    v128.store(doubles, f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 0)), 16);
    floats += 16;
    doubles += 32;
  }
}

/** Doubles as floats; `count` is a multiple of 2. */
export function narrow(doubles: usize, count: i32, floats: usize): void {
  const end = doubles + ((count as usize) << 3);
  for (; doubles < end; doubles += 16, floats += 8) {
    v128.store64_lane(floats, f32x4.demote_f64x2_zero(v128.load(doubles)), 0);
  }
}
