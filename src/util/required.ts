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

type FFT = import('fft.js').default;
const FFT: typeof import('fft.js').default = require('fft.js');

export { FFT };
