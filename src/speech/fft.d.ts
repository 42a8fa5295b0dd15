// Types of fft.js.
/** The used part of fft.js, which has no types of its own. */
declare module 'fft.js' {
  export default class FFT {
    /** For `size` complex numbers: a power of two, at least 2. */
    constructor(size: number);
    /** The spectrum; of both, real and imaginary parts in turn. */
    transform(spectrum: Float64Array, data: Float64Array): void;
  }
}
