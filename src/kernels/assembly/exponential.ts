// The exponential function of two doubles at once.

// Constants come from memory: engines make one that stands in the code anew at every use, which takes longer.

const DOUBLES: usize = memory.data<f64>([
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: AssemblyScript's Math has it too, but only at run time.
  1.4426950408889634, // log₂ e
  0.6931471803691238, // ln 2 to 32 bits, so that its multiples are exact
  1.9082149292705877e-10, // and the rest of it
  6755399441055744, // adding it rounds to a whole number, which then stands in the lowest bits
  1,
  0.5,
  1.0 / 6.0,
  1.0 / 24.0,
  1.0 / 120.0,
  1.0 / 720.0,
  1.0 / 5040.0,
  1.0 / 40320.0,
  1.0 / 362880.0,
  1.0 / 3628800.0,
  1.0 / 39916800.0,
  1.0 / 479001600.0,
  1.0 / 6227020800.0,
]);

/**
 * eˣ of both lanes for −700 < x < 700; NaN stays NaN. The relative error is below 4·10⁻¹⁶ (measured against Math.exp):
 * x = k ln 2 + r, |r| ≤ ½ ln 2, eʳ by its Taylor polynomial of degree 13, whose remainder is below 5·10⁻¹⁸, in Estrin's order.
 */
export function exponential(x: v128): v128 {
  const rounder = v128.load64_splat(DOUBLES, 24);
  const shifted = f64x2.add(f64x2.mul(x, v128.load64_splat(DOUBLES)), rounder);
  const k = f64x2.sub(shifted, rounder);
  const rough = f64x2.sub(x, f64x2.mul(k, v128.load64_splat(DOUBLES, 8)));
  const r = f64x2.sub(rough, f64x2.mul(k, v128.load64_splat(DOUBLES, 16)));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const one = v128.load64_splat(DOUBLES, 32);
  const linear = f64x2.add(one, r);
  const low = f64x2.add(linear, f64x2.mul(line(r, DOUBLES + 40), r2));
  const middle = f64x2.add(line(r, DOUBLES + 56), f64x2.mul(line(r, DOUBLES + 72), r2));
  const high = f64x2.add(line(r, DOUBLES + 88), f64x2.mul(line(r, DOUBLES + 104), r2));
  const upper = f64x2.add(high, f64x2.mul(line(r, DOUBLES + 120), r4));
  const p = f64x2.add(low, f64x2.mul(r4, f64x2.add(middle, f64x2.mul(upper, r4))));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

/** The first of two coefficients, and the second times r. */
function line(r: v128, coefficients: usize): v128 {
  return f64x2.add(v128.load64_splat(coefficients), f64x2.mul(v128.load64_splat(coefficients, 8), r));
}
