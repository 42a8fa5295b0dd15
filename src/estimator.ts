// The five estimators: settings in, fitted models out.
import { Pool } from './e-step/parallel/pool.ts';
import { DataError } from './errors.ts';
import type { Checkpoint } from './fitting/checkpoint/checkpoint.ts';
import { settingTexts } from './fitting/checkpoint/identity.ts';
import type { CheckpointOptions } from './fitting/checkpoint/options.ts';
import { type Evaluated, fit, type Watch, watchOptions } from './fitting/fit.ts';
import { fitWarnings } from './fitting/fit-warnings.ts';
import { type Initial, initialize, withFloors } from './fitting/initialization/initialize.ts';
import type {
  DPVariationalGaussianMixtureSettings,
  EstimatorSettings,
  GaussianMixtureSettings,
  KMeansSettings,
  PYPVariationalGaussianMixtureSettings,
  VariationalGaussianMixtureSettings,
} from './fitting/model-settings.ts';
import { OnlineFit } from './fitting/online/online-fit.ts';
import { type OnlineOptions, onlineOptions } from './fitting/online/settings.ts';
import { checkSaving, isOfOlderFit, type ModelSaving } from './fitting/saving.ts';
import { type CheckedSettings, checkSettings } from './fitting/settings.ts';
import type { FitSettings } from './fitting/settings-types.ts';
import { MixtureModel } from './inference/model.ts';
import type { ModelOf } from './inference/model-kinds.ts';
import { type ComputeOptions, checkComputing, computeOptions, type KernelName } from './kernels/index.ts';
import { unconstrained, updating } from './mixture/constraints.ts';
import type { DistanceName } from './mixture/distance.ts';
import { raised } from './mixture/mixture.ts';
import type { ModelName } from './mixture/model-table.ts';
import { type RowData, type SourceOptions, sourceOptions } from './sources/data.ts';
import { type IsHeldOut, partition } from './sources/partition.ts';
import { openAgain, type Source, sharedOptions } from './sources/source.ts';
import { checkSameFrontEnd, type FrontEnd } from './speech/front-end.ts';
import { saveModel } from './storage/model-file.ts';
import {
  type GaussianNumbers,
  type GivenNumbers,
  type PitmanYorNumbers,
  stateFromNumbers,
  type VariationalNumbers,
} from './storage/models/from-numbers.ts';
import type { NumberTable } from './storage/models/number-table.ts';
import { frozen } from './util/frozen.ts';
import { Journal } from './util/journal.ts';
import { anObject, anything, callback, checkOptionsBy, type OptionTable } from './util/options.ts';
import { Warnings } from './util/warnings.ts';

/** Options of a fit: how data are read, which rows are held out, progress, and computation. */
export interface FitOptions extends Watch, SourceOptions, ComputeOptions {
  /**
   * Rows that decide when to stop and which model is best: data of their own, or a function that picks rows of the
   * training data (`randomHoldOut(0.1)`). Default: none; the training criterion decides.
   */
  readonly heldOut?: RowData | IsHeldOut | undefined;
  /** Saves models during the fit. Default: none. */
  readonly saving?: ModelSaving | undefined;
  /** Keeps the state of the fit in a file, so that it can be resumed after it was interrupted or killed. Default: none. */
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Called with each warning; by default warnings are process warnings. */
  readonly onWarning?: ((message: string) => unknown) | undefined;
}

const fitOptions = {
  ...watchOptions,
  ...sourceOptions,
  ...computeOptions,
  heldOut: anything,
  saving: anObject,
  checkpoint: anObject,
  onWarning: callback,
} satisfies OptionTable<FitOptions>;

/** Result of `fitWithReport`: the model, and how the fit went. */
export interface FitResult<Model extends MixtureModel = MixtureModel> {
  /** The fitted model, as `fit` returns it. */
  readonly model: Model;
  /** Training rows per pass. */
  readonly rows: number;
  /** Held-out rows per pass; 0 without held-out data. */
  readonly heldOutRows: number;
  /** M-steps made, including those after the best model. */
  readonly iterations: number;
  /** For each evaluation, how many clusters without rows were moved before it; all 0 except for K-means. */
  readonly moved: readonly number[];
  /** Threads that computed. */
  readonly threads: number;
  /** Compute backend that was used. */
  readonly kernel: KernelName;
  /** Rows left out as invalid in a reading, and what was wrong with the first; null unless `onInvalid` is 'skip'. */
  readonly skipped: Source['skipped'];
}

