// Power spectrum of a frame.
import { FFT } from '../util/required.ts';

/**
 * The power of each bin of a spectrum below half the sample rate. Neighbouring samples are taken for real and imaginary
 * parts, so that the transform is of half the length; Press et al., Numerical Recipes (2007), section 12.3.
 */
export class PowerSpectrum {
  readonly #half: number;
  readonly #fft: FFT;
  readonly #out: Float64Array;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  /** Number of samples: a power of two, at least 4. */
  constructor(size: number) {
    const half = size / 2;
    this.#half = half;
    this.#fft = new FFT(half);
    this.#out = new Float64Array(size);
    this.#cosines = Float64Array.from({ length: half }, (_, k) => Math.cos((Math.PI * k) / half));
    this.#sines = Float64Array.from({ length: half }, (_, k) => Math.sin((Math.PI * k) / half));
  }

  compute(samples: Float64Array, powers: Float64Array): void {
    const out = this.#out;
    const cosines = this.#cosines;
    const sines = this.#sines;
    const half = this.#half;
    this.#fft.transform(out, samples);
    for (let k = 0; k < half; k++) {
      const at = 2 * k;
      const mirrored = k === 0 ? 0 : 2 * (half - k);
      const evenReal = out[at]! + out[mirrored]!;
      const evenImaginary = out[at + 1]! - out[mirrored + 1]!;
      const oddReal = out[at + 1]! + out[mirrored + 1]!;
      const oddImaginary = out[mirrored]! - out[at]!;
      const real = evenReal + cosines[k]! * oddReal + sines[k]! * oddImaginary;
      const imaginary = evenImaginary + cosines[k]! * oddImaginary - sines[k]! * oddReal;
      powers[k] = 0.25 * (real * real + imaginary * imaginary);
    }
  }
}
