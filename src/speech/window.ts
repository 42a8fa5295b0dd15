// Window functions.
/** The shapes of frames, over a phase from 0 to 2π; as Kaldi has them. */
export const windows = {
  povey: (phase) => (0.5 - 0.5 * Math.cos(phase)) ** 0.85,
  hamming: (phase) => 0.54 - 0.46 * Math.cos(phase),
  hann: (phase) => 0.5 - 0.5 * Math.cos(phase),
  rectangular: () => 1,
  blackman: (phase, coefficient) => coefficient - 0.5 * Math.cos(phase) + (0.5 - coefficient) * Math.cos(2 * phase),
  sine: (phase) => Math.sin(0.5 * phase),
} satisfies Record<string, (phase: number, blackmanCoefficient: number) => number>;

/** Shape of the window that frames are multiplied by. */
export type WindowName = keyof typeof windows;

/** A window of `length` samples. */
export function windowOf(name: WindowName, length: number, blackmanCoefficient: number): Float64Array {
  const step = (2 * Math.PI) / (length - 1);
  return Float64Array.from({ length }, (_, i) => windows[name](step * i, blackmanCoefficient));
}
