// Stepwise EM: an M-step after each window, with statistics that decay.
import type { PassOptions } from '../../e-step/e-step.ts';
import { type Parameters, statisticsFor } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { sum } from '../../util/vector.ts';
import type { Algorithm, Begin, Evaluation, FitTask } from './algorithm.ts';
import { Forgetting, Pace } from './forgetting.ts';
import { type StepSize, stepAt } from './step-size.ts';
import { learnInWindows, type Ready, ready, rowCount } from './windows.ts';

/** Settings of the stepwise algorithm. */
export interface StepwiseSettings {
  /** Rows of a window; by default a hundredth of all. */
  readonly window?: number | undefined;
  readonly stepSize: StepSize;
  /** Number of passes after which another algorithm continues. */
  readonly passes: number;
}

/** A stepwise pass under way: the parameters that entered it, and the weight of the windows learned from. */
interface Passing {
  readonly parameters: Parameters;
  weight: number;
}

/** State of the algorithm. */
interface StepwiseState {
  readonly parameters: Parameters;
  readonly statistics: Float64Array;
  readonly passes: number;
  readonly steps: number;
  readonly rowsPerWindow: number | undefined;
  readonly pace: { readonly rows: number; readonly weight: number } | undefined;
  readonly weight: number;
  readonly passing: Passing | undefined;
  /** Where the algorithm that continues began, if it did. */
  readonly exactStart: Parameters | undefined;
}

/** Windows of a pass, unless their size is given. */
const WINDOWS = 100;

/**
 * An M-step after each window of rows, from statistics in which older windows fade; after some passes, in which most is gained,
 * an exact algorithm continues. Until then the criterion of training rows is at parameters that change on the way; that of
 * held-out rows is at those that entered the pass.
 */
export class Stepwise implements Algorithm {
  readonly #task: FitTask;
  readonly #settings: StepwiseSettings;
  readonly #goOn: Begin;
  readonly #learned: Forgetting;
  #exact: Algorithm | undefined;
  #passes: number;
  #steps: number;
  #rowsPerWindow: number | undefined;
  #pace: Pace | undefined;
  #weight: number;
  /** The pass under way. */
  #passing: Passing | undefined;

  constructor(task: FitTask, settings: StepwiseSettings, goOn: Begin) {
    const { mixture, journal } = task;
    const kept = journal.resume<StepwiseState>();
    this.#task = task;
    this.#settings = settings;
    this.#goOn = goOn;
    const statistics = kept && statisticsFor(mixture, kept.statistics);
    this.#learned = new Forgetting(mixture, kept?.parameters ?? task.start, statistics);
    this.#passes = kept?.passes ?? 0;
    this.#steps = kept?.steps ?? 0;
    this.#rowsPerWindow = kept?.rowsPerWindow;
    if (kept?.rowsPerWindow) this.#pace = new Pace(kept.rowsPerWindow, kept.pace!.rows, kept.pace!.weight);
    this.#weight = kept?.weight ?? sum(task.start.counts);
    this.#passing = kept?.passing;
    if (kept?.exactStart) this.#exact = this.#begin(kept.exactStart);
    journal.keep(
      (): StepwiseState => ({
        parameters: this.#learned.parameters,
        statistics: this.#learned.statistics.values,
        passes: this.#passes,
        steps: this.#steps,
        rowsPerWindow: this.#rowsPerWindow,
        pace: this.#pace && { rows: this.#pace.rows, weight: this.#pace.weight },
        weight: this.#weight,
        passing: this.#passing && { ...this.#passing },
        exactStart: this.#exact && this.#learned.parameters,
      }),
    );
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    const { mixture, journal } = this.#task;
    const isOver = this.#exact !== undefined || (!this.#passing && this.#passes >= this.#settings.passes);
    if (isOver || isLast) {
      const exact = this.#exact ?? this.#begin(this.#learned.parameters);
      if (isOver) this.#exact = exact;
      const evaluation = await exact.pass(isLast, options);
      if (!isOver) journal.end('exact');
      return evaluation;
    }
    this.#rowsPerWindow ??= this.#settings.window ?? Math.ceil((await rowCount(this.#task.source, options)) / WINDOWS);
    const rowsPerWindow = this.#rowsPerWindow;
    this.#pace ??= new Pace(rowsPerWindow);
    const pace = this.#pace;
    if (!this.#passing) {
      this.#passes++;
      this.#passing = { parameters: this.#learned.parameters, weight: 0 };
    }
    const passing = this.#passing;
    const now = (): Ready => ({ parameters: this.#learned.parameters, compiled: this.#learned.compiled });
    const learn = async (window: Statistics): Promise<Ready> => {
      const step = Math.min(1, stepAt(this.#settings.stepSize, ++this.#steps) * pace.take(window));
      passing.weight += window.weight;
      this.#learned.learn(window, step, Math.max(passing.weight, this.#weight));
      return now();
    };
    const entering = now();
    const isBegun = passing.parameters === entering.parameters;
    const evaluated = isBegun ? entering : ready(mixture, passing.parameters);
    const { evaluation, seen } = await learnInWindows(
      this.#task,
      { rowsPerWindow, evaluated, entering, learn },
      { ...options, journal: journal.inside('pass') },
    );
    journal.end('pass');
    this.#passing = undefined;
    this.#weight = passing.weight;
    const counted = seen && { empty: seen.empty.length, moves: this.#learned.refill(seen) };
    return { ...evaluation, ...counted, isProvisional: true };
  }

  #begin(start: Parameters): Algorithm {
    const { journal } = this.#task;
    return this.#goOn({ ...this.#task, start, isAssumed: false, journal: journal.inside('exact') });
  }

  async close(): Promise<void> {
    await this.#exact?.close();
  }
}
