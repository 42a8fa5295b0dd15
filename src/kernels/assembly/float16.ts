// Decodes float16 numbers.
/** The float 2¹¹². */
const TWO_TO_112 = 0x77800000;

/**
 * IEEE 754 binary16 numbers as floats, exactly; `count` is rounded up to a multiple of 8, what comes after it must be finite.
 * Returns whether all are.
 */
export function decode(halves: usize, count: i32, floats: usize): bool {
  let largest = i16x8.splat(0);
  const end = halves + ((count as usize) << 1);
  while (halves < end) {
    const eight = v128.load(halves);
    largest = i16x8.max_u(largest, v128.and(eight, i16x8.splat(0x7fff)));
    v128.store(floats, four(i32x4.extend_low_i16x8_u(eight)));
    v128.store(floats, four(i32x4.extend_high_i16x8_u(eight)), 16);
    halves += 16;
    floats += 32;
  }
  return !v128.any_true(i16x8.ge_u(largest, i16x8.splat(0x7c00)));
}

/** The bits of a half at their places in a float have an exponent that is too small by 112; infinity and NaN need all its bits. */
function four(bits: v128): v128 {
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  const small = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  const size = f32x4.mul(small, i32x4.splat(TWO_TO_112));
  const isInfinite = f32x4.ge(size, f32x4.splat(65536));
  return v128.or(v128.or(size, sign), v128.and(isInfinite, i32x4.splat(0x7f800000)));
}
