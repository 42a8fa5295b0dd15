import { SingleBar } from 'cli-progress';
import type { Iteration, Progress } from '../fit.ts';
import type { KernelName } from '../kernels/index.ts';
import { count, duration, figure } from './text.ts';

/** A line on a terminal's standard error; silent anywhere else. */
export class ProgressLine {
  readonly #bar: SingleBar;
  #pass = '';
  #passBegan = performance.now();
  #lastTold = performance.now();
  readonly #kernel: KernelName;
  #criterion = '';

  constructor(quiet: boolean, kernel: KernelName) {
    this.#kernel = kernel;
    this.#bar = new SingleBar({
      format: '{what} {bar} {percentage}% {rate}{criterion}',
      stream: process.stderr,
      barsize: 20,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      noTTYOutput: false,
      gracefulExit: false,
    });
    if (!quiet && process.stderr.isTTY) this.#bar.start(1, 0, { what: 'reading', rate: '', criterion: '' });
  }

  readonly onProgress = ({ stage, iteration, rows, of }: Progress): void => {
    const pass = `${stage} ${iteration}`;
    if (pass !== this.#pass) {
      this.#pass = pass;
      this.#passBegan = this.#lastTold; // a pass begins where the one before ended
    }
    this.#lastTold = performance.now();
    const seconds = (this.#lastTold - this.#passBegan) / 1000;
    const rowsPerSecond = rows / Math.max(seconds, 1e-3);
    const left = of === undefined ? '' : `, ${duration((of - rows) / rowsPerSecond)} left in the pass`;
    this.#bar.setTotal(of ?? rows);
    this.#bar.update(rows, {
      what: stage === 'reading' ? 'reading the data' : `iteration ${iteration}`,
      rate: `${count(rowsPerSecond)} rows/s by ${this.#kernel}${left}`,
      criterion: this.#criterion,
    });
  };

  readonly onIteration = ({ criterion, heldOutCriterion, gain, rows, heldOutRows }: Iteration): void => {
    const perRow = heldOutCriterion === null ? criterion / rows : heldOutCriterion / heldOutRows;
    const gained = gain === null ? '' : `, gain ${figure(gain, 3)}`;
    this.#criterion = ` | ${heldOutCriterion === null ? '' : 'held-out '}criterion ${figure(perRow)} a row${gained}`;
  };

  stop(): void {
    this.#bar.stop();
  }
}