/** State that enters the first pass, and how it came about. */
interface Beginning extends Initial {
  readonly iterations: number;
  readonly frontEnd: FrontEnd | undefined;
}

/** What a fit reads, and what computes. */
interface Sources {
  readonly pool: Pool;
  readonly training: Source;
  readonly heldOut?: Source | undefined;
  /** The training data as they were opened. */
  readonly source: Source;
  /** Held-out data as they were opened. */
  readonly unseen?: Source | undefined;
}

/**
 * Settings of a model, checked once; `fit` can be called any number of times.
 *
 * The five subclasses (`KMeans`, `GaussianMixture`, …) have the settings that belong to their model as types;
 * `Estimator` takes the name of the model as a string.
 */
export class Estimator<M extends ModelName = ModelName> {
  /** Which model is fitted. */
  readonly model: M;
  /** Settings as given, frozen. */
  readonly settings: FitSettings;
  readonly #checked: CheckedSettings;

  /**
   * Checks the settings.
   *
   * @throws SettingError naming the setting, the value received and what was expected.
   */
  constructor(model: M, settings: EstimatorSettings<M>) {
    this.model = model;
    this.settings = anObject.holds(settings) ? ownSettings(settings) : settings;
    this.#checked = checkSettings(model, this.settings);
  }

  /**
   * Fits the model to data, in as many passes as it takes.
   *
   * If `signal` is aborted, returns the best model so far if a pass was finished; otherwise throws the reason of the
   * signal.
   *
   * @param data - paths, rows, bytes or a stream; everything that `openData` takes.
   * @returns The best model: by the criterion of the held-out rows if there are any, otherwise of the training rows.
   * @throws DataError for data that cannot be used; FitError for a fit that cannot continue, such as a singular
   * covariance.
   *
   * @example
   * ```js
   * import { GaussianMixture, randomHoldOut } from 'megamix';
   *
   * const model = await new GaussianMixture({ components: 4, covariance: 'diagonal' }).fit('train.npy', {
   *   heldOut: randomHoldOut(0.1),
   *   onIteration: ({ iteration, heldOutCriterion }) => console.log(iteration, heldOutCriterion),
   * });
   * console.log(model.means.rows, model.stopReason);
   * ```
   */
  async fit(data: RowData, options: FitOptions = {}): Promise<ModelOf<M>> {
    return (await this.fitWithReport(data, options)).model;
  }

