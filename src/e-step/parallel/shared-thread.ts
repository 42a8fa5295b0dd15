// Worker threads, which all pools of the process share.
import { Worker } from 'node:worker_threads';
import type { Computing } from '../../kernels/index.ts';
import { built } from '../../util/built.ts';
import { inherited } from '../../util/worker-options.ts';
import { Seat, type SeatedIn, workerFailed } from './seat.ts';
import type { Answer, Order } from './worker.ts';

/** A worker's numbers live outside of its heap. */
const HEAP = { maxYoungGenerationSizeMb: 2 };

/** A worker thread, and those who share it. */
export class SharedThread implements SeatedIn {
  readonly #worker: Worker;
  readonly #seats = new Map<number, Seat>();
  #numbers = 0;
  #isReady = false;
  #failure: Error | undefined;
  #onLoaded: (() => void) | undefined;
  /** Resolved when it is ready, or never will be. */
  readonly #loaded = new Promise<void>((resolve) => {
    this.#onLoaded = resolve;
  });

  constructor() {
    this.#worker = new Worker(built('e-step/parallel/worker.js'), { ...inherited(), resourceLimits: HEAP });
    this.#worker.unref(); // only work under way keeps the process alive
    this.#worker.on('message', (answer: Answer) => this.#hear(answer));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('messageerror', (cause) => this.#fail(cause));
    this.#worker.on('exit', (code) => {
      this.#onLoaded?.();
      this.#fail(`it ended, with code ${code}`);
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Set if it cannot compute any more. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** How many share it. */
  get users(): number {
    return this.#seats.size;
  }

  join(computing: Computing): Seat {
    const number = this.#numbers++;
    const seat = new Seat(this, number, computing);
    this.#seats.set(number, seat);
    return seat;
  }

  /** Called by a seat, which is not used any more. */
  leave(number: number): void {
    this.#seats.delete(number);
    this.tell({ left: number });
    this.settled();
  }

  tell(order: Order): void {
    this.#worker.postMessage(order);
  }

  /** There is work under way, which keeps the process alive. */
  begun(): void {
    this.#worker.ref();
  }

  /** Some work is done, perhaps all. */
  settled(): void {
    if ([...this.#seats.values()].every(({ isIdle }) => isIdle)) this.#worker.unref();
  }

  /** One that is ended while it loads its modules would leave them open, a fault of Node's: it may become ready first. */
  async close(): Promise<void> {
    const isLoading = !this.#isReady;
    this.#fail('it was closed');
    if (isLoading) {
      this.#worker.ref();
      await this.#loaded;
    }
    await this.#worker.terminate();
  }

  #hear(answer: Answer): void {
    if ('ready' in answer) {
      this.#isReady = true;
      this.#onLoaded?.();
    } else this.#seats.get(answer.seat)?.hear(answer); // nobody waits for what is answered to those who left
  }

  /** From now on every chunk fails, for the same reason. */
  #fail(cause: unknown): void {
    this.#failure ??= workerFailed(cause);
    this.#isReady = true;
    for (const seat of this.#seats.values()) seat.fail(this.#failure);
  }
}
