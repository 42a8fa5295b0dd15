// Learning from rows as they arrive: a Writable stream that yields models.
import { once } from 'node:events';
import { addAbortSignal, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Chunk, NO_PART } from '../../chunk.ts';
import { Pool } from '../../e-step/parallel/pool.ts';
import { DataError, FitError, SettingError } from '../../errors.ts';
import { MixtureModel } from '../../inference/model.ts';
import { checkComputing } from '../../kernels/index.ts';
import { type Part, parts, updating } from '../../mixture/constraints.ts';
import { distances } from '../../mixture/distance.ts';
import { distanceOf } from '../../mixture/mixture.ts';
import { takes } from '../../mixture/model-table.ts';
import { toChunk } from '../../sources/check.ts';
import { invalidRows } from '../../sources/data.ts';
import { RowReader, type Rows } from '../../sources/rows.ts';
import { openAgain } from '../../sources/source.ts';
import type { FrontEnd, HasFrontEnd } from '../../speech/front-end.ts';
import { groupOptions, type ModelState } from '../../storage/model-file.ts';
import { following } from '../../util/abort-signals.ts';
import { namesOf } from '../../util/definition.ts';
import { checkOptionsBy } from '../../util/options.ts';
import { shown } from '../../util/shown.ts';
import { sum } from '../../util/vector.ts';
import { Warnings } from '../../util/warnings.ts';
import { type StepSize, stepAt } from '../algorithms/step-size.ts';
import { directions } from '../initialization/data-summary.ts';
import { type Initial, initialize } from '../initialization/initialize.ts';
import type { CheckedSettings } from '../settings.ts';
import { withNumbers } from './beginning-state.ts';
import { BestSoFar } from './best-so-far.ts';
import { type Learned, Learner, STREAM } from './learner.ts';
import { onlineDefinitions } from './setting-table.ts';
import {
  type CheckedOnline,
  checkOnline,
  type OnlineOptions,
  type OnlineSaveOptions,
  onlineOptions,
  saveOptions,
} from './settings.ts';
import { loadState, type OnlineState, type SavedState, saveState } from './state.ts';
import { WarmUp, type WarmUpState } from './warm-up.ts';

/** Rows for each component that are gathered to begin with, at the least; covariances of D dimensions need more. */
const FEWEST_TO_BEGIN = 20;

/** Origin of an online fit: settings of a new model, or a state to continue from and the text that was saved with it. */
type Origin = { readonly settings: CheckedSettings } | SavedState;

/**
 * Learns from rows as they arrive, window by window; an immutable model is available at any time.
 *
 * A Writable stream of rows (one, several, or chunks): `features.pipe(online)`, or `await online.add(rows)`; `await
 * online.finish()` ends it. Windows are counted from the first row, however the rows arrive; the last may be shorter.
 * Stepwise EM, Cappé & Moulines (2009); stochastic variational inference, Hoffman et al. (2013); for K-means MacQueen
 * (1967), in windows.
 *
 * @example
 * ```js
 * import { GaussianMixture, openData, OnlineFit } from 'megamix';
 *
 * const online = new GaussianMixture({ components: 2, covariance: 'diagonal' }).online({ window: 64 });
 * for await (const chunk of await openData('train.npy')) await online.add(chunk);
 * await online.save('online.h5');
 * online.destroy();
 *
 * const resumed = await OnlineFit.resume('online.h5'); // continues exactly
 * for await (const chunk of await openData('test.npy')) await resumed.add(chunk);
 * const model = await resumed.finish();
 * console.log(model.counts, resumed.rows);
 * ```
 */
