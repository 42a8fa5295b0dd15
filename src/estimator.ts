// The five estimators: settings in, fitted models out.
import { Pool } from './e-step/parallel/pool.ts';
import { DataError } from './errors.ts';
import { type Evaluated, fit, type Watch, watchOptions } from './fitting/fit.ts';
import { fitWarnings } from './fitting/fit-warnings.ts';
import { type Initial, initialize } from './fitting/initialization/initialize.ts';
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
import type { ModelName } from './mixture/model-table.ts';
import type { RowData, SourceOptions } from './sources/data.ts';
import { sourceOptions } from './sources/data.ts';
import { type IsHeldOut, partition } from './sources/partition.ts';
import { openAgain, type Source, sharedOptions } from './sources/source.ts';
import { checkSameFrontEnd, type FrontEnd } from './speech/front-end.ts';
import { saveModel } from './storage/model-file.ts';
import { frozen } from './util/frozen.ts';
import { anObject, anything, callback, checkOptionsBy, type OptionTable } from './util/options.ts';
import { Warnings } from './util/warnings.ts';

/** How a fit reads, is watched, and ended. */
export interface FitOptions extends Watch, SourceOptions, ComputeOptions {
  /** Decides when to stop and which model is best: data of its own, or which rows to hold out of the training data. */
  readonly heldOut?: RowData | IsHeldOut | undefined;
  /** Models to be saved on the way. */
  readonly saving?: ModelSaving | undefined;
  /** Told of what does not end the fit; by default a process warning. */
  readonly onWarning?: ((message: string) => unknown) | undefined;
}

const fitOptions = {
  ...watchOptions,
  ...sourceOptions,
  ...computeOptions,
  heldOut: anything,
  saving: anObject,
  onWarning: callback,
} satisfies OptionTable<FitOptions>;

/** The model that a fit gives, and how the fit went. */
export interface FitResult<Model extends MixtureModel = MixtureModel> {
  readonly model: Model;
  readonly rows: number;
  readonly heldOutRows: number;
  /** M-steps made, those after the best model included. */
  readonly iterations: number;
  /** For each evaluation how many clusters that held no rows were moved before it; all 0 but for K-means. */
  readonly moved: readonly number[];
  readonly threads: number;
  readonly kernel: KernelName;
  /** How many rows a reading left out as invalid, and what was wrong with the first; null if they are not to be skipped. */
  readonly skipped: Source['skipped'];
}

/** What enters the first pass, and what was before. */
interface Beginning extends Initial {
  readonly iterations: number;
  readonly frontEnd: FrontEnd | undefined;
}

/** FitSettings of a model, checked once; `fit` can be called as often as one likes. */
export class Estimator<M extends ModelName = ModelName> {
  readonly model: M;
  readonly settings: FitSettings;
  readonly #checked: CheckedSettings;

  /** @throws SettingError that names the setting, what was received and what was expected. */
  constructor(model: M, settings: EstimatorSettings<M>) {
    this.model = model;
    this.settings = anObject.holds(settings) ? ownSettings(settings) : settings;
    this.#checked = checkSettings(model, this.settings);
  }

  /**
   * Fits the model to a stream, in as many passes as it takes. On an abort the best model so far is returned, if a pass
   * was finished; else the signal's reason is thrown.
   *
   * @throws DataError for data that cannot be used, FitError for a fit that cannot go on.
   */
  async fit(data: RowData, options: FitOptions = {}): Promise<ModelOf<M>> {
    return (await this.fitWithReport(data, options)).model;
  }

