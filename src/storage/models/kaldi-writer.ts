// Writes Gaussian mixtures as Kaldi does: DiagGmm and FullGmm, binary and text, in single precision.
import { DataError } from '../../errors.ts';
import { groupsOf } from '../../mixture/components/scatter.ts';
import { covarianceNamed } from '../../mixture/covariance/index.ts';
import { covarianceOf, rowOf } from '../../mixture/mixture.ts';
import type { ModelState } from '../model-contents.ts';
import { inverted } from './given-covariances.ts';

type Shape = Pick<ModelState, 'mixture' | 'parameters'>;

/** Numbers of one component as the file has them, in single precision: μᵀΣ⁻¹, Σ⁻¹ (packed), and the logarithm of its density at 0. */
interface Component {
  readonly shifted: Float32Array;
  readonly precision: Float32Array;
  readonly constant: number;
}

/** The tokens of the two kinds. */
const tokens = {
  diagonal: { kind: 'DiagGMM', means: '<MEANS_INVVARS>', precisions: '<INV_VARS>' },
  full: { kind: 'FullGMM', means: '<MEANS_INVCOVARS>', precisions: '<INV_COVARS>' },
} as const;

/** A Gaussian mixture as Kaldi reads it; spherical covariances become diagonal ones, tied ones full. */
export function writeKaldi({ mixture, parameters }: Shape, isText: boolean): Uint8Array {
  const { components, dimensions } = mixture;
  const type = covarianceOf(mixture);
  const isFull = type.shape(dimensions).length === 2;
  const target = isFull ? 'full' : 'diagonal';
  const groups = groupsOf(parameters.covariances, type.size(dimensions));
  const weights = Float32Array.from(rowOf(mixture).weights.expected(parameters));
  const each = Array.from({ length: components }, (_, k) => {
    const group = groups[type.shared ? 0 : k]!;
    const covariance = isFull || group.length === dimensions ? group : new Float64Array(dimensions).fill(group[0]!);
    const mean = parameters.means.subarray(k * dimensions, (k + 1) * dimensions);
    return componentOf(target, covariance, mean, weights[k]!, k);
  });
  const { kind, means, precisions } = tokens[target];
  const out: Sink = isText ? new TextSink() : new BinarySink();
  out.token(`<${kind}>`, '\n');
  out.token('<GCONSTS>');
  out.vector(Float32Array.from(each, ({ constant }) => constant));
  out.token('<WEIGHTS>');
  out.vector(weights);
  out.token(means);
  out.matrix(each.map(({ shifted }) => shifted));
  out.token(precisions);
  if (isFull) for (const { precision } of each) out.packed(precision, dimensions);
  else out.matrix(each.map(({ precision }) => precision));
  out.token(`</${kind}>`, '\n');
  return out.bytes();
}

/** The constant is of the numbers as the file has them: Kaldi computes it anew from these. */
function componentOf(
  target: keyof typeof tokens,
  covariance: Float64Array,
  mean: Float64Array,
  weight: number,
  k: number,
): Component {
  const dimensions = mean.length;
  const type = covarianceNamed(target);
  const factor = new Float64Array(covariance.length);
  type.factorise(covariance, dimensions, factor);
  const precision = Float32Array.from(inverted(type, covariance, factor, dimensions));
  const exact = Float64Array.from(precision);
  const { logDeterminant } = exact.every(Number.isFinite) ? type.factorise(exact, dimensions, factor) : {};
  const matrix = type.toMatrix(exact, dimensions);
  const shifted = Float32Array.from(mean, (_, i) =>
    mean.reduce((sum, value, j) => sum + matrix[i * dimensions + j]! * value, 0),
  );
  if (logDeterminant === undefined || !shifted.every(Number.isFinite)) {
    throw new DataError(
      'bad-model',
      `component ${k} cannot be written for Kaldi, whose numbers are of single precision: its covariance is too small or too near to singular for them: raise regCovar`,
    );
  }
  const whitened = new Float64Array(dimensions);
  type.whiten(factor, Float64Array.from(shifted), whitened);
  const distance = whitened.reduce((sum, value) => sum + value * value, 0);
  const constant = Math.log(weight) + 0.5 * (logDeterminant - dimensions * Math.log(2 * Math.PI) - distance);
  return { shifted, precision, constant };
}

/** How objects of Kaldi are written. */
interface Sink {
  token(token: string, textEnd?: string): void;
  vector(values: Float32Array): void;
  matrix(rows: readonly Float32Array[]): void;
  packed(triangle: Float32Array, order: number): void;
  bytes(): Uint8Array;
}

class BinarySink implements Sink {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0, 0x42)];

  token(token: string): void {
    this.#parts.push(new TextEncoder().encode(`${token} `));
  }

  vector(values: Float32Array): void {
    this.token('FV');
    this.#size(values.length);
    this.#numbers(values);
  }

  matrix(rows: readonly Float32Array[]): void {
    this.token('FM');
    this.#size(rows.length);
    this.#size(rows[0]!.length);
    for (const row of rows) this.#numbers(row);
  }

  packed(triangle: Float32Array, order: number): void {
    this.token('FP');
    this.#size(order);
    this.#numbers(triangle);
  }

  bytes(): Uint8Array {
    const out = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  #size(value: number): void {
    const bytes = new Uint8Array(5);
    bytes[0] = 4;
    new DataView(bytes.buffer).setInt32(1, value, true);
    this.#parts.push(bytes);
  }

  #numbers(values: Float32Array): void {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
    this.#parts.push(bytes);
  }
}

class TextSink implements Sink {
  #text = '';

  token(token: string, textEnd = ''): void {
    this.#text += `${token} ${textEnd}`;
  }

  vector(values: Float32Array): void {
    this.#text += ` [ ${lineOf(values)}]\n`;
  }

  matrix(rows: readonly Float32Array[]): void {
    this.#text += ` [${rows.map((row) => `\n  ${lineOf(row)}`).join('')}]\n`;
  }

  packed(triangle: Float32Array, order: number): void {
    const rows = Array.from({ length: order }, (_, i) => triangle.subarray((i * (i + 1)) / 2, ((i + 1) * (i + 2)) / 2));
    this.#text += `[\n${rows.map(lineOf).join('\n')}]\n`;
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#text);
  }
}

const lineOf = (values: Float32Array): string => Array.from(values, (value) => `${shortest(value)} `).join('');

/** The fewest digits that give this float again. */
function shortest(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : value > 0 ? 'inf' : 'nan';
  for (let digits = 6; ; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (digits >= 9 || Math.fround(Number(text)) === value) return text;
  }
}
