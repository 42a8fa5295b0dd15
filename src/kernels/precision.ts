// The arithmetic of the hot loops: doubles or floats.
import type { Scorer } from '../mixture/scorer.ts';
import type { Memory } from './wasm-memory.ts';

interface Arithmetic {
  readonly bytes: number;
  readonly bits: 64 | 32;
  /** Rows of a tile. */
  readonly lanes: number;
  view(memory: Memory, at: number, length: number): Float64Array | Float32Array;
  /** Vector subtracted from rows before they are packed: the centre of whitening, or one that keeps floats small. */
  centre(scorer: Scorer): Float64Array;
}

/** The arithmetic of the hot loops; sums of many rows are doubles in both. */
export const precisions = {
  f64: {
    bytes: 8,
    bits: 64,
    lanes: 8,
    view: (memory, at, length) => memory.doubles(at, length),
    centre: ({ whitening, dimensions }) => whitening?.centre ?? new Float64Array(dimensions),
  },
  f32: {
    bytes: 4,
    bits: 32,
    lanes: 16,
    view: (memory, at, length) => memory.floats(at, length),
    centre: (scorer) => scorer.whitening?.centre ?? meanOfMeans(scorer),
  },
} satisfies Record<string, Arithmetic>;

/** Precision of the arithmetic: 'f64', doubles, or 'f32', floats. */
export type Precision = keyof typeof precisions;

/** The middle of a scorer's components. */
export function meanOfMeans({ means, components, dimensions }: Scorer): Float64Array {
  const centre = new Float64Array(dimensions);
  for (const [i, value] of means.entries()) centre[i % dimensions]! += value / components;
  return centre;
}

/** Numbers whose squares floats can hold, with room for sums of them. */
export const isOfFloatSize = (value: number): boolean => value > 1e-15 && value < 1e15;
