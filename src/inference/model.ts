// MixtureModel: a model that can be used.
import type { Transform } from 'node:stream';
import { isAnyArrayBuffer } from 'node:util/types';
import type { Chunk } from '../chunk.ts';
import { SettingError } from '../errors.ts';
import { type Compiled, compile, densityScorer } from '../mixture/compile.ts';
import { centroids } from '../mixture/components/centroids.ts';
import { groupsOf } from '../mixture/components/scatter.ts';
import type { CovarianceName } from '../mixture/covariance/index.ts';
import type { DistanceName } from '../mixture/distance.ts';
import { covarianceOf, freeParameters, rowOf } from '../mixture/mixture.ts';
import { type ModelName, type ModelRow, takes } from '../mixture/model-table.ts';
import type { Pass } from '../mixture/pass.ts';
import { type Scorer, squaresOf } from '../mixture/scorer.ts';
import { selectComponents } from '../mixture/selection.ts';
import type { RowData } from '../sources/data.ts';
import type { FrontEnd } from '../speech/front-end.ts';
import {
  groupOptions,
  type LoadOptions,
  loadModel,
  loadOptions,
  type ModelState,
  type SaveOptions,
  saveModel,
} from '../storage/model-file.ts';
import { fromBytes, toBytes } from '../storage/models/bytes.ts';
import { fromJson, type ModelJson, toJson } from '../storage/models/json.ts';
import { frozen } from '../util/frozen.ts';
import { checkOptionsBy, checkPath } from '../util/options.ts';
import { Matrix } from '../util/required.ts';
import { shown } from '../util/shown.ts';
import { type AdaptOptions, adaptState } from './adapt.ts';
import { adaptationDefinitions } from './adaptation.ts';
import { impute } from './impute.ts';
import {
  componentDistances,
  type Inference,
  labels,
  logNormalisers,
  logProbabilities,
  logResponsibilities,
  scoredRows,
} from './inference.ts';
import { type InferenceOptions, inferenceOptions } from './options.ts';
import { groupScores, type PartScore, type PartScoreOptions, partScoreOptions, partScores } from './part-scores.ts';
import { type Prediction, predict } from './prediction.ts';
import { Predictor, type PredictorOptions, predictorOptions } from './predictor.ts';
import { type RowOutput, type RowOutputOptions, rowOutputOf, rowOutputOptions } from './row-outputs.ts';
import { checkRows, probabilistic, rowResults } from './row-results.ts';
import { checkRowScores } from './row-scores.ts';
import { type Sample, type SampleOptions, sample, sampleOptions } from './sample.ts';
import { type Score, scoreRows } from './score.ts';
import { type ScorerOptions, scorerOptions, scoreStream } from './score-stream.ts';
import type { StopReason } from './stop-reason.ts';

/**
 * A mixture model: initialized, fitted, loaded or simplified. It never changes.
 *
 * `labels`, `logProbabilities`, `logNormalisers` and `logResponsibilities` take everything that `openData` takes, or
 * a single chunk, and return an async iterable with one item per chunk. They are bound functions, so that they can
 * stand in `stream.pipeline` and in stream-chain as they are.
 *
 * K is the number of components, D the number of dimensions.
 */
export class MixtureModel {
  /**
   * Contents of the model. Its typed arrays are the model's own: read them only. `means`, `weights` and the like
   * return copies.
   */
  readonly state: ModelState;
  /** Why the fit ended; null for a model that does not come from a fit. */
  readonly stopReason: StopReason | null;
  readonly #compiled: Compiled;
  #density: Scorer | undefined;

  /** Makes a model of its contents, as `state` has them. */
  constructor(state: ModelState, stopReason: StopReason | null = null) {
    this.state = frozen(state);
    this.stopReason = stopReason;
    this.#compiled = compile(state.mixture, state.parameters);
    Object.freeze(this);
  }

  /**
   * Reads a model from an HDF5 file.
   *
   * @param options - the group, and what files of the Python package do not hold; see `LoadOptions`.
   * @throws FileError if the file cannot be read; DataError if it is damaged, or holds no model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * console.log(model.kind, model.components, model.dimensions);
   * ```
   */
  static async load(path: string, options: LoadOptions = {}): Promise<MixtureModel> {
    checkOptionsBy(loadOptions, options);
    checkPath(path);
    return new MixtureModel(await loadModel(path, options));
  }

