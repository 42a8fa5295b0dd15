// Packages of CommonJS, required: where they are imported, Node reads them through a lexer, which takes 30 ms and 9 MB more.
import { createRequire } from 'node:module';
import type { AbstractMatrix as AnyMatrix, Matrix as DenseMatrix } from 'ml-matrix';

const require = createRequire(import.meta.url);
const matrices: typeof import('ml-matrix') = require('ml-matrix');

export type AbstractMatrix = AnyMatrix;
export const AbstractMatrix: typeof AnyMatrix = matrices.AbstractMatrix;

export type Matrix = DenseMatrix;
export const Matrix: typeof DenseMatrix = matrices.Matrix;

export const EigenvalueDecomposition: typeof matrices.EigenvalueDecomposition = matrices.EigenvalueDecomposition;

/** The used part of fft.js, which has no types of its own. */
export interface FFT {
  /** The spectrum of complex numbers; of both, real and imaginary parts in turn. */
  transform(spectrum: Float64Array, data: Float64Array): void;
}

/** For `size` complex numbers: a power of two, at least 2. */
export const FFT: new (size: number) => FFT = require('fft.js');
