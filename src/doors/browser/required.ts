// The packages of CommonJS that megamix/core holds.
import { absent } from './node.ts';

export { AbstractMatrix, EigenvalueDecomposition, Matrix } from 'ml-matrix';

export const FFT = absent('spectra');
