// Gaussian mixtures of Kaldi: DiagGmm and FullGmm, binary and text.
import { DataError } from '../../errors.ts';
import { covarianceNamed } from '../../mixture/covariance/index.ts';
import type { ModelState } from '../model-contents.ts';
import { stateFromNumbers } from './from-numbers.ts';
import { inverted } from './given-covariances.ts';
import { KaldiReader, latin1 } from './kaldi-reader.ts';
import { splitInto } from './number-table.ts';

/** Tokens of the two kinds; the longer ones are of old files. */
const DIAGONAL = ['<DiagGMM>', '<DiagGMMBegin>'];
const FULL = ['<FullGMM>', '<FullGMMBegin>'];
const BEGINNING = /^(\0B)?\s*<(Diag|Full)GMM/;
const ACOUSTIC = /^(\0B)?\s*<TransitionModel>/;
const LOOKED_AT = 256;

/** Whether a mixture of Kaldi begins here. */
export const isKaldi = (bytes: Uint8Array): boolean => BEGINNING.test(latin1(bytes.subarray(0, LOOKED_AT)));

/** Whether these are many mixtures of Kaldi, with transitions (final.mdl). */
export const isAcousticModel = (bytes: Uint8Array): boolean => ACOUSTIC.test(latin1(bytes.subarray(0, LOOKED_AT)));

/**
 * Reads a mixture as Kaldi's gmm/diag-gmm.cc and gmm/full-gmm.cc write it. The constants in it are computed anew, as there.
 *
 * @throws DataError that names the token and the byte.
 */
export function readKaldi(bytes: Uint8Array, name: string): ModelState {
  const reader = new KaldiReader(bytes, name);
  const isFull = FULL.includes(reader.token(...DIAGONAL, ...FULL));
  if (reader.token('<GCONSTS>', '<WEIGHTS>') === '<GCONSTS>') {
    reader.vector();
    reader.token('<WEIGHTS>');
  }
  const weights = reader.vector();
  const components = weights.length;
  const [means, covariances] = isFull ? readFull(reader, components) : readDiagonal(reader, components);
  reader.token(...(isFull ? ['</FullGMM>', '<FullGMMEnd>'] : ['</DiagGMM>', '<DiagGMMEnd>']));
  reader.end();
  const rows = (data: Float64Array): Float64Array[] => splitInto(data, components);
  const covariance = isFull ? 'full' : 'diagonal';
  return stateFromNumbers('gmm', { weights, means: rows(means), covariances, covariance }, name);
}

type MeansAndCovariances = readonly [means: Float64Array, covariances: Float64Array];

function readDiagonal(reader: KaldiReader, components: number): MeansAndCovariances {
  const shifts = readMeans(reader, '<MEANS_INVVARS>', components);
  reader.token('<INV_VARS>');
  const { data: precisions, rows, columns } = reader.matrix();
  if (rows !== components || columns * components !== shifts.length)
    throw reader.error(`received ${rows} × ${columns} numbers, expected ${components} × ${shifts.length / components}`);
  const bad = precisions.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (bad >= 0) {
    const [component, column] = [Math.floor(bad / columns), (bad % columns) + 1];
    throw reader.error(`component ${component}, column ${column} is ${precisions[bad]}, expected a number > 0`);
  }
  return [shifts.map((shift, i) => shift / precisions[i]!), precisions.map((precision) => 1 / precision)];
}

function readFull(reader: KaldiReader, components: number): MeansAndCovariances {
  const shifts = readMeans(reader, '<MEANS_INVCOVARS>', components);
  const dimensions = shifts.length / components;
  reader.token('<INV_COVARS>');
  const type = covarianceNamed('full');
  const means = new Float64Array(shifts.length);
  const matrices: Float64Array[] = [];
  for (let k = 0; k < components; k++) {
    const precision = reader.packed();
    if (precision.length !== type.size(dimensions))
      throw reader.error(
        `component ${k} has ${precision.length} numbers, expected ${type.size(dimensions)}, a triangle of ${dimensions} rows`,
      );
    const factor = new Float64Array(precision.length);
    const { singularColumn } = precision.every(Number.isFinite)
      ? type.factorise(precision, dimensions, factor)
      : { singularColumn: 0 };
    if (singularColumn !== undefined)
      throw reader.error(`that of component ${k} is not positive definite (column ${singularColumn + 1})`);
    const matrix = type.toMatrix(inverted(type, precision, factor, dimensions), dimensions);
    multiply(matrix, shifts.subarray(k * dimensions, (k + 1) * dimensions), means.subarray(k * dimensions));
    matrices.push(matrix);
  }
  const covariances = new Float64Array(components * dimensions ** 2);
  for (const [k, matrix] of matrices.entries()) covariances.set(matrix, k * matrix.length);
  return [means, covariances];
}

/** Means that are multiplied by inverse covariances, a row for each component. */
function readMeans(reader: KaldiReader, token: string, components: number): Float64Array {
  reader.token(token);
  const { data, rows, columns } = reader.matrix();
  if (rows === components && columns > 0) return data;
  throw reader.error(`received ${rows} × ${columns} numbers, expected a row for each of the ${components} weights`);
}

function multiply(matrix: Float64Array, vector: Float64Array, out: Float64Array): void {
  for (let i = 0; i < vector.length; i++) {
    out[i] = vector.reduce((sum, value, j) => sum + matrix[i * vector.length + j]! * value, 0);
  }
}

/** Error for a model that is not one mixture. */
export const acousticModel = (name: string): DataError =>
  new DataError(
    'unsupported',
    `${name} is an acoustic model of many mixtures (<TransitionModel>); expected one, as final.dubm or final.ubm: <DiagGMM> or <FullGMM>`,
    {
      source: name,
    },
  );