  /**
   * Writes the model into a group (default 'model_fitted') of an HDF5 file, whole or not at all. Other groups of the
   * file stay.
   *
   * @throws FileError if the file cannot be written.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * await model.save('models.h5', { group: 'first' });
   * ```
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    checkOptionsBy(groupOptions, options);
    checkPath(path);
    return saveModel(path, this.state, options.group);
  }

  /**
   * Returns the model as an object for `JSON.stringify`, from which `fromJSON` makes the same model, to the bit.
   *
   * It has the datasets and attributes of the model file by the same names: `means`, `log_weights`, `cov`, …
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const text = JSON.stringify(await MixtureModel.load('gmm.h5'));
   * console.log(MixtureModel.fromJSON(text).components);
   * ```
   */
  toJSON(): ModelJson {
    return toJson(this.state);
  }

  /**
   * Makes a model of JSON: what `toJSON` returns, or its text.
   *
   * @throws DataError if it is damaged, or no model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * console.log(MixtureModel.fromJSON(model.toJSON()).kind);
   * ```
   */
  static fromJSON(json: ModelJson | string): MixtureModel {
    return new MixtureModel(fromJson(json, 'the JSON'));
  }

  /**
   * Returns the model as bytes, for another thread, a browser or a database: a header of JSON, its numbers and a checksum.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const bytes = (await MixtureModel.load('gmm.h5')).toBytes();
   * console.log(bytes.length, MixtureModel.fromBytes(bytes).kind);
   * ```
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return toBytes(this.state);
  }

  /**
   * Makes a model of the bytes that `toBytes` gave, the same to the bit.
   *
   * @throws DataError if they are damaged, or no model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * console.log(MixtureModel.fromBytes(model.toBytes()).kind);
   * ```
   */
  static fromBytes(bytes: Uint8Array | ArrayBuffer): MixtureModel {
    const isView = ArrayBuffer.isView(bytes);
    if (!isView && !isAnyArrayBuffer(bytes)) {
      throw new SettingError(
        'bad-setting',
        `bytes: received ${shown(bytes)}, expected a Uint8Array or an ArrayBuffer`,
        {
          setting: 'bytes',
        },
      );
    }
    const view = isView ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
    return new MixtureModel(fromBytes(view, 'the bytes'));
  }

  /** Which of the five models it is: 'kmeans', 'gmm', 'vbgmm', 'dpgmm' or 'pypgmm'. */
  get kind(): ModelName {
    return this.state.mixture.model;
  }

  /** Covariance type; null for K-means. */
  get covarianceType(): CovarianceName | null {
    return this.state.mixture.covariance;
  }

  /** Whether rows have log-probabilities: true except for K-means. */
  get hasDensity(): boolean {
    return this.#row.components !== centroids;
  }

  /** K, the number of components. */
  get components(): number {
    return this.state.mixture.components;
  }

  /** D, the number of dimensions. */
  get dimensions(): number {
    return this.state.mixture.dimensions;
  }

  /** Number of M-steps, over all the fits that made this model. */
  get iterations(): number {
    return this.state.iterations;
  }

  /** Criterion of the training rows at each evaluation of the last fit; the first is before any M-step. */
  get criterion(): readonly number[] {
    return this.state.criterion;
  }

  /** Criterion of the held-out rows at each evaluation; null without held-out data. */
  get heldOutCriterion(): readonly number[] | null {
    return this.state.heldOutCriterion;
  }

  /** How sound becomes rows for this model; undefined if it was fitted to numbers. */
  get frontEnd(): FrontEnd | undefined {
    return this.state.frontEnd;
  }

  /** Means, K × D. */
  get means(): Matrix {
    const { parameters, mixture } = this.state;
    return Matrix.from1DArray(mixture.components, mixture.dimensions, parameters.means);
  }

  /** Log weights, K numbers: log π; for variational models E[log π], whose exponentials sum to less than 1. */
  get logWeights(): Float64Array {
    return this.state.parameters.logWeights.slice();
  }

  /** Rows per component at the last M-step, K numbers (fractional: sums of responsibilities). */
  get counts(): Float64Array {
    return this.state.parameters.counts.slice();
  }

  /** Weights, K numbers that sum to 1: π; for variational models E[π]. */
  get weights(): Float64Array {
    return this.#row.weights.expected(this.state.parameters);
  }

