// Seeded random numbers, one sequence per purpose.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A source of randomness as pure-rand's distributions take it. */
export type Random = ReturnType<typeof xoroshiro128plusFromState>;

/** Purposes of randomness: each has a sequence of its own for every seed. */
const purposes = { reservoir: 1, seeding: 2, heldOut: 3, sample: 4, dither: 5, window: 6, relocation: 7 };

/** A generator whose state is hashed from the seed, so that neighbouring seeds, or attempts, have nothing in common. */
export function randomFor(purpose: keyof typeof purposes, seed: number, attempt = 0): Random {
  const first = hash(seed, purposes[purpose] + 16 * attempt);
  return xoroshiro128plusFromState([1, 2, 3, 4].map((i) => hash(first, i) | 0));
}

/** A generator that continues from the state of another. */
export const randomFrom = (state: readonly number[]): Random => xoroshiro128plusFromState(state);

/** Whether a row is of the chosen share of all rows; the same for the same seed, row and fraction. */
export function chooses(fraction: number, seed: number, row: number): boolean {
  return hash(hash(seed, purposes.heldOut), row) < fraction * 2 ** 32;
}

/** Standard normal numbers, by the polar method of Marsaglia & Bray (1964). */
export function normals(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * uniformFloat64(random) - 1;
      const y = 2 * uniformFloat64(random) - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * scale;
      return x * scale;
    }
  };
}

/** Numbers of the gamma distribution of a shape > 0 and scale 1, by the method of Marsaglia & Tsang (2000). */
export function gammas(random: Random, normal: () => number): (shape: number) => number {
  return (shape) => {
    const boost = shape < 1 ? (1 - uniformFloat64(random)) ** (1 / shape) : 1;
    const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniformFloat64(random)) < 0.5 * x * x + d * (1 - v + Math.log(v))) {
        return Math.max(Number.MIN_VALUE, boost * d * v);
      }
    }
  };
}

/** 32 well-mixed bits of two whole numbers of up to 53 bits (the finaliser of MurmurHash3 over their halves). */
function hash(a: number, b: number): number {
  const ofA = mix(mix(a >>> 0) ^ upper(a));
  return mix(mix(ofA ^ (b >>> 0)) ^ upper(b)) >>> 0;
}

const upper = (whole: number): number => Math.floor(whole / 2 ** 32) >>> 0;

function mix(bits: number): number {
  let h = (bits + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