  /** As `fit`, with what there is to tell beside the model. */
  async fitWithReport(data: RowData, options: FitOptions = {}): Promise<FitResult<ModelOf<M>>> {
    return this.#withSources(data, options, async (pool, training, heldOut, source) => {
      const warnings = new Warnings(options.onWarning);
      const groupOf = options.saving && (await checkSaving(options.saving));
      const { mixture, parameters, iterations, frontEnd } = await this.#initial(pool, training, options);
      const onEvaluated = async (evaluated: Evaluated): Promise<void> => {
        const done = iterations + evaluated.iterations;
        const group = groupOf?.(evaluated.iterations === 0 ? 0 : done);
        if (group === undefined) return;
        const state = { mixture, ...evaluated, iterations: done, frontEnd };
        const isStale = evaluated.iterations === 0 ? isOfOlderFit(done) : undefined;
        await saveModel(options.saving!.path, state, group, undefined, isStale);
      };
      const watch = groupOf ? { ...options, onEvaluated } : options;
      const { control, begin } = this.#checked;
      const isAssumed = !(this.#checked.init instanceof MixtureModel);
      const task = { pool, mixture, start: parameters, isAssumed, source: training, heldOut };
      const fitted = await fit(task, control, watch, begin);
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
    });
  }

  /** The model that enters the first pass of a fit, ready to be used. */
  async initialize(data: RowData, options: FitOptions = {}): Promise<ModelOf<M>> {
    return this.#withSources(data, options, async (pool, training) => {
      const initial = await this.#initial(pool, training, options);
      return new MixtureModel({ ...initial, criterion: [], heldOutCriterion: null }) as ModelOf<M>;
    });
  }

  /**
   * The model, to be learned from rows as they arrive, in one reading.
   *
   * @throws SettingError that names the setting, what was received and what was expected.
   */
  online(options: OnlineOptions = {}): OnlineFit {
    checkOptionsBy(onlineOptions, options);
    const { window = this.settings.window, stepSize = this.settings.stepSize } = options;
    return new OnlineFit({ settings: this.#checked }, { ...options, window, stepSize });
  }

  async #initial(pool: Pool, training: Source, options: FitOptions): Promise<Beginning> {
    const { init } = this.#checked;
    if (init instanceof MixtureModel) {
      if (init.dimensions !== training.dimensions) {
        throw new DataError(
          'wrong-width',
          `${training.name} has ${training.dimensions} columns, but the model to fit on from has ${init.dimensions} dimensions`,
          { source: training.name },
        );
      }
      checkSameFrontEnd(training, init);
      return { ...init.state, frontEnd: init.frontEnd ?? training.frontEnd };
    }
    const { frontEnd } = training;
    const warnings = new Warnings(options.onWarning);
    const initial = await initialize(pool, this.#checked, training, { ...options, onWarning: warnings.tell });
    await warnings.settled();
    return { ...initial, iterations: 0, frontEnd };
  }

  async #withSources<T>(
    data: RowData,
    options: FitOptions,
    use: (pool: Pool, training: Source, heldOut: Source | undefined, source: Source) => Promise<T>,
  ): Promise<T> {
    checkOptionsBy(fitOptions, options);
    const { heldOut, signal } = options;
    signal?.throwIfAborted();
    const { init } = this.#checked;
    const pool = new Pool(checkComputing(options));
    const rowsFor = init instanceof MixtureModel ? init : options.rowsFor;
    const isShared = heldOut !== undefined && typeof heldOut !== 'function';
    const reading = { name: 'the training data', ...options, rowsFor };
    const source = await openAgain(data, isShared ? sharedOptions(data, reading, reading.name!) : reading);
    const training = source.countable();
    let unseen: Source | undefined;
    try {
      if (heldOut === undefined) return await use(pool, training, undefined, source);
      if (typeof heldOut === 'function') return await use(pool, ...partition(training, heldOut), source);
      const name = 'the held-out data';
      const shared = sharedOptions(heldOut, { ...options, weights: undefined, name, rowsFor: source }, name);
      unseen = await openAgain(heldOut, shared);
      checkSameFrontEnd(unseen, source);
      if (unseen.dimensions !== source.dimensions) {
        throw new DataError(
          'wrong-width',
          `${unseen.name} has ${unseen.dimensions} columns, but ${source.name} has ${source.dimensions}: both must have the same`,
          { source: unseen.name },
        );
      }
      return await use(pool, training, unseen.countable(), source);
    } finally {
      await pool.close();
      if (data !== source) await source.close();
      if (unseen && heldOut !== unseen) await unseen.close();
    }
  }
}

/** A copy that nobody changes; data in it are shared. */
function ownSettings({ stepSize, ...settings }: FitSettings): FitSettings {
  return Object.freeze({ ...settings, ...(stepSize === undefined ? {} : { stepSize: frozen(stepSize) }) });
}

/** K-means: hard assignment to the nearest of K centres; the criterion is Σ squared distance, lower is better. */
export class KMeans extends Estimator<'kmeans'> {
  constructor(settings: KMeansSettings) {
    super('kmeans', settings);
  }
}

/** Gaussian mixture by maximum likelihood (EM); Bishop (2006), chapter 9.2. */
export class GaussianMixture extends Estimator<'gmm'> {
  constructor(settings: GaussianMixtureSettings) {
    super('gmm', settings);
  }
}

/** Variational Gaussian mixture with Dirichlet weights; Bishop (2006), chapter 10.2. */
export class VariationalGaussianMixture extends Estimator<'vbgmm'> {
  constructor(settings: VariationalGaussianMixtureSettings) {
    super('vbgmm', settings);
  }
}

/** Variational Gaussian mixture with the weights of a Dirichlet process; Blei & Jordan (2006). */
export class DPVariationalGaussianMixture extends Estimator<'dpgmm'> {
  constructor(settings: DPVariationalGaussianMixtureSettings) {
    super('dpgmm', settings);
  }
}

/** Variational Gaussian mixture with the weights of a Pitman-Yor process; Pitman & Yor (1997). */
export class PYPVariationalGaussianMixture extends Estimator<'pypgmm'> {
  constructor(settings: PYPVariationalGaussianMixtureSettings) {
    super('pypgmm', settings);
  }
}
