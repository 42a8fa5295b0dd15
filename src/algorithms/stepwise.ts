import type { PassOptions } from '../expect.ts';
import { sum } from '../vector.ts';
import { evaluate } from './evaluate.ts';
import { Forgetting } from './forgetting.ts';
import { type StepSize, stepAt } from './step-size.ts';
import type { Algorithm, Evaluation, Task } from './type.ts';
import { learnInWindows } from './windows.ts';

/** How the stepwise algorithm goes on. */
export interface StepwiseSettings {
  /** Rows of a window; by default a hundredth of all. */
  readonly window?: number | undefined;
  readonly stepSize: StepSize;
}

/** Windows of a pass, unless their size is given. */
const WINDOWS = 100;

/**
 * An M-step after each window of rows, from statistics in which older windows fade. What it calls the criterion of training
 * rows is at parameters that change on the way; that of held-out rows is at those that entered the pass.
 */
export class Stepwise implements Algorithm {
  readonly #task: Task;
  readonly #settings: StepwiseSettings;
  readonly #learned: Forgetting;
  #steps = 0;
  #weight: number;

  constructor(task: Task, settings: StepwiseSettings) {
    this.#task = task;
    this.#settings = settings;
    this.#learned = new Forgetting(task.mixture, task.start);
    this.#weight = sum(task.start.counts);
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    const learned = this.#learned;
    const { parameters } = learned;
    if (isLast) return (await evaluate(this.#task, parameters, false, options)).evaluation;
    const rows = this.#task.source.rows ?? this.#weight;
    const rowsPerWindow = this.#settings.window ?? Math.ceil(rows / WINDOWS);
    let weight = 0;
    const evaluation = await learnInWindows(
      this.#task,
      {
        rowsPerWindow,
        parameters,
        entering: parameters,
        learn: async (window) => {
          const step = stepAt(this.#settings.stepSize, ++this.#steps) * (window.rows / rowsPerWindow);
          weight += window.weight;
          learned.learn(window, step, Math.max(weight, this.#weight));
          return learned.parameters;
        },
      },
      options,
    );
    this.#weight = weight;
    return evaluation;
  }

  async close(): Promise<void> {}
}
