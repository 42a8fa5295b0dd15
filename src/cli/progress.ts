// The progress line on a terminal.
import { type Options, SingleBar } from 'cli-progress';
import type { Iteration, Progress } from '../fitting/fit.ts';
import type { OnlineCheck } from '../fitting/online/settings.ts';
import type { KernelName } from '../kernels/index.ts';
import { count, duration, figure } from './text.ts';

const ON_TERMINAL: Options = {
  stream: process.stderr,
  barsize: 20,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  clearOnComplete: true,
  linewrap: false,
  noTTYOutput: false,
  gracefulExit: false,
};

/** Counts the rows of a stream of unknown length, on standard error if that is a terminal. */
export class ArrivalLine {
  readonly #bar = new SingleBar({ ...ON_TERMINAL, format: '{value} rows, {rate} rows/s{criterion}' });
  readonly #began = performance.now();
  #criterion = '';

  constructor(quiet: boolean) {
    if (!quiet && process.stderr.isTTY) this.#bar.start(0, 0, { rate: '', criterion: '' });
  }

  readonly onRows = (rows: number): void => {
    const seconds = Math.max((performance.now() - this.#began) / 1000, 1e-3);
    this.#bar.setTotal(rows + 1);
    this.#bar.update(rows, { rate: count(rows / seconds), criterion: this.#criterion });
  };

  readonly onCheck = ({ heldOutCriterion, heldOutRows, isBest }: OnlineCheck): void => {
    this.#criterion = ` | held-out criterion ${figure(heldOutCriterion / heldOutRows)} a row${isBest ? ', the best' : ''}`;
  };

  stop(): void {
    this.#bar.stop();
  }
}

const stageNames: Readonly<Record<Progress['stage'], (iteration: number) => string>> = {
  reading: () => 'reading the data',
  training: (iteration) => `iteration ${iteration}`,
  resuming: () => 'passing over rows that were done',
};

/** How far a fit is; on a terminal's standard error, silent anywhere else. */
export class ProgressLine {
  readonly #bar: SingleBar;
  #pass = '';
  #passBegan = performance.now();
  #lastTold = performance.now();
  readonly #kernel: KernelName;
  #criterion = '';

  constructor(quiet: boolean, kernel: KernelName) {
    this.#kernel = kernel;
    this.#bar = new SingleBar({ ...ON_TERMINAL, format: '{what} {bar} {percentage}% {rate}{criterion}' });
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
      what: stageNames[stage](iteration),
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
