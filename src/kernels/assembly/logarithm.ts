// log(1 + x) of several numbers at once, for x ≥ 0, as FreeBSD's log1p and logf compute it: 1 + x = 2ᵏ m with m in [√½, √2), s =
// (m − 1) / (m + 1), and an odd polynomial in s. What 1 + x is rounded by is added in the end, so that small x keep their digits.
// Constants come from memory: engines make one that stands in the code anew at every use, which takes longer.

/** Two numbers that differ by this are the bits of one number above and below √½ … √2. */
const BITS64: i64 = 0x3ff0000000000000 - 0x3fe6a09e00000000;
const BITS32: i32 = 0x3f800000 - 0x3f3504f3;
/** Floats beyond this may come of sums that overflowed on the way. */
export const LARGEST32: f32 = 1e37;

const DOUBLES: usize = memory.data<f64>([
  1,
  2,
  0.5,
  0.6666666666666735,
  0.3999999999940942,
  0.2857142874366239,
  0.22222198432149784,
  0.1818357216161805,
  0.15313837699209373,
  0.14798198605116586,
  0.6931471803691238, // ln 2 to 33 bits, so that its multiples are exact
  1.9082149292705877e-10, // and the rest of it
  4503599627371519, // 2⁵² + 1023
  Infinity,
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: AssemblyScript's Math has it too, but only at run time.
  1.4142135623730951, // √2
]);
const INTEGERS: usize = memory.data<i64>([
  BITS64,
  0x4330000000000000, // 2⁵²
  0x000fffffffffffff,
  0x3fe6a09e00000000,
]);
const FLOATS: usize = memory.data<f32>([
  1,
  2,
  0.5,
  0.66666662693,
  0.40000972152,
  0.28498786688,
  0.24279078841,
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: AssemblyScript's Math has it too, but only at run time.
  0.69314718, // ln 2
]);
const INTEGERS32: usize = memory.data<i32>([BITS32, 127, 0x007fffff, 0x3f3504f3]);

/** log(1 + x) of a run of doubles in place; NaN and infinity stay. `count` is rounded up to an even number. The relative error is below 6·10⁻¹⁶. */
export function logOnePlus(run: usize, count: i32): void {
  for (const end = run + ((count as usize) << 3); run < end; run += 16) {
    const x = v128.load(run);
    const one = v128.load64_splat(DOUBLES);
    const u = f64x2.add(one, x);
    const shifted = i64x2.add(u, v128.load64_splat(INTEGERS));
    const exponent = v128.or(i64x2.shr_u(shifted, 52), v128.load64_splat(INTEGERS, 8)); // plus 2⁵², as a double
    const k = f64x2.sub(exponent, v128.load64_splat(DOUBLES, 96));
    const m = i64x2.add(v128.and(shifted, v128.load64_splat(INTEGERS, 16)), v128.load64_splat(INTEGERS, 24));
    const f = f64x2.sub(m, one);
    const s = f64x2.div(f, f64x2.add(v128.load64_splat(DOUBLES, 8), f));
    const z = f64x2.mul(s, s);
    const w = f64x2.mul(z, z);
    let even = f64x2.add(v128.load64_splat(DOUBLES, 48), f64x2.mul(w, v128.load64_splat(DOUBLES, 64)));
    even = f64x2.mul(w, f64x2.add(v128.load64_splat(DOUBLES, 32), f64x2.mul(w, even)));
    let odd = f64x2.add(v128.load64_splat(DOUBLES, 56), f64x2.mul(w, v128.load64_splat(DOUBLES, 72)));
    odd = f64x2.add(v128.load64_splat(DOUBLES, 40), f64x2.mul(w, odd));
    odd = f64x2.mul(z, f64x2.add(v128.load64_splat(DOUBLES, 24), f64x2.mul(w, odd)));
    const half = f64x2.mul(v128.load64_splat(DOUBLES, 16), f64x2.mul(f, f));
    // what 1 + x was rounded by, over u ≈ 1 + f; only where k = 0 does it matter
    const lost = v128.and(f64x2.sub(x, f64x2.sub(u, one)), f64x2.lt(u, v128.load64_splat(DOUBLES, 112)));
    const ofLost = f64x2.mul(lost, f64x2.sub(one, f64x2.sub(f, f64x2.mul(f, f))));
    const low = f64x2.add(f64x2.mul(k, v128.load64_splat(DOUBLES, 88)), ofLost);
    const main = f64x2.mul(s, f64x2.add(half, f64x2.add(odd, even)));
    const sum = f64x2.add(f64x2.sub(f64x2.add(main, low), half), f);
    const result = f64x2.add(sum, f64x2.mul(k, v128.load64_splat(DOUBLES, 80)));
    v128.store(run, v128.bitselect(result, x, f64x2.lt(x, v128.load64_splat(DOUBLES, 104))));
  }
}

/** Of four floats below `LARGEST32`. The relative error is below 3·10⁻⁷: what x ≥ 1 is rounded by is left out. */
export function logOnePlusFloats(x: v128): v128 {
  const one = v128.load32_splat(FLOATS);
  const u = f32x4.add(one, x);
  const shifted = i32x4.add(u, v128.load32_splat(INTEGERS32));
  const k = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), v128.load32_splat(INTEGERS32, 4)));
  const m = i32x4.add(v128.and(shifted, v128.load32_splat(INTEGERS32, 8)), v128.load32_splat(INTEGERS32, 12));
  const f = f32x4.sub(m, one);
  const lost = v128.and(f32x4.sub(x, f32x4.sub(u, one)), f32x4.lt(x, one));
  const s = f32x4.div(f, f32x4.add(v128.load32_splat(FLOATS, 4), f));
  const z = f32x4.mul(s, s);
  const w = f32x4.mul(z, z);
  const even = f32x4.mul(w, f32x4.add(v128.load32_splat(FLOATS, 16), f32x4.mul(w, v128.load32_splat(FLOATS, 24))));
  const odd = f32x4.mul(z, f32x4.add(v128.load32_splat(FLOATS, 12), f32x4.mul(w, v128.load32_splat(FLOATS, 20))));
  const half = f32x4.mul(v128.load32_splat(FLOATS, 8), f32x4.mul(f, f));
  const main = f32x4.add(f32x4.mul(s, f32x4.add(half, f32x4.add(odd, even))), lost);
  return f32x4.add(f32x4.add(f32x4.sub(main, half), f), f32x4.mul(k, v128.load32_splat(FLOATS, 28)));
}