  /** Entropy of the weights, in nats: 0 if one component has all the weight, log K if all weigh the same. */
  get entropy(): number {
    return -this.weights.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log(weight) : 0), 0);
  }

  /** exp(entropy): the number of equally weighted components with this entropy. */
  get effectiveComponents(): number {
    return Math.exp(this.entropy);
  }

  /** Number of free parameters: means, covariances, and weights that sum to 1. */
  get parameterCount(): number {
    return freeParameters(this.state.mixture);
  }

  /** Covariances, K matrices of D × D, as `covariance` returns them. */
  get covariances(): Matrix[] {
    return Array.from({ length: this.components }, (_, k) => this.covariance(k));
  }

  /**
   * Returns the covariance of component k, D × D, whatever the covariance type; for variational models E[Λ]⁻¹.
   *
   * @param k - index of the component, from 0 to K − 1.
   * @throws SettingError if k is out of range, or the model is a K-means.
   */
  covariance(k: number): Matrix {
    const { mixture, parameters } = this.state;
    const { dimensions } = mixture;
    const type = covarianceOf(mixture);
    if (mixture.covariance === null) throw new SettingError('not-offered', `a ${mixture.model} has no covariances`);
    if (!(Number.isInteger(k) && k >= 0 && k < mixture.components)) {
      throw new SettingError(
        'bad-setting',
        `k: received ${k}, expected a component from 0 to ${mixture.components - 1}`,
        { setting: 'k' },
      );
    }
    const group = groupsOf(parameters.covariances, type.size(dimensions))[type.shared ? 0 : k]!;
    return Matrix.from1DArray(dimensions, dimensions, type.toMatrix(group, dimensions));
  }

  /**
   * Returns the most probable component of each row, an Int32Array per chunk; ties go to the first.
   *
   * @throws DataError for data that do not fit the model, while iterating.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * for await (const labels of model.labels('test.npy')) console.log(labels.length);
   * ```
   */
  readonly labels = (data: RowData, options?: InferenceOptions): AsyncGenerator<Int32Array> =>
    this.#infer(labels, data, options);

  /**
   * Returns the log density of each row in nats, a Float64Array per chunk.
   *
   * Its exponential integrates to 1. For variational models it is the posterior predictive density, a mixture of
   * Student-t distributions: Bishop (2006), equation 10.81.
   *
   * @throws SettingError for K-means, which has no density.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * let sum = 0;
   * for await (const some of model.logProbabilities('test.npy')) for (const value of some) sum += value;
   * console.log(sum);
   * ```
   */
  readonly logProbabilities = (data: RowData, options?: InferenceOptions): AsyncGenerator<Float64Array> =>
    this.#infer(probabilistic(this, logProbabilities), data, options);

  /**
   * Returns the log normaliser of the responsibilities of each row, which the criterion sums, a Float64Array per
   * chunk.
   *
   * For a gmm it is the log-probability; for variational models it is smaller, and not a density.
   *
   * @throws SettingError for K-means.
   */
  readonly logNormalisers = (data: RowData, options?: InferenceOptions): AsyncGenerator<Float64Array> =>
    this.#infer(probabilistic(this, logNormalisers), data, options);

  /**
   * Returns the log responsibilities, rows × K, as a chunk per chunk of data.
   *
   * @throws SettingError for K-means.
   */
  readonly logResponsibilities = (data: RowData, options?: InferenceOptions): AsyncGenerator<Chunk> =>
    this.#infer(probabilistic(this, logResponsibilities), data, options);

  /**
   * Returns labels, responsibilities or log-probabilities, a row for each row of data, as chunks that say which part
   * (file or utterance) their rows are of, and at which times, so that `writeRows` keeps parts apart.
   *
   * @throws SettingError for what the model does not have; DataError, while iterating, for data that do not fit it.
   *
   * @example
   * ```js
   * import { MixtureModel, writeRows } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * await writeRows('posteriors/{name}.npy', model.predictRows(['train.npy', 'test.npy'], { as: 'resp' }));
   * ```
   */
  predictRows(data: RowData, options: RowOutputOptions = {}): AsyncGenerator<RowOutput> {
    checkOptionsBy(rowOutputOptions, options);
    const { inference, needsDensity } = rowOutputOf(options);
    const { as: _, top, ...rest } = options;
    checkRowScores({ top }, this);
    return rowResults(this, needsDensity ? probabilistic(this, inference) : inference, data, rest);
  }

  /**
   * Returns the log-probability of each part of data (file or utterance), or of each group of parts, in one reading.
   *
   * Parts come as soon as their last row is there, groups at the end.
   *
   * @throws SettingError for K-means, which has no density; DataError, while iterating, for data that do not fit the
   * model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * for await (const { name, frames, logProbPerRow } of model.scoreParts(['train.npy', 'test.npy'])) console.log(name, frames, logProbPerRow);
   * ```
   */
  scoreParts(data: RowData, options: PartScoreOptions = {}): AsyncGenerator<PartScore> {
    checkOptionsBy(partScoreOptions, options);
    const { groupOf, ...rest } = options;
    const rows = rowResults(this, probabilistic(this, scoredRows), data, rest);
    return groupOf ? groupScores(rows, groupOf) : partScores(rows);
  }

  /**
   * Returns labels, log-probabilities and responsibilities (of K-means: labels and distances) at once, for data whose
   * results fit in memory.
   *
   * @param rows - a Matrix, an array of rows, `{ data, dimensions }`, or anything else that `openData` takes.
   * @throws DataError for data that do not fit the model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * const { labels, responsibilities } = await model.predict([new Float64Array(39), new Float64Array(39).fill(1)]);
   * console.log(labels, responsibilities?.get(0, 3));
   * ```
   */
  async predict(rows: RowData, options: InferenceOptions = {}): Promise<Prediction> {
    checkOptionsBy(inferenceOptions, options);
    return predict(this, this.state.parameters.means, rows, options);
  }

  /**
   * Draws rows from the density of the model, in chunks with the component of each row (`labels`).
   *
   * The same seed gives the same rows. Variational models draw Student-t distributed rows.
   *
   * @param rows - how many rows to draw.
   * @throws SettingError for K-means, which has no density.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * for (const { rows, labels } of model.sample(1000, { seed: 1 })) console.log(rows, labels[0]);
   * ```
   */
  sample(rows: number, options: SampleOptions = {}): Generator<Sample> {
    checkOptionsBy(sampleOptions, options);
    const { seed = 0 } = options;
    return sample(this.state.mixture, this.state.parameters, this.densityPass.scorer, rows, seed);
  }

  /**
   * Returns a Transform stream that scores rows as they arrive: rows (or, with a `format`, bytes) in, a `RowScore` or
   * a line of text per row out.
   *
   * @throws SettingError for options out of range; the stream fails with DataError at the first row that cannot be
   * used.
   *
   * @example
   * ```js
   * import { createReadStream } from 'node:fs';
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * const scores = createReadStream('test.csv').pipe(model.scorer({ format: 'csv', window: 100 }));
   * for await (const { label, meanLogProbability } of scores) console.log(label, meanLogProbability);
   * ```
   */
  scorer(options: ScorerOptions = {}): Transform {
    checkOptionsBy(scorerOptions, options);
    return scoreStream(this, options);
  }

  /**
   * Returns a predictor of rows in memory: labels, log-probabilities and responsibilities of typed arrays, at once.
   *
   * Use it for rows that come one at a time, or a few; for files and long streams the other functions are faster, as they use
   * all cores.
   *
   * @throws SettingError for options out of range.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * const predictor = model.predictor();
   * const row = new Float64Array(model.dimensions);
   * const responsibilities = new Float64Array(model.components);
   * predictor.responsibilities(row, responsibilities);
   * console.log(predictor.labels(row)[0], responsibilities[0]);
   * predictor.close();
   * ```
   */
  predictor(options: PredictorOptions = {}): Predictor {
    checkOptionsBy(predictorOptions, options);
    return new Predictor(this, options);
  }

  /**
   * Returns criterion, mean log-probability per row, AIC and BIC of data, in one reading.
   *
   * @throws DataError for data that do not fit the model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * const { rows, logProbPerRow, bic } = await model.score('test.npy');
   * console.log(rows, logProbPerRow, bic);
   * ```
   */
  async score(data: RowData, options: InferenceOptions = {}): Promise<Score> {
    checkOptionsBy(inferenceOptions, options);
    return scoreRows(this, this.state.mixture, this.#compiled.divergence, data, options);
  }

  /**
   * Returns the model without the components that are no row's most probable one; weights follow from the remaining
   * counts.
   *
   * @throws DataError for data that do not fit the model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * console.log((await model.simplify('test.npy')).components);
   * ```
   */
  async simplify(data: RowData, options: InferenceOptions = {}): Promise<MixtureModel> {
    const seen = new Set<number>();
    for await (const chunk of this.labels(data, options)) for (const label of chunk) seen.add(label);
    const kept = [...seen].sort((a, b) => a - b);
    return new MixtureModel({ ...this.state, ...selectComponents(this.state.mixture, this.state.parameters, kept) });
  }

  /**
   * Returns the model adapted to data by relevance MAP, as a universal background model is adapted to a speaker;
   * Reynolds, Quatieri & Dunn (2000).
   *
   * Components with few rows change little. A variational model is adapted as the Gaussian mixture of its expected
   * parameters. The criterion of the result is the log-likelihood at the start of each pass.
   *
   * @throws SettingError for K-means, or settings out of range; DataError for data that do not fit the model.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const background = await MixtureModel.load('ubm.h5');
   * const anna = await background.adapt('anna.npy', { relevance: 16, adapt: ['means'] });
   * console.log((await anna.score('anna.npy')).logProbPerRow);
   * ```
   */
  async adapt(data: RowData, options: AdaptOptions = {}): Promise<MixtureModel> {
    checkOptionsBy({ ...inferenceOptions, ...adaptationDefinitions }, options);
    if (!this.hasDensity) throw new SettingError('not-offered', `a ${this.kind} has no densities to adapt: fit a gmm`);
    const state = await adaptState(this.state, data, (source) => checkRows(this, source), options);
    return new MixtureModel(state, 'iterations');
  }

  /** The E-step of the model as plain data, without moments. */
  get pass(): Pass {
    return { scorer: this.#compiled.scorer, assignment: this.#row.assignment };
  }

  /** The same for its density; it differs for variational models only. */
  get densityPass(): Pass {
    this.#density ??= densityScorer(this.state.mixture, this.state.parameters, this.#compiled);
    return { ...this.pass, scorer: this.#density };
  }

  get #row(): ModelRow {
    return rowOf(this.state.mixture);
  }

  #infer<T>(inference: Inference<T>, data: RowData, options: InferenceOptions = {}): AsyncGenerator<T> {
    checkOptionsBy(inferenceOptions, options);
    return rowResults(this, inference, data, options);
  }

  /**
   * Returns the distances of each row from all K components, rows × K, as a chunk per chunk of data: of K-means from the centres (Euclidean, or
   * 1 − cos of the angle); of the others Mahalanobis distances, √(δᵀΣ⁻¹δ) with the covariances Σ that `covariance` returns. Of rows with
   * missing numbers they are those of what is there.
   *
   * @throws DataError for data that do not fit the model, while iterating.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * for await (const { data, rows, dimensions } of model.distances('test.npy')) console.log(rows, dimensions, data[0]);
   * ```
   */
  readonly distances = (data: RowData, options?: InferenceOptions): AsyncGenerator<Chunk> =>
    this.#infer(componentDistances, data, options);

  /** Of K-means, what the nearest centre is nearest by: 'euclidean' or 'cosine'; null for other models. */
  get distance(): DistanceName | null {
    return takes(this.kind, 'distance') ? (this.state.mixture.distance ?? 'euclidean') : null;
  }

  /** The E-step whose log densities are −½ times the squared distances that `distances` gives. */
  get distancePass(): Pass {
    return { ...this.pass, scorer: { ...squaresOf(this.#compiled.scorer), isDistance: true } };
  }

  /**
   * Returns the rows with what is to be expected in place of missing numbers (NaN), as a chunk per chunk of data: the mean of each missing
   * number given the others of its row, under the density of the model. Rows in which nothing is missing stay as they are.
   *
   * @param options - as for the others, but `onInvalid` is 'missing' by default.
   * @throws SettingError for K-means, which has no density; DataError for data that do not fit the model, while iterating.
   *
   * @example
   * ```js
   * import { MixtureModel } from 'megamix';
   *
   * const model = await MixtureModel.load('gmm.h5');
   * const row = new Float64Array(39).fill(Number.NaN, 0, 3);
   * for await (const { data } of model.impute([row])) console.log(data.subarray(0, 3));
   * ```
   */
  readonly impute = (data: RowData, options: InferenceOptions = {}): AsyncGenerator<Chunk> => {
    checkOptionsBy(inferenceOptions, options);
    if (!this.hasDensity)
      throw new SettingError('not-offered', `a ${this.kind} has no density to impute by: fit a gmm`);
    return impute(this, data, options);
  };
}
