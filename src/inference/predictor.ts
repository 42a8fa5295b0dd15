// Labels, log-probabilities and responsibilities of rows in memory, at once.
import { NO_PART } from '../chunk.ts';
import { DataError, SettingError } from '../errors.ts';
import { type ComputeOptions, checkComputing, computeOptions, kernelFor } from '../kernels/index.ts';
import { BATCH, type Kernel } from '../kernels/kernel.ts';
import { checkFinite } from '../sources/check.ts';
import { hintFor } from '../sources/rows.ts';
import type { OptionTable } from '../util/options.ts';
import { shown } from '../util/shown.ts';
import { unscorable } from './row-results.ts';
import type { RowScorer } from './row-scores.ts';

/** Options of `MixtureModel.predictor`. */
export interface PredictorOptions extends Omit<ComputeOptions, 'threads'> {}

export const predictorOptions = {
  kernel: computeOptions.kernel,
  precision: computeOptions.precision,
} satisfies OptionTable<PredictorOptions>;

/** Rows × dimensions numbers, row by row. */
export type FlatNumbers = Float64Array | Float32Array;

/** The E-step, or the density: of Bayesian models they differ. */
type PassName = 'pass' | 'densityPass';

const ROWS = 'the rows';

/**
 * A model, ready to predict rows that are in memory, on the caller's thread: no promise, and no memory is taken where there is a place for the
 * results. Made by `MixtureModel.predictor`. All results are those of the model's other functions.
 */
export class Predictor {
  readonly #model: RowScorer;
  readonly #computing: ReturnType<typeof checkComputing>;
  readonly #kernels = new Map<PassName, Kernel>();
  readonly #labels = new Float64Array(BATCH);
  /** Of each row a number that is not finite if it is too far from all components. */
  readonly #nearness = new Float64Array(BATCH);

  /** Made by `MixtureModel.predictor`. */
  constructor(model: RowScorer, options: PredictorOptions) {
    this.#model = model;
    this.#computing = checkComputing({ ...options, threads: 1 });
  }

  /**
   * The most probable component of each row, from 0.
   *
   * @param rows - rows × dimensions numbers.
   * @param into - a place for as many labels as there are rows; default: a new one.
   * @throws DataError for rows that cannot be used.
   */
  labels(rows: FlatNumbers, into?: Int32Array): Int32Array {
    const out = this.#place(into, Int32Array, this.#count(rows), 'labels');
    this.#forBatches(rows, 'pass', (kernel, chunk, start) => {
      kernel.label(chunk, this.#labels, this.#nearness);
      for (let n = 0; n < chunk.rows; n++) out[start + n] = this.#labels[n]!;
    });
    return out;
  }

  /**
   * The logarithm of the density of each row, in nats.
   *
   * @param rows - rows × dimensions numbers.
   * @param into - a place for as many numbers as there are rows; default: a new one.
   * @throws SettingError for K-means, which has no density; DataError for rows that cannot be used.
   */
  logProbabilities(rows: FlatNumbers, into?: Float64Array): Float64Array {
    this.#checkDensity('log-probabilities');
    const out = this.#place(into, Float64Array, this.#count(rows), 'log-probabilities');
    this.#forBatches(rows, 'densityPass', (kernel, chunk, start) => {
      kernel.logNormalise(chunk, this.#nearness);
      for (let n = 0; n < chunk.rows; n++) out[start + n] = this.#nearness[n]!;
    });
    return out;
  }

  /**
   * The responsibility of each component for each row.
   *
   * @param rows - rows × dimensions numbers.
   * @param into - a place for rows × components numbers, row by row; default: a new one.
   * @throws SettingError for K-means, which has labels only; DataError for rows that cannot be used.
   */
  responsibilities(rows: FlatNumbers, into?: Float64Array): Float64Array {
    this.#checkDensity('responsibilities');
    const { components } = this.#model;
    const out = this.#place(into, Float64Array, this.#count(rows) * components, 'responsibilities');
    this.#forBatches(rows, 'pass', (kernel, chunk, start) => {
      const all = chunk.rows * components === out.length;
      const own = all ? out : out.subarray(start * components, (start + chunk.rows) * components);
      kernel.logDensities(chunk, own, this.#nearness);
      for (let n = 0, at = 0; n < chunk.rows; n++) {
        for (let k = 0; k < components; k++, at++) own[at] = Math.exp(own[at]! - this.#nearness[n]!);
      }
    });
    return out;
  }

  /** Lets go of its memory; with another call it takes it again. */
  close(): void {
    for (const kernel of this.#kernels.values()) kernel.close();
    this.#kernels.clear();
  }

  /** Closes it, for `using predictor = model.predictor()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #checkDensity(what: string): void {
    const { hasDensity, kind } = this.#model;
    if (hasDensity) return;
    throw new SettingError('not-offered', `${what}: a ${kind} gives labels only: it has no probabilities`);
  }

  #count(rows: unknown): number {
    const { dimensions } = this.#model;
    if (!(rows instanceof Float64Array || rows instanceof Float32Array)) {
      throw new DataError(
        'not-rows',
        `${ROWS}: received ${shown(rows)}, expected a Float64Array or Float32Array${hintFor(rows)}`,
        { source: ROWS },
      );
    }
    if (rows.length % dimensions === 0) return rows.length / dimensions;
    throw new DataError(
      'wrong-width',
      `${ROWS}: received ${rows.length} numbers, expected a multiple of ${dimensions}, the columns of the model`,
      { source: ROWS },
    );
  }

  #place<T extends Int32Array | Float64Array>(
    into: T | undefined,
    Numbers: new (length: number) => T,
    length: number,
    what: string,
  ): T {
    if (into === undefined) return new Numbers(length);
    if (into instanceof Numbers && into.length === length) return into;
    throw new SettingError(
      'bad-setting',
      `into: received ${shown(into)}, expected ${what} to go into ${Numbers.name}, length ${length}`,
      { setting: 'into' },
    );
  }

  #forBatches(
    rows: FlatNumbers,
    pass: PassName,
    compute: (kernel: Kernel, chunk: Parameters<Kernel['logNormalise']>[0], start: number) => void,
  ): void {
    const { dimensions } = this.#model;
    checkFinite(rows, dimensions, ROWS);
    const all = rows.length / dimensions;
    const kernel = this.#kernelOf(pass);
    for (let start = 0; start < all; start += BATCH) {
      const count = Math.min(BATCH, all - start);
      const data = count === all ? rows : rows.subarray(start * dimensions, (start + count) * dimensions);
      compute(kernel, { data, rows: count, dimensions, part: NO_PART }, start);
      for (let n = 0; n < count; n++) {
        if (!Number.isFinite(this.#nearness[n]!)) throw unscorable(this.#model[pass].scorer)(ROWS, start + n + 1);
      }
    }
  }

  #kernelOf(pass: PassName): Kernel {
    const known = this.#kernels.get(pass);
    if (known) return known;
    const made = kernelFor(this.#model[pass], this.#computing);
    this.#kernels.set(pass, made);
    return made;
  }
}
