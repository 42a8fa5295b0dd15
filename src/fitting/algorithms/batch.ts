// Batch EM: an M-step after each pass.
import type { PassOptions } from '../../e-step/e-step.ts';
import { compile } from '../../mixture/compile.ts';
import { mStep, type Parameters } from '../../mixture/mixture.ts';
import { statisticsOf } from '../../mixture/pass.ts';
import { sortedBySize } from '../../mixture/selection.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import type { Algorithm, Evaluation, FitTask } from './algorithm.ts';
import { evaluate, passAt } from './evaluate.ts';

/** State of the algorithm: the parameters of the pass, and after it the statistics for the next M-step. */
interface BatchState {
  readonly parameters: Parameters;
  readonly isStart: boolean;
  readonly statistics: Float64Array | undefined;
}

/** One M-step after each pass: EM, variational EM, Lloyd's K-means. */
export class BatchAlgorithm implements Algorithm {
  readonly #task: FitTask;
  readonly #sortsComponents: boolean;
  #parameters: Parameters;
  /** Whether they are those that the fit began with. */
  #isStart: boolean;
  #statistics: Statistics | undefined;

  constructor(task: FitTask, sortsComponents = false) {
    const { mixture, journal, start } = task;
    const kept = journal.resume<BatchState>();
    this.#task = task;
    this.#sortsComponents = sortsComponents;
    this.#parameters = kept?.parameters ?? start;
    this.#isStart = kept?.isStart ?? true;
    if (kept?.statistics) {
      this.#statistics = statisticsOf(passAt(mixture, compile(mixture, kept.parameters), kept.parameters));
      this.#statistics.values.set(kept.statistics);
    }
    journal.keep(
      (): BatchState => ({
        parameters: this.#parameters,
        isStart: this.#isStart,
        statistics: this.#statistics?.values,
      }),
    );
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    this.#reduce();
    const { journal } = this.#task;
    const { evaluation, statistics } = await evaluate(this.#task, this.#parameters, {
      ...options,
      isStart: this.#isStart,
      withStatistics: !isLast,
      journal: journal.inside('pass'),
    });
    journal.end('pass');
    this.#parameters = evaluation.parameters;
    this.#isStart = false;
    if (!isLast) this.#statistics = statistics;
    return evaluation;
  }

  /** The M-step, if there was a pass before. */
  #reduce(): void {
    if (!this.#statistics) return;
    const { mixture } = this.#task;
    const parameters = mStep(mixture, this.#statistics, this.#parameters.means);
    this.#parameters = this.#sortsComponents ? sortedBySize(mixture, parameters) : parameters;
    this.#statistics = undefined;
  }

  async close(): Promise<void> {}
}
