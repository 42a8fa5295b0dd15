/** What is used of fft.js, which has no types of its own. */
declare module 'fft.js' {
  export default class FFT {
    /** For so many numbers: a power of two, at least 2. */
    constructor(size: number);
    /** The lower half of the spectrum, real and imaginary parts in turn, in room for the whole. */
    realTransform(spectrum: Float64Array, data: Float64Array): void;
  }
}
