// Batch EM: an M-step after each pass.
import type { PassOptions } from '../../e-step/e-step.ts';
import { mStep, type Parameters } from '../../mixture/mixture.ts';
import { sortedBySize } from '../../mixture/selection.ts';
import type { Algorithm, Evaluation, FitTask } from './algorithm.ts';
import { evaluate } from './evaluate.ts';

/** One M-step after each pass: EM, variational EM, Lloyd's K-means. */
export class BatchAlgorithm implements Algorithm {
  readonly #task: FitTask;
  readonly #sortsComponents: boolean;
  #next: () => Parameters;

  constructor(task: FitTask, sortsComponents = false) {
    this.#task = task;
    this.#sortsComponents = sortsComponents;
    this.#next = () => task.start;
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    const { mixture } = this.#task;
    const { evaluation, statistics } = await evaluate(this.#task, this.#next(), !isLast, options);
    this.#next = () => {
      const parameters = mStep(mixture, statistics, evaluation.parameters.means);
      return this.#sortsComponents ? sortedBySize(mixture, parameters) : parameters;
    };
    return evaluation;
  }

  async close(): Promise<void> {}
}
