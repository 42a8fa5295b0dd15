import { Matrix } from 'ml-matrix';
import type { Chunk } from './chunk.ts';
import { centroids } from './components/centroids.ts';
import { groupsOf } from './components/scatter.ts';
import type { CovarianceName } from './covariance/index.ts';
import { DataError, SettingError, tooLarge } from './errors.ts';
import { expect } from './expect.ts';
import { type Inference, labels, logProbabilities, logResponsibilities } from './inference.ts';
import { type ComputeOptions, checkComputing } from './kernels/index.ts';
import { type Compiled, compile, covarianceOf, restrict, rowOf } from './mixture.ts';
import type { ModelName, ModelRow } from './models.ts';
import { Pool } from './parallel/pool.ts';
import { type Data, openOnce, type Source, type SourceOptions } from './source.ts';
import type { StopReason } from './stopping.ts';
import { type LoadOptions, loadModel, type ModelState, saveModel } from './storage/model-file.ts';

/** How data are read, and a model computed of them. */
export interface InferenceOptions extends SourceOptions, ComputeOptions {}

/** What `score` tells of some data. */
export interface Score {
  readonly rows: number;
  /** What a fit of these data would call its criterion. */
  readonly criterion: number;
  readonly criterionPerRow: number;
  /** The mean of the rows' log-probabilities; null for K-means, which has none. */
  readonly logProbPerRow: number | null;
}

/**
 * A mixture that can be used: initialised, fitted, loaded or simplified. It never changes.
 *
 * Its `labels`, `logProbabilities` and `logResponsibilities` take whatever `open` takes, or a single chunk, and give an
 * async iterable with one item for each chunk that arrives; they are bound, so that they can stand in `stream.pipeline`
 * and in stream-chain as they are.
 */
export class MixtureModel {
  readonly state: ModelState;
  /** Why the fit ended; null for models that do not come from one. */
  readonly stopReason: StopReason | null;
  readonly #compiled: Compiled;

  constructor(state: ModelState, stopReason: StopReason | null = null) {
    this.state = state;
    this.stopReason = stopReason;
    this.#compiled = compile(state.mixture, state.parameters);
  }

  /** Reads a model file; see `LoadOptions` for files that do not say all. */
  static async load(path: string, options: LoadOptions = {}): Promise<MixtureModel> {
    return new MixtureModel(await loadModel(path, options));
  }

  /** Writes the model into a group (default 'model_fitted') of an HDF5 file, whole or not at all. */
  save(path: string, options: { readonly group?: string | undefined } = {}): Promise<void> {
    return saveModel(path, this.state, options.group);
  }

  get model(): ModelName {
    return this.state.mixture.model;
  }

  /** null for K-means. */
  get covarianceType(): CovarianceName | null {
    return this.state.mixture.covariance;
  }

  get components(): number {
    return this.state.mixture.components;
  }

  get dimensions(): number {
    return this.state.mixture.dimensions;
  }

  /** M-steps in all, over all the fits that made this model. */
  get iterations(): number {
    return this.state.iterations;
  }

  /** Of the last fit, one for each evaluation, the first before any M-step. */
  get criterion(): readonly number[] {
    return this.state.criterion;
  }

  /** The same of the held-out stream; null if there was none. */
  get heldOutCriterion(): readonly number[] | null {
    return this.state.heldOutCriterion;
  }

  /** K × D. */
  get means(): Matrix {
    const { parameters, mixture } = this.state;
    return Matrix.from1DArray(mixture.components, mixture.dimensions, parameters.means);
  }

  /** K numbers: log π, or of variational models E[log π], whose exponentials sum to less than 1. */
  get logWeights(): Float64Array {
    return this.state.parameters.logWeights.slice();
  }

  /** K numbers: how many rows each component had a share of at the last M-step. */
  get counts(): Float64Array {
    return this.state.parameters.counts.slice();
  }

