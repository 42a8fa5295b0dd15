// MixtureModel: a model that can be used.
import type { Transform } from 'node:stream';
import type { Chunk } from '../chunk.ts';
import { eStepOfEach } from '../e-step/e-step.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { SettingError, tooLarge, wrongWidth } from '../errors.ts';
import { checkComputing } from '../kernels/index.ts';
import { centroids } from '../mixture/components/centroids.ts';
import { groupsOf } from '../mixture/components/scatter.ts';
import type { CovarianceName } from '../mixture/covariance/index.ts';
import {
  type Compiled,
  compile,
  covarianceOf,
  densityScorer,
  freeParameters,
  rowOf,
  selectComponents,
} from '../mixture/mixture.ts';
import type { ModelName, ModelRow } from '../mixture/model-table.ts';
import type { Pass } from '../mixture/pass.ts';
import type { Scorer } from '../mixture/scorer.ts';
import type { RowData } from '../sources/data.ts';
import { openAgain, openOnce, type Source } from '../sources/source.ts';
import { checkSameFrontEnd, type FrontEnd } from '../speech/front-end.ts';
import {
  groupOptions,
  type LoadOptions,
  loadModel,
  loadOptions,
  type ModelState,
  type SaveOptions,
  saveModel,
} from '../storage/model-file.ts';
import { frozen } from '../util/frozen.ts';
import { checkOptionsBy, checkPath } from '../util/options.ts';
import { Matrix } from '../util/required.ts';
import { type AdaptOptions, adaptState } from './adapt.ts';
import { adaptationOptions } from './adaptation.ts';
import { type Inference, labels, logNormalisers, logProbabilities, logResponsibilities, nearest } from './inference.ts';
import type { InferenceOptions } from './options.ts';
import { inferenceOptions } from './options.ts';
import { type Sample, type SampleOptions, sample, sampleOptions } from './sample.ts';
import { type Score, scoreOf } from './score.ts';
import { type ScorerOptions, scorerOptions, scoreStream } from './score-stream.ts';
import type { StopReason } from './stop-reason.ts';

/** What a model says of rows that fit in memory: one with densities, or K-means, which has none. */
export type Prediction = DensityPrediction | NearestPrediction;

/** What a model with densities says. */
export interface DensityPrediction {
  /** The most probable component of each row. */
  readonly labels: Int32Array;
  /** Of each row. */
  readonly logProbabilities: Float64Array;
  /** rows × K, each row sums to 1. */
  readonly responsibilities: Matrix;
  readonly distances: null;
}

/** What K-means says. */
export interface NearestPrediction {
  /** The nearest centre of each row. */
  readonly labels: Int32Array;
  readonly logProbabilities: null;
  readonly responsibilities: null;
  /** How far from that centre each row is. */
  readonly distances: Float64Array;
}

/**
 * A mixture that can be used: initialised, fitted, loaded or simplified. It never changes.
 *
 * Its `labels`, `logProbabilities`, `logNormalisers` and `logResponsibilities` take whatever `open` takes, or a single chunk, and give an
 * async iterable with one item for each chunk that arrives; they are bound, so that they can stand in `stream.pipeline`
 * and in stream-chain as they are.
 */
export class MixtureModel {
  /** What it is made of; its typed arrays are the model's own, and only to be read: `means`, `weights` and the like give copies. */
  readonly state: ModelState;
  /** Why the fit ended; null for models that do not come from one. */
  readonly stopReason: StopReason | null;
  readonly #compiled: Compiled;
  #density: Scorer | undefined;

  constructor(state: ModelState, stopReason: StopReason | null = null) {
    this.state = frozen(state);
    this.stopReason = stopReason;
    this.#compiled = compile(state.mixture, state.parameters);
    Object.freeze(this);
  }

  /** Reads a model file; see `LoadOptions` for files that do not say all. */
  static async load(path: string, options: LoadOptions = {}): Promise<MixtureModel> {
    checkOptionsBy(loadOptions, options);
    checkPath(path);
    return new MixtureModel(await loadModel(path, options));
  }

