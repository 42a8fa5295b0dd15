// The logarithm of the gamma function, and its derivative; the build puts what they are made of into one file.
import stdlibDigamma from '@stdlib/math-base-special-digamma';
import stdlibGammaln from '@stdlib/math-base-special-gammaln';

/** ψ(x), the derivative of log Γ(x). */
export const digamma: (x: number) => number = stdlibDigamma;

/** log Γ(x). */
export const gammaln: (x: number) => number = stdlibGammaln;