  /** D × D: the covariance, or E[Λ]⁻¹, of component k, of any type. */
  covariance(k: number): Matrix {
    const { mixture, parameters } = this.state;
    const { dimensions } = mixture;
    const type = covarianceOf(mixture);
    const group = groupsOf(parameters.covariances, type.size(dimensions))[type.shared ? 0 : k];
    if (!group || k >= mixture.components) throw new RangeError(`there is no covariance ${k}`);
    return Matrix.from1DArray(dimensions, dimensions, type.toMatrix(group, dimensions));
  }

  /** The most probable component of each row (the first of equals); an Int32Array for each chunk. */
  readonly labels = (data: Data, options?: InferenceOptions): AsyncGenerator<Int32Array> =>
    this.#infer(labels, data, options);

  /** The log normaliser of each row; a Float64Array for each chunk. K-means has none. */
  readonly logProbabilities = (data: Data, options?: InferenceOptions): AsyncGenerator<Float64Array> =>
    this.#infer(this.#probabilistic(logProbabilities), data, options);

  /** rows × K log responsibilities for each chunk, as a chunk. K-means has none. */
  readonly logResponsibilities = (data: Data, options?: InferenceOptions): AsyncGenerator<Chunk> =>
    this.#infer(this.#probabilistic(logResponsibilities), data, options);

  /** Reads the data once and adds up. */
  async score(data: Data, options: InferenceOptions = {}): Promise<Score> {
    const { assignment, criterionScale, components } = this.#row;
    const pool = new Pool(checkComputing(options));
    const source = await openOnce(data, options);
    try {
      this.#checkDimensions(source);
      const { scorer, divergence } = this.#compiled;
      const { rows, weight, logNormaliser } = await expect(pool, source, { scorer, assignment }, options);
      const criterion = criterionScale * logNormaliser - divergence;
      const logProbPerRow = components === centroids ? null : logNormaliser / weight;
      return { rows, criterion, criterionPerRow: criterion / weight, logProbPerRow };
    } finally {
      await pool.close();
      if (source !== data) await source.close();
    }
  }

  /** The same model without the components that are no row's most probable one; the weights follow from the counts left. */
  async simplify(data: Data, options: InferenceOptions = {}): Promise<MixtureModel> {
    const seen = new Set<number>();
    for await (const chunk of this.labels(data, options)) for (const label of chunk) seen.add(label);
    const kept = [...seen].sort((a, b) => a - b);
    return new MixtureModel({ ...this.state, ...restrict(this.state.mixture, this.state.parameters, kept) });
  }

  get #row(): ModelRow {
    return rowOf(this.state.mixture);
  }

  #probabilistic<T>(inference: Inference<T>): Inference<T> {
    if (this.#row.components === centroids) {
      throw new SettingError(`a ${this.model} gives labels only: it has no probabilities`);
    }
    return inference;
  }

  async *#infer<T>(inference: Inference<T>, data: Data, options: InferenceOptions = {}): AsyncGenerator<T> {
    const pool = new Pool(checkComputing(options));
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    const source = await openOnce(data, { ...options, signal });
    try {
      this.#checkDimensions(source);
      const { scorer } = this.#compiled;
      const jobs = [{ pass: { scorer, assignment: this.#row.assignment }, result: inference.result }];
      const work = { chunks: source.arriving(), jobs, jobOf: () => 0, mostRows: source.rowsPerBlock };
      let rows = 0;
      for await (const { chunk, values, farRow } of pool.run({ ...work, signal })) {
        if (farRow >= 0) throw tooLarge(`${source.name}, row ${rows + farRow + 1}`);
        rows += chunk.rows;
        yield inference.read(values, chunk, this.components);
      }
    } finally {
      left.abort(); // a stream that is read ahead may never give its next row
      await pool.close();
      if (source !== data) await source.close();
    }
  }

  #checkDimensions({ name, dimensions }: Source): void {
    if (dimensions === this.dimensions) return;
    throw new DataError(`${name} has ${dimensions} columns, but the model has ${this.dimensions} dimensions`);
  }
}