export class OnlineFit extends Writable {
  readonly #options: OnlineOptions;
  readonly #settings: CheckedOnline;
  /** State to continue from. */
  readonly #resumed: OnlineState | undefined;
  /** Settings of the model to come; undefined where there was one already. */
  #fit: CheckedSettings | undefined;
  /** Text that was saved with the state that it continues from; undefined if there was none. */
  readonly note: string | undefined;
  readonly #pool: Pool;
  readonly #bestSoFar: BestSoFar | undefined;
  readonly #policy: ReturnType<(typeof invalidRows)[keyof typeof invalidRows]>;
  #reader: RowReader | undefined;
  #learner: Learner | undefined;
  #dimensions: number | undefined;
  #received = 0;
  #latest: MixtureModel | undefined;
  /** State before the last, shorter window: a stream that continues after its end continues from there. */
  #beforeEnd: OnlineState | undefined;
  /** How sound became rows for the model that it begins with. */
  readonly #begunWith: FrontEnd | undefined;
  /** Stream that is piped into it, such as a FeatureTransform. */
  #piped: HasFrontEnd | undefined;
  #isBusy = false;
  #adding = 0;
  #checkedAt = -1;
  #saving: Promise<void> = Promise.resolve();
  readonly #destroyed = new AbortController();
  #toLook: (() => void)[] = [];

