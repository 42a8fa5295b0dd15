// Stepwise EM: an M-step after each window, with statistics that decay.
import type { PassOptions } from '../../e-step/e-step.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { sum } from '../../util/vector.ts';
import type { Algorithm, Begin, Evaluation, FitTask } from './algorithm.ts';
import { Forgetting, Pace } from './forgetting.ts';
import { type StepSize, stepAt } from './step-size.ts';
import { learnInWindows, type Ready, rowCount } from './windows.ts';

/** Settings of the stepwise algorithm. */
export interface StepwiseSettings {
  /** Rows of a window; by default a hundredth of all. */
  readonly window?: number | undefined;
  readonly stepSize: StepSize;
  /** Number of passes after which another algorithm continues. */
  readonly passes: number;
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
  #passes = 0;
  #steps = 0;
  #rowsPerWindow: number | undefined;
  #pace: Pace | undefined;
  #weight: number;

  constructor(task: FitTask, settings: StepwiseSettings, goOn: Begin) {
    this.#task = task;
    this.#settings = settings;
    this.#goOn = goOn;
    this.#learned = new Forgetting(task.mixture, task.start);
    this.#weight = sum(task.start.counts);
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    const { parameters } = this.#learned;
    if (isLast || this.#passes++ >= this.#settings.passes) {
      this.#exact ??= this.#goOn({ ...this.#task, start: parameters, isAssumed: false });
      return this.#exact.pass(isLast, options);
    }
    this.#rowsPerWindow ??= this.#settings.window ?? Math.ceil((await rowCount(this.#task.source, options)) / WINDOWS);
    const rowsPerWindow = this.#rowsPerWindow;
    this.#pace ??= new Pace(rowsPerWindow);
    const pace = this.#pace;
    let weight = 0;
    const ready = (): Ready => ({ parameters: this.#learned.parameters, compiled: this.#learned.compiled });
    const learn = async (window: Statistics): Promise<Ready> => {
      const step = Math.min(1, stepAt(this.#settings.stepSize, ++this.#steps) * pace.take(window));
      weight += window.weight;
      this.#learned.learn(window, step, Math.max(weight, this.#weight));
      return ready();
    };
    const pass = { rowsPerWindow, evaluated: ready(), entering: ready(), learn };
    const { evaluation, seen } = await learnInWindows(this.#task, pass, options);
    this.#weight = weight;
    const counted = seen && { empty: seen.empty.length, moves: this.#learned.refill(seen) };
    return { ...evaluation, ...counted, isProvisional: true };
  }

  async close(): Promise<void> {
    await this.#exact?.close();
  }
}