  /**
   * Fits the model like `fit`, and returns a report with it.
   *
   * @throws DataError, FitError like `fit`.
   *
   * @example
   * ```js
   * import { KMeans } from 'megamix';
   *
   * const { model, rows, iterations, kernel } = await new KMeans({ components: 8 }).fitWithReport('train.npy');
   * console.log(`${rows} rows, ${iterations} M-steps by ${kernel}: ${model.criterion.at(-1)}`);
   * ```
   */
  async fitWithReport(data: RowData, options: FitOptions = {}): Promise<FitResult<ModelOf<M>>> {
    checkOptionsBy(fitOptions, options);
    const checkpoint = await this.#checkpoint(options);
    return this.#withSources(data, options, checkpoint, async (sources) => {
      if (!checkpoint) return this.#fit(sources, options, new Journal());
      const { pool, source, unseen } = sources;
      const warnings = new Warnings(options.onWarning);
      const journal = await checkpoint.begin({
        settings: settingTexts(this.#checked, pool.computing),
        sources: unseen ? [source, unseen] : [source],
        signal: options.signal,
        onWarning: warnings.tell,
      });
      try {
        const result = await this.#fit(sources, options, journal, checkpoint);
        await checkpoint.end(result.model.stopReason !== 'aborted');
        return result;
      } catch (error) {
        await checkpoint.end(false);
        throw error;
      } finally {
        await warnings.settled();
      }
    });
  }

  async #checkpoint({ checkpoint }: FitOptions): Promise<Checkpoint | undefined> {
    if (checkpoint === undefined) return undefined;
    const { Checkpoint } = await import('./fitting/checkpoint/checkpoint.ts');
    return checkpoint instanceof Checkpoint ? checkpoint : Checkpoint.open(checkpoint);
  }

  async #fit(
    { pool, training, heldOut, source }: Sources,
    options: FitOptions,
    journal: Journal,
    checkpoint?: Checkpoint,
  ): Promise<FitResult<ModelOf<M>>> {
    const warnings = new Warnings(options.onWarning);
    const groupOf = options.saving && (await checkSaving(options.saving));
    const initial = await journal.step('beginning', (own) => this.#initial(pool, training, options, own));
    const { parameters, iterations, frontEnd } = initial;
    const { control, begin, update } = this.#checked;
    const constrained = updating(initial.mixture, parameters, update);
    const mixture = unconstrained(constrained);
    const onEvaluated = async (evaluated: Evaluated): Promise<void> => {
      checkpoint?.iterated(evaluated.iterations);
      const done = iterations + evaluated.iterations;
      const group = groupOf?.(evaluated.iterations === 0 ? 0 : done);
      if (group === undefined) return;
      const state = { mixture, ...evaluated, iterations: done, frontEnd };
      const isStale = evaluated.iterations === 0 ? isOfOlderFit(done) : undefined;
      await saveModel(options.saving!.path, state, group, undefined, isStale);
    };
    const isAssumed = this.#checked.continues === undefined;
    const task = {
      ...{ pool, mixture: constrained, start: parameters, isAssumed, source: training, heldOut },
      journal: journal.inside('fit'),
      blocksFile: checkpoint?.blocksFile,
    };
    const fitted = await fit(task, control, { ...options, onEvaluated }, begin);
    const { criterion, heldOutCriterion, rows, heldOutRows } = fitted;
    const state = {
      mixture,
      parameters: fitted.parameters,
      iterations: iterations + fitted.iterations,
      criterion,
      heldOutCriterion,
      frontEnd,
    };
    for (const message of fitWarnings(mixture, fitted)) warnings.tell(message);
    await warnings.settled();
    const model = new MixtureModel(state, fitted.stopReason);
    if (options.saving) await model.save(options.saving.path, { group: 'best' });
    return frozen({
      model: model as ModelOf<M>,
      rows,
      heldOutRows,
      iterations: criterion.length - 1,
      moved: fitted.moved,
      threads: pool.threads,
      kernel: pool.computing.kernel,
      skipped: source.skipped,
    });
  }

  /**
   * Returns the model that enters the first pass of a fit, before any M-step of the fit itself.
   *
   * @throws DataError, FitError like `fit`.
   */
  async initialize(data: RowData, options: FitOptions = {}): Promise<ModelOf<M>> {
    checkOptionsBy(fitOptions, options);
    return this.#withSources(data, options, undefined, async ({ pool, training }) => {
      const { mixture, ...initial } = await this.#initial(pool, training, options, new Journal());
      const state = { ...initial, mixture: unconstrained(mixture), criterion: [], heldOutCriterion: null };
      return new MixtureModel(state) as ModelOf<M>;
    });
  }

  /**
   * Starts learning from rows as they arrive, in one reading.
   *
   * @throws SettingError naming the setting, the value received and what was expected.
   *
   * @example
   * ```js
   * import { KMeans, openData } from 'megamix';
   *
   * const online = new KMeans({ components: 4 }).online({ window: 128 });
   * for await (const chunk of await openData('train.npy')) await online.add(chunk);
   * const model = await online.finish();
   * console.log(online.windows, model.criterion);
   * ```
   */
  online(options: OnlineOptions = {}): OnlineFit {
    checkOptionsBy(onlineOptions, options);
    const { window = this.settings.window, stepSize = this.settings.stepSize } = options;
    return new OnlineFit({ settings: this.#checked }, { ...options, window, stepSize });
  }

  async #initial(pool: Pool, training: Source, options: FitOptions, journal: Journal): Promise<Beginning> {
    const { init, continues } = this.#checked;
    if (init instanceof MixtureModel) checkFits(init, training);
    const frontEnd = (init instanceof MixtureModel ? init.frontEnd : undefined) ?? training.frontEnd;
    const warnings = new Warnings(options.onWarning);
    const watch = { ...options, onWarning: warnings.tell };
    if (continues) {
      const { state } = continues;
      const mixture = await withFloors(pool, this.#checked, training, state.mixture, watch, journal);
      return { ...state, mixture, parameters: raised(mixture, state.parameters), frontEnd };
    }
    const initial = await initialize(pool, this.#checked, training, watch, journal);
    await warnings.settled();
    return { ...initial, iterations: 0, frontEnd };
  }

  async #withSources<T>(
    data: RowData,
    options: FitOptions,
    checkpoint: Checkpoint | undefined,
    use: (sources: Sources) => Promise<T>,
  ): Promise<T> {
    const { heldOut, signal } = options;
    signal?.throwIfAborted();
    const { init } = this.#checked;
    const pool = new Pool(checkComputing(options));
    const rowsFor = init instanceof MixtureModel ? init : options.rowsFor;
    const isShared = heldOut !== undefined && typeof heldOut !== 'function';
    const reading = { name: 'the training data', ...options, rowsFor };
    const shared = isShared ? sharedOptions(data, reading, reading.name!) : reading;
    const source = await openAgain(data, shared, checkpoint?.keep);
    const training = source.countable();
    let unseen: Source | undefined;
    try {
      if (heldOut === undefined) return await use({ pool, training, source });
      if (typeof heldOut === 'function') {
        const [kept, out] = partition(training, heldOut);
        return await use({ pool, training: kept, heldOut: out, source: training, unseen: out });
      }
      const name = 'the held-out data';
      const own = sharedOptions(heldOut, { ...options, weights: undefined, name, rowsFor: source }, name);
      unseen = await openAgain(heldOut, own, checkpoint?.keep);
      checkSameFrontEnd(unseen, source);
      if (unseen.dimensions !== source.dimensions) {
        throw new DataError(
          'wrong-width',
          `${unseen.name} has ${unseen.dimensions} columns, but ${source.name} has ${source.dimensions}: both must have the same`,
          { source: unseen.name },
        );
      }
      return await use({ pool, training, heldOut: unseen.countable(), source, unseen });
    } finally {
      await pool.close();
      if (data !== source) await source.close();
      if (unseen && heldOut !== unseen) await unseen.close();
    }
  }
}

/** A model to begin with is of rows like these. */
function checkFits(init: MixtureModel, training: Source): void {
  if (init.dimensions !== training.dimensions) {
    throw new DataError(
      'wrong-width',
      `${training.name} has ${training.dimensions} columns, but the model to fit on from has ${init.dimensions} dimensions`,
      { source: training.name },
    );
  }
  checkSameFrontEnd(training, init);
}

/** A copy that nobody changes; data in it are shared. */
function ownSettings({ stepSize, ...settings }: FitSettings): FitSettings {
  return Object.freeze({ ...settings, ...(stepSize === undefined ? {} : { stepSize: frozen(stepSize) }) });
}

/** The model of a kind that has these numbers. */
const modelFrom = <M extends ModelName>(model: M, numbers: GivenNumbers): ModelOf<M> =>
  new MixtureModel(stateFromNumbers(model, numbers)) as ModelOf<M>;

/**
 * K-means: hard assignment of each row to the nearest of K centres.
 *
 * The criterion is the sum of squared distances; lower is better. MacQueen (1967).
 *
 * @example
 * ```js
 * import { KMeans } from 'megamix';
 *
 * const model = await new KMeans({ components: 8, restarts: 2 }).fit('train.npy');
 * const { labels, distances } = await model.predict([new Float64Array(39)]);
 * console.log(labels[0], distances?.[0]);
 * ```
 */
export class KMeans extends Estimator<'kmeans'> {
  constructor(settings: KMeansSettings) {
    super('kmeans', settings);
  }

  /**
   * Makes a model of centres, K × D, that are known.
   *
   * @param counts - rows per centre, which fits continue with; default 1 each.
   * @param distance - by which a centre is nearest: 'euclidean' (default) or 'cosine', for which centres are normalised to length 1.
   * @throws DataError that names the centre which is of another length, or no numbers.
   *
   * @example
   * ```js
   * import { KMeans } from 'megamix';
   *
   * const model = KMeans.from([[0, 0], [6, 5]]);
   * console.log((await model.predict([[5, 5]])).labels);
   * ```
   */
  static from(centres: NumberTable, counts?: NumberTable, distance?: DistanceName): ModelOf<'kmeans'> {
    return modelFrom('kmeans', { means: centres, counts, distance });
  }
}

/**
 * Gaussian mixture fitted by maximum likelihood (EM).
 *
 * The criterion is the log-likelihood; higher is better. Bishop (2006), chapter 9.2.
 *
 * @example
 * ```js
 * import { GaussianMixture } from 'megamix';
 *
 * const model = await new GaussianMixture({ components: 4, covariance: 'diagonal' }).fit('train.npy');
 * const { logProbPerRow, bic } = await model.score('test.npy');
 * console.log(logProbPerRow, bic);
 * ```
 */
export class GaussianMixture extends Estimator<'gmm'> {
  constructor(settings: GaussianMixtureSettings) {
    super('gmm', settings);
  }

  /**
   * Makes a model of weights, means and covariances (or precisions) that are known; their shape says the covariance type.
   *
   * @throws DataError that names the component, what was received and what was expected.
   *
   * @example
   * ```js
   * import { GaussianMixture } from 'megamix';
   *
   * const model = GaussianMixture.from({ weights: [0.4, 0.6], means: [[0, 0], [6, 5]], covariances: [1, 2] });
   * console.log(model.covarianceType);
   * ```
   */
  static from(numbers: GaussianNumbers): ModelOf<'gmm'> {
    return modelFrom('gmm', numbers);
  }
}

/**
 * Variational Bayesian Gaussian mixture with a Dirichlet prior on the weights.
 *
 * The criterion is a lower bound of the evidence; higher is better. Bishop (2006), chapter 10.2.
 *
 * @example
 * ```js
 * import { VariationalGaussianMixture } from 'megamix';
 *
 * const model = await new VariationalGaussianMixture({ components: 8, covariance: 'diagonal', alpha0: 0.01 }).fit('train.npy');
 * console.log(model.effectiveComponents);
 * ```
 */
export class VariationalGaussianMixture extends Estimator<'vbgmm'> {
  constructor(settings: VariationalGaussianMixtureSettings) {
    super('vbgmm', settings);
  }

  /**
   * Makes a model of expectations and a prior that are known: its posterior is that of the counts of rows.
   *
   * @throws DataError that names the component, what was received and what was expected.
   *
   * @example
   * ```js
   * import { VariationalGaussianMixture } from 'megamix';
   *
   * const model = VariationalGaussianMixture.from({ counts: [40, 60], means: [[0, 0], [6, 5]], covariances: [1, 2] });
   * console.log(model.weights);
   * ```
   */
  static from(numbers: VariationalNumbers): ModelOf<'vbgmm'> {
    return modelFrom('vbgmm', numbers);
  }
}

/**
 * Variational Gaussian mixture with a Dirichlet-process prior on the weights (stick-breaking).
 *
 * `components` is an upper bound: components that the data do not need get no weight. Blei & Jordan (2006).
 *
 * @example
 * ```js
 * import { DPVariationalGaussianMixture } from 'megamix';
 *
 * const fitted = await new DPVariationalGaussianMixture({ components: 16, covariance: 'diagonal' }).fit('train.npy');
 * const model = await fitted.simplify('train.npy');
 * console.log(`${model.components} of ${fitted.components} components are in use`);
 * ```
 */
export class DPVariationalGaussianMixture extends Estimator<'dpgmm'> {
  constructor(settings: DPVariationalGaussianMixtureSettings) {
    super('dpgmm', settings);
  }

  /**
   * Makes a model of expectations and a prior that are known: its posterior is that of the counts of rows.
   *
   * @throws DataError that names the component, what was received and what was expected.
   *
   * @example
   * ```js
   * import { DPVariationalGaussianMixture } from 'megamix';
   *
   * const model = DPVariationalGaussianMixture.from({ counts: [60, 40], means: [[6, 5], [0, 0]], covariances: [2, 1] });
   * console.log(model.weights);
   * ```
   */
  static from(numbers: VariationalNumbers): ModelOf<'dpgmm'> {
    return modelFrom('dpgmm', numbers);
  }
}

/**
 * Variational Gaussian mixture with a Pitman–Yor-process prior on the weights.
 *
 * Like a Dirichlet process with a `discount`: the larger, the more small components. Pitman & Yor (1997).
 *
 * @example
 * ```js
 * import { PYPVariationalGaussianMixture } from 'megamix';
 *
 * const model = await new PYPVariationalGaussianMixture({ components: 16, covariance: 'spherical', discount: 0.3 }).fit('train.npy');
 * console.log(model.weights);
 * ```
 */
export class PYPVariationalGaussianMixture extends Estimator<'pypgmm'> {
  constructor(settings: PYPVariationalGaussianMixtureSettings) {
    super('pypgmm', settings);
  }

  /**
   * Makes a model of expectations and a prior that are known: its posterior is that of the counts of rows.
   *
   * @throws DataError that names the component, what was received and what was expected.
   *
   * @example
   * ```js
   * import { PYPVariationalGaussianMixture } from 'megamix';
   *
   * const numbers = { counts: [60, 40], means: [[6, 5], [0, 0]], covariances: [2, 1] };
   * console.log(PYPVariationalGaussianMixture.from({ ...numbers, discount: 0.3 }).weights);
   * ```
   */
  static from(numbers: PitmanYorNumbers): ModelOf<'pypgmm'> {
    return modelFrom('pypgmm', numbers);
  }
}