  /** Made by `estimator.online()` or `OnlineFit.resume()`. */
  constructor(origin: Origin, options: OnlineOptions, best?: MixtureModel) {
    const { onInvalid = 'error', signal, heldOut } = options;
    signal?.throwIfAborted();
    super({ objectMode: true });
    const resumed = 'state' in origin ? origin.state : undefined;
    this.#resumed = resumed;
    this.#fit = 'settings' in origin ? origin.settings : 'fit' in origin.state ? origin.state.fit : undefined;
    this.note = 'note' in origin ? origin.note : undefined;
    this.#options = options;
    this.#settings = resumed?.settings ?? checkOnline(options);
    this.#policy = invalidRows[onInvalid]();
    this.#pool = new Pool(checkComputing(options));
    if (heldOut !== undefined) this.#bestSoFar = new BestSoFar(this.#pool, heldOut, signal, best);
    if (signal) {
      const followed = following(signal);
      addAbortSignal(followed.signal, this);
      this.once('close', followed.end);
    }
    this.on('pipe', (source: HasFrontEnd) => {
      this.#piped = source;
    });
    const { init, continues } = this.#fit ?? {};
    if (init instanceof MixtureModel) {
      if (!continues && init.hasDensity) throw otherKind(init);
      if (continues && this.#fit!.varianceFloor > 0) throw floorless();
      this.#begunWith = init.frontEnd;
    }
    if (resumed) this.#open('model' in resumed ? resumed.model.mixture.dimensions : resumed.warmUp.rows.dimensions);
    else if (continues) this.#open(continues.dimensions);
  }

  /**
   * Continues exactly from where `save` was called, also during warm-up: same windows, step sizes, and waiting rows.
   * `rows` tells after which row to go on.
   *
   * @param path - file written by `save` (or by `megamix online`).
   * @throws SettingError if a setting differs from the saved one; DataError if the file holds no state.
   */
  static async resume(
    path: string,
    given: OnlineOptions & { readonly group?: string | undefined } = {},
  ): Promise<OnlineFit> {
    checkOptionsBy({ ...onlineOptions, ...groupOptions }, given);
    const { group, ...options } = given;
    const { state, note } = await loadState(path, group, options.signal);
    for (const name of namesOf(onlineDefinitions)) {
      const [asked, had] = [options[name], state.settings[name]];
      if (asked === undefined || isSame(asked, had)) continue;
      throw new SettingError(
        'setting-conflict',
        `${name}: received ${shown(asked)}, but ${path} was begun with ${shown(had)}: leave it out`,
        { setting: name },
      );
    }
    const hasHeldOut = options.heldOut !== undefined;
    if (state.settings.hasHeldOut && !hasHeldOut) {
      throw new SettingError(
        'missing-setting',
        `heldOut: received nothing, but ${path} holds the best model on held-out data: give them again`,
        { setting: 'heldOut' },
      );
    }
    const best =
      state.settings.hasHeldOut && 'model' in state
        ? await MixtureModel.load(path, { group, signal: options.signal })
        : undefined;
    return new OnlineFit({ state: { ...state, settings: { ...state.settings, hasHeldOut } }, note }, options, best);
  }

  /** Latest model; undefined during warm-up. */
  get model(): MixtureModel | undefined {
    const now = this.#learner?.latest;
    if (now && this.#latest?.state.parameters !== now.parameters) this.#latest = new MixtureModel(this.#stateOf(now));
    return this.#latest;
  }

  /** Best model on held-out data so far; without held-out data the latest. */
  get best(): MixtureModel | undefined {
    return this.#bestSoFar?.model ?? this.model;
  }

  /** Rows received so far, including those that wait for their window to be full. */
  get rows(): number {
    return this.#learner?.rows ?? 0;
  }

  /** Numbers per row; undefined until that is known. */
  get dimensions(): number | undefined {
    return this.#dimensions;
  }

  /** How many times components were moved to where they help. */
  get moved(): number {
    return this.#learner?.moved ?? 0;
  }

  /** Windows learned from: the number of M-steps. */
  get windows(): number {
    return this.#learner?.windows ?? 0;
  }

  /**
   * Adds rows; resolves when they are learned from, or wait for their window to be full.
   *
   * @throws DataError for rows that cannot be used; FitError after the end.
   */
  add(rows: Rows): Promise<void> {
    if (rows === null)
      return Promise.reject(new DataError('not-rows', `${STREAM}: received null, expected rows`, { source: STREAM }));
    if (this.writableEnded)
      return Promise.reject(new FitError('stream-closed', `${STREAM} was ended: rows come too late`));
    if (this.#adding++ === 0) this.on('error', promiseTells);
    return new Promise((resolve, reject) => {
      this.write(rows, (error) => {
        // The event comes after this.
        setImmediate(() => {
          if (--this.#adding === 0) this.off('error', promiseTells);
        });
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /**
   * Ends the stream, learning from the last, shorter window too, and returns the best model.
   *
   * @throws FitError if there were too few different rows to begin.
   */
  async finish(): Promise<MixtureModel> {
    if (!this.destroyed) this.end();
    await finished(this, { cleanup: true }).catch((error) => {
      throw this.errored ?? new FitError('stream-closed', `${STREAM} was destroyed before its end`, { cause: error });
    });
    return this.best!;
  }

  /**
   * Writes what `resume` needs, and the best model, if there is one yet, into two groups of an HDF5 file: both or none.
   *
   * @param options - the group of the model (default 'model_fitted'), and a text to keep with the state.
   * @throws FitError when no rows came; FileError if the file cannot be written.
   */
  async save(path: string, options: OnlineSaveOptions = {}): Promise<void> {
    checkOptionsBy(saveOptions, options);
    const { group, note } = options;
    const saving = this.#saving.then(async () => {
      const { state, best } = await this.#atRest(() => ({ state: this.#state(), best: this.best }));
      if (!state) throw new FitError('no-model-yet', 'there is nothing to save yet: no rows came');
      await saveState(path, group, { state, note }, best);
    });
    this.#saving = saving.catch(() => {}); // reported to the caller of save
    return saving;
  }

  override _write(rows: Rows, _encoding: unknown, done: (error?: Error | null) => void): void {
    this.#work(() => this.#take(rows), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#work(() => this.#end(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#destroyed.abort(error ?? new FitError('stream-closed', `${STREAM} was destroyed before its end`));
    Promise.all([this.#pool.close(), this.#bestSoFar?.close()]).then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }

  /** Lets go of its threads, finished or not, for `await using online = estimator.online()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed) return;
    const closed = once(this, 'close');
    this.destroy();
    await closed;
  }

  async #take(rows: Rows): Promise<void> {
    this.#reader ??= new RowReader(STREAM, this.#policy, this.#dimensions, this.#received);
    const batch = this.#reader.read(rows);
    this.#reader.flatWidth = batch.dimensions;
    if (!this.#learner) {
      this.#fit = await withNumbers(this.#fit!, this.#destroyed.signal);
      this.#open(batch.dimensions);
    }
    const dimensions = this.#dimensions!;
    await this.#bestSoFar?.open(dimensions, this.frontEnd);
    const place = { name: STREAM, part: NO_PART, rowsBefore: this.#received };
    const checked = toChunk(batch, dimensions, place, this.#policy);
    const chunk = this.#isOfDirections
      ? directions(checked, { name: STREAM, ...this.#policy }, this.#received)
      : checked;
    this.#received += batch.data.length / dimensions;
    for await (const _ of this.#learner!.take(chunk)) {
      if (this.windows % this.#settings.checkEvery === 0) await this.#check();
      this.#destroyed.signal.throwIfAborted();
    }
  }

  async #end(): Promise<void> {
    if (!this.#learner || this.#learner.rows === 0)
      throw new DataError('empty', `${STREAM} is empty: expected rows`, { source: STREAM });
    await this.#bestSoFar?.open(this.#dimensions!, this.frontEnd);
    this.#beforeEnd = this.#state();
    for await (const _ of this.#learner.end());
    await this.#check();
  }

  /** Makes the learner, as soon as the number of columns is known. */
  #open(dimensions: number): void {
    this.#dimensions = dimensions;
    const resumed = this.#resumed;
    const { continues } = this.#fit ?? {};
    if (resumed && 'model' in resumed) {
      const { model, update, floors, ...rest } = resumed;
      const mixture = { ...model.mixture, ...(floors && { constraints: { floors } }) };
      this.#learner = this.#continued(dimensions, { ...rest, ...model, mixture }, update);
    } else if (continues) {
      const { state } = continues;
      const weight = sum(state.parameters.counts);
      const nothing = { windows: 0, rows: 0, repeats: 0, weight: 0, weightBefore: weight, leastWeight: weight };
      this.#learner = this.#continued(dimensions, { ...state, ...nothing }, this.#update);
    } else {
      this.#learner = this.#begun(dimensions, this.#fit!, resumed?.warmUp);
    }
    this.#received = this.#learner.rows;
  }

  /** A learner that resumes from what was learned before. */
  #continued(dimensions: number, learned: Learned, update: readonly Part[]): Learner {
    const { signal } = this.#destroyed;
    const mixture = updating(learned.mixture, learned.parameters, update);
    const learner = new Learner(this.#pool, this.#settings, dimensions, undefined, neverBegun, signal);
    learner.resume({ ...learned, mixture });
    return learner;
  }

  /** A learner that is initialised from the first rows. */
  #begun(dimensions: number, settings: CheckedSettings, gathered: WarmUpState | undefined): Learner {
    const components = settings.components ?? 1;
    const each = Math.max(FEWEST_TO_BEGIN, 2 * (dimensions + 1));
    const warmUp = new WarmUp(this.#settings.warmUp ?? components * each, components, dimensions, gathered);
    const { onInvalid } = this.#options;
    const { signal } = this.#destroyed;
    const begin = async (rows: Chunk): Promise<Initial> => {
      const source = await openAgain(rows, { name: STREAM, onInvalid });
      const warnings = new Warnings(this.#options.onWarning);
      const initial = await initialize(this.#pool, settings, source, { signal, onWarning: warnings.tell });
      await warnings.settled();
      const { mixture, parameters } = initial;
      return { parameters, mixture: updating(mixture, parameters, settings.update) };
    };
    return new Learner(this.#pool, this.#settings, dimensions, warmUp, begin, signal);
  }

  /** Whether only directions of rows count. */
  get #isOfDirections(): boolean {
    const resumed = this.#resumed;
    const mixture = resumed && 'model' in resumed ? resumed.model.mixture : this.#fit?.continues?.state.mixture;
    if (mixture) return distanceOf(mixture).isOfDirections;
    const { model, distance } = this.#fit!;
    return takes(model, 'distance') && distances[distance].isOfDirections;
  }

  /** What M-steps change. */
  get #update(): readonly Part[] {
    const resumed = this.#resumed;
    return resumed && 'update' in resumed ? resumed.update : (this.#fit?.update ?? parts);
  }

  /** Evaluates the latest model on held-out data. */
  async #check(): Promise<void> {
    if (!this.#bestSoFar || this.#checkedAt === this.windows) return;
    this.#checkedAt = this.windows;
    const check = await this.#bestSoFar.check(this.#stateOf(this.#learner!.latest!));
    await this.#options.onCheck?.({ windows: this.windows, rows: this.rows, ...check });
  }

  #stateOf({ mixture, parameters }: Pick<ModelState, 'mixture' | 'parameters'>): ModelState {
    const { frontEnd } = this;
    return { mixture, parameters, iterations: this.#iterations, criterion: [], heldOutCriterion: null, frontEnd };
  }

  /** How sound became rows; undefined for rows that are numbers. */
  get frontEnd(): FrontEnd | undefined {
    const resumed = this.#resumed;
    if (resumed) return 'model' in resumed ? resumed.model.frontEnd : resumed.frontEnd;
    return this.#begunWith ?? this.#options.frontEnd ?? this.#piped?.frontEnd;
  }

  /** M-steps in all, those of the model that it began with included. */
  get #iterations(): number {
    const resumed = this.#resumed;
    if (resumed && 'model' in resumed) return resumed.model.iterations - resumed.windows + this.windows;
    return (this.#fit?.continues?.iterations ?? 0) + this.windows;
  }

  #state(): OnlineState | undefined {
    if (this.#beforeEnd) return this.#beforeEnd;
    const warmUp = this.#learner?.beginning;
    if (warmUp) return { fit: this.#fit!, settings: this.#settings, frontEnd: this.frontEnd, warmUp };
    const now = this.#learner?.state;
    if (!now) return undefined;
    const { mixture, parameters, ...rest } = now;
    return { ...rest, model: this.#stateOf(now), settings: this.#settings, update: this.#update };
  }

  /** Runs `look` between two pieces of work. */
  #atRest<T>(look: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        try {
          resolve(look());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#isBusy) this.#toLook.push(answer);
      else answer();
    });
  }

  #work(task: () => Promise<void>, done: (error?: Error | null) => void): void {
    const rest = (error?: Error): void => {
      this.#isBusy = false;
      for (const look of this.#toLook.splice(0)) look();
      done(error);
    };
    this.#isBusy = true;
    task().then(() => rest(), rest);
  }
}

const otherKind = (init: MixtureModel): SettingError =>
  new SettingError(
    'setting-conflict',
    `init: received a model of another kind, a ${init.kind}, whose components an online fit cannot begin with: fit a model of ` +
      'the kind asked for to some rows first, or give means',
    { setting: 'init' },
  );

const floorless = (): SettingError =>
  new SettingError(
    'setting-conflict',
    'varianceFloor: follows from the first rows, which an online fit that continues from a model does not gather: leave it out',
    { setting: 'varianceFloor' },
  );

/** Whether two settings say the same. */
function isSame(asked: number | StepSize, had: number | StepSize | undefined): boolean {
  if (typeof asked === 'number' || typeof had !== 'object') return asked === had;
  const [one, other] = [asked, had].map((stepSize) => [1, 2, 3].map((t) => stepAt(stepSize, t)).join());
  return one === other;
}

/** The rejected promise reports the error; nothing else needs to. */
function promiseTells(): void {}

async function neverBegun(): Promise<never> {
  throw new Error('what goes on has begun');
}
