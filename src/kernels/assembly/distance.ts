// Rows as they are, and their differences to means.

/** ‖x − centre‖² of a row of type S and a centre of doubles. */
export function squaredDistance<S>(row: usize, dimensions: i32, centre: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  const end = row + ((dimensions & ~3) as usize) * sizeof<S>();
  while (row < end) {
    const c = f64x2.sub(pairAt<S>(row), v128.load(centre));
    const d = f64x2.sub(pairAt<S>(row + 2 * sizeof<S>()), v128.load(centre, 16));
    a = f64x2.add(a, f64x2.mul(c, c));
    b = f64x2.add(b, f64x2.mul(d, d));
    row += 4 * sizeof<S>();
    centre += 32;
  }
  a = f64x2.add(a, b);
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (let j = 0; j < (dimensions & 3); j++) {
    const difference = (load<S>(row) as f64) - load<f64>(centre);
    sum += difference * difference;
    row += sizeof<S>();
    centre += 8;
  }
  return sum;
}

/** Two numbers of type S, as doubles. */
export function pairAt<S>(at: usize): v128 {
  return sizeof<S>() === 8 ? v128.load(at) : f64x2.promote_low_f32x4(v128.load64_zero(at));
}