  /** Writes the model into a group (default 'model_fitted') of an HDF5 file, whole or not at all. */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    checkOptionsBy(groupOptions, options);
    checkPath(path);
    return saveModel(path, this.state, options.group);
  }

  /** Which of the five models it is. */
  get kind(): ModelName {
    return this.state.mixture.model;
  }

  /** null for K-means. */
  get covarianceType(): CovarianceName | null {
    return this.state.mixture.covariance;
  }

  /** Whether rows have log-probabilities: all but K-means. */
  get hasDensity(): boolean {
    return this.#row.components !== centroids;
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

  /** What made rows of the sound that it was fitted to, and does so again; undefined if the rows were numbers. */
  get frontEnd(): FrontEnd | undefined {
    return this.state.frontEnd;
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

  /** K numbers: π, or of variational models E[π]; they sum to 1. */
  get weights(): Float64Array {
    return this.#row.weights.expected(this.state.parameters);
  }

  /** The entropy of the weights, in nats: 0 if one component has all, log K if all weigh the same. */
  get entropy(): number {
    return -this.weights.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log(weight) : 0), 0);
  }

  /** How many components of equal weight have this entropy. */
  get effectiveComponents(): number {
    return Math.exp(this.entropy);
  }

  /** How many numbers of the model can be chosen freely: means, covariances, and weights that sum to 1. */
  get parameterCount(): number {
    return freeParameters(this.state.mixture);
  }

  /** K matrices, as `covariance` gives them. */
  get covariances(): Matrix[] {
    return Array.from({ length: this.components }, (_, k) => this.covariance(k));
  }

  /**
   * D × D: the covariance, or E[Λ]⁻¹, of component k, of any type.
   *
   * @throws SettingError where there is no such component, or the model (K-means) has no covariances.
   */
  covariance(k: number): Matrix {
    const { mixture, parameters } = this.state;
    const { dimensions } = mixture;
    const type = covarianceOf(mixture);
    if (mixture.covariance === null) throw new SettingError(`a ${mixture.model} has no covariances`);
    if (!(Number.isInteger(k) && k >= 0 && k < mixture.components)) {
      throw new SettingError(`k: received ${k}, expected a component from 0 to ${mixture.components - 1}`);
    }
    const group = groupsOf(parameters.covariances, type.size(dimensions))[type.shared ? 0 : k]!;
    return Matrix.from1DArray(dimensions, dimensions, type.toMatrix(group, dimensions));
  }

  /** The most probable component of each row (the first of equals); an Int32Array for each chunk. */
  readonly labels = (data: RowData, options?: InferenceOptions): AsyncGenerator<Int32Array> =>
    this.#infer(labels, data, options);

  /**
   * The logarithm of the density of each row, a Float64Array for each chunk; its exponential integrates to 1. Of variational models the
   * posterior predictive density, a mixture of Student-t distributions: Bishop (2006), equation 10.81. K-means has none.
   */
  readonly logProbabilities = (data: RowData, options?: InferenceOptions): AsyncGenerator<Float64Array> =>
    this.#infer(this.#probabilistic(logProbabilities), data, options);

  /**
   * The log normaliser of the responsibilities of each row, which the criterion adds up, a Float64Array for each chunk. Of a gmm the
   * log-probability; of variational models less than that, and no density. K-means has none.
   */
  readonly logNormalisers = (data: RowData, options?: InferenceOptions): AsyncGenerator<Float64Array> =>
    this.#infer(this.#probabilistic(logNormalisers), data, options);

  /** rows × K log responsibilities for each chunk, as a chunk. K-means has none. */
  readonly logResponsibilities = (data: RowData, options?: InferenceOptions): AsyncGenerator<Chunk> =>
    this.#infer(this.#probabilistic(logResponsibilities), data, options);

  /**
   * All of these in one call, for data whose results fit in memory: a Matrix, an array of rows, `{ data, dimensions }`, whatever `open`
   * takes. K-means has labels and distances only.
   */
  async predict(rows: RowData, options: InferenceOptions = {}): Promise<Prediction> {
    checkOptionsBy(inferenceOptions, options);
    const source = await openAgain(rows, { ...options, rowsFor: this });
    const { signal, threads, kernel, precision } = options;
    const computing = { signal, threads, kernel, precision };
    try {
      if (!this.hasDensity) return await this.#nearest(source, computing);
      const responsibilities: Float64Array[] = [];
      for await (const { data, dimensions } of this.logResponsibilities(source, computing)) {
        for (let start = 0; start < data.length; start += dimensions) {
          responsibilities.push(Float64Array.from(data.subarray(start, start + dimensions), Math.exp));
        }
      }
      const logProbabilities: number[] = [];
      for await (const some of this.logProbabilities(source, computing))
        for (const value of some) logProbabilities.push(value);
      return {
        labels: Int32Array.from(responsibilities, (row) =>
          row.reduce((best, value, k) => (value > row[best]! ? k : best), 0),
        ),
        logProbabilities: Float64Array.from(logProbabilities),
        responsibilities: new Matrix(responsibilities),
        distances: null,
      };
    } finally {
      if (source !== rows) await source.close();
    }
  }

  async #nearest(source: Source, options: InferenceOptions): Promise<NearestPrediction> {
    const found = { labels: [] as number[], distances: [] as number[] };
    const { means } = this.state.parameters;
    for await (const { labels, distances } of this.#inferred(nearest(means), source, options)) {
      for (const [n, label] of labels.entries()) {
        found.labels.push(label);
        found.distances.push(distances[n]!);
      }
    }
    return {
      labels: Int32Array.from(found.labels),
      logProbabilities: null,
      responsibilities: null,
      distances: Float64Array.from(found.distances),
    };
  }

  /**
   * Draws so many rows, in chunks that tell the components they are from; the same for the same seed (default 0).
   * They have the density that `logProbabilities` gives: variational models draw Student-t distributed rows.
   *
   * @throws SettingError for K-means, which has no density.
   */
  sample(rows: number, options: SampleOptions = {}): Generator<Sample> {
    checkOptionsBy(sampleOptions, options);
    const { seed = 0 } = options;
    return sample(this.state.mixture, this.state.parameters, this.densityPass.scorer, rows, seed);
  }

  /**
   * A stream that scores rows as they arrive: what is written to it is what `open` takes as items of a stream (rows, or with a
   * `format` bytes), and for each row it gives a RowScore, or a line of text, as soon as the row is there.
   *
   * @throws SettingError for options out of range; the stream fails with DataError at the first row that cannot be used.
   */
  scorer(options: ScorerOptions = {}): Transform {
    checkOptionsBy(scorerOptions, options);
    return scoreStream(this, options);
  }

  /** Reads the data once and adds up. */
  async score(data: RowData, options: InferenceOptions = {}): Promise<Score> {
    checkOptionsBy(inferenceOptions, options);
    const pool = new Pool(checkComputing(options));
    const source = await openOnce(data, { ...options, rowsFor: this });
    try {
      this.#checkDimensions(source);
      const { pass, densityPass } = this;
      const passes = densityPass.scorer === pass.scorer ? [pass] : [pass, densityPass];
      const [sums, ofDensity = sums] = await eStepOfEach(pool, source, passes, options);
      return scoreOf(this.state.mixture, sums!, ofDensity!, this.#compiled.divergence);
    } finally {
      await pool.close();
      if (source !== data) await source.close();
    }
  }

  /** The same model without the components that are no row's most probable one; the weights follow from the counts left. */
  async simplify(data: RowData, options: InferenceOptions = {}): Promise<MixtureModel> {
    const seen = new Set<number>();
    for await (const chunk of this.labels(data, options)) for (const label of chunk) seen.add(label);
    const kept = [...seen].sort((a, b) => a - b);
    return new MixtureModel({ ...this.state, ...selectComponents(this.state.mixture, this.state.parameters, kept) });
  }

  /**
   * The same model, adapted to data (by relevance MAP), as a universal background model is to a speaker: what is seldom seen in
   * them stays as it is. A variational model is adapted as the Gaussian mixture of its expected parameters. The criterion of the
   * result is the log-likelihood that each pass began with.
   *
   * @throws SettingError for K-means, or settings out of range.
   */
  async adapt(data: RowData, options: AdaptOptions = {}): Promise<MixtureModel> {
    checkOptionsBy({ ...inferenceOptions, ...adaptationOptions }, options);
    if (!this.hasDensity) throw new SettingError(`a ${this.kind} has no densities to adapt: fit a gmm`);
    const state = await adaptState(this.state, data, (source) => this.#checkDimensions(source), options);
    return new MixtureModel(state, 'iterations');
  }

  /** What the E-step needs to know, without moments. */
  get pass(): Pass {
    return { scorer: this.#compiled.scorer, assignment: this.#row.assignment };
  }

  /** What the density of rows needs to know: the same, but for variational models. */
  get densityPass(): Pass {
    this.#density ??= densityScorer(this.state.mixture, this.state.parameters, this.#compiled);
    return { ...this.pass, scorer: this.#density };
  }

  get #row(): ModelRow {
    return rowOf(this.state.mixture);
  }

  #probabilistic<T>(inference: Inference<T>): Inference<T> {
    if (!this.hasDensity) {
      throw new SettingError(`a ${this.kind} gives labels only: it has no probabilities`);
    }
    return inference;
  }

  #infer<T>(inference: Inference<T>, data: RowData, options: InferenceOptions = {}): AsyncGenerator<T> {
    checkOptionsBy(inferenceOptions, options);
    return this.#inferred(inference, data, options);
  }

  async *#inferred<T>(inference: Inference<T>, data: RowData, options: InferenceOptions): AsyncGenerator<T> {
    const pool = new Pool(checkComputing(options));
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    const source = await openOnce(data, { ...options, rowsFor: this, signal });
    try {
      this.#checkDimensions(source);
      const jobs = [{ pass: this[inference.pass], result: inference.result }];
      const chunks = inference.needsRows ? kept(source.arriving()) : source.arriving();
      const work = { chunks, jobs, jobOf: () => 0, mostRows: source.rowsPerBlock };
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

  #checkDimensions(source: Source): void {
    const { name, dimensions } = source;
    if (dimensions !== this.dimensions) throw wrongWidth(name, dimensions, this.dimensions);
    checkSameFrontEnd(source, this);
  }
}

/** Chunks whose memory is not given back. */
async function* kept(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  for await (const chunk of chunks) yield { ...chunk, release: undefined };
}
