// One of those who share a worker thread: a pool's part of it.
import type { Chunk } from '../../chunk.ts';
import { FitError, messageOf } from '../../errors.ts';
import type { Computing } from '../../kernels/index.ts';
import { revived } from '../../util/error-transfer.ts';
import { type Job, lengthOf, type Outcome } from './computing.ts';
import type { OrderedTask } from './in-order.ts';
import type { Answer, Order, Slot } from './worker.ts';

/** Chunks that a pool may have in a worker at a time: one that it works on, and those that wait. */
export const SLOTS = 3;

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(failure: unknown): void;
  /** Why nobody waits any more. */
  reason?: unknown;
}

/** The thread, as those who share it see it. */
export interface SeatedIn {
  readonly isReady: boolean;
  /** Set if it cannot compute any more. */
  readonly failure: Error | undefined;
  tell(order: Order): void;
  /** There is work under way, which keeps the process alive. */
  begun(): void;
  /** Some work is done, perhaps all. */
  settled(): void;
  /** The seat is not used any more. */
  leave(seat: number): void;
}

/** A pool's part of a worker thread. */
export class Seat {
  readonly #thread: SeatedIn;
  readonly #number: number;
  readonly #computing: Computing;
  readonly #waiting = new Map<number, Waiting>();
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  #jobs: readonly Job[] = [];
  #slots: readonly Slot[] = [];
  #failure: Error | undefined;

  constructor(thread: SeatedIn, number: number, computing: Computing) {
    this.#thread = thread;
    this.#number = number;
    this.#computing = computing;
    this.#failure = thread.failure;
  }

  get isReady(): boolean {
    return this.#thread.isReady;
  }

  /** Whether no chunk is computed. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** How many chunks it can be given. */
  get free(): number {
    return this.isReady ? this.#freeSlots.length : 0;
  }

  /** Tells of the jobs of the chunks to come; all slots must be free if they are new. */
  prepare(jobs: readonly Job[], mostRows: number): void {
    if (jobs === this.#jobs) return;
    const { dimensions } = jobs[0]!.pass.scorer;
    const data = mostRows * dimensions * 8;
    const values = Math.max(...jobs.map((job) => lengthOf(job, mostRows))) * 8;
    const [slot] = this.#slots;
    this.#jobs = jobs;
    if (
      !slot ||
      slot.data.byteLength < data ||
      slot.weights.byteLength < mostRows * 8 ||
      slot.values.byteLength < values
    ) {
      this.#slots = Array.from({ length: SLOTS }, () => ({
        data: new SharedArrayBuffer(data),
        weights: new SharedArrayBuffer(mostRows * 8),
        values: new SharedArrayBuffer(values),
        isAbandoned: new SharedArrayBuffer(4),
      }));
    }
    this.#thread.tell({ seat: this.#number, run: { computing: this.#computing, jobs, slots: this.#slots } });
  }

  /** Has a chunk computed for one of the jobs, in a slot that is free again when released. */
  compute({ data, weights, rows, hasMissing }: Chunk, job: number): OrderedTask<Outcome> {
    const slot = this.#freeSlots.pop()!;
    const shared = this.#slots[slot]!;
    const isAbandoned = new Int32Array(shared.isAbandoned);
    Atomics.store(isAbandoned, 0, 0);
    const isDouble = data instanceof Float64Array;
    (isDouble ? new Float64Array(shared.data) : new Float32Array(shared.data)).set(data);
    if (weights) new Float64Array(shared.weights).set(weights);
    const result = new Promise<Outcome>((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else this.#waiting.set(slot, { resolve, reject });
    });
    this.#thread.begun();
    this.#thread.tell({
      seat: this.#number,
      slot,
      job,
      rows,
      isDouble,
      isWeighted: weights !== undefined,
      hasMissing,
    });
    return {
      result,
      release: () => void this.#freeSlots.push(slot),
      abandon: (reason) => {
        const waiting = this.#waiting.get(slot);
        if (!waiting) return;
        waiting.reason = reason;
        Atomics.store(isAbandoned, 0, 1);
      },
    };
  }

  /** Gives the thread to the others. */
  leave(): void {
    for (const { isAbandoned } of this.#slots) Atomics.store(new Int32Array(isAbandoned), 0, 1);
    this.fail(workerFailed('it was closed'));
    this.#thread.leave(this.#number);
  }

  /** After a failure nobody waits for what the worker still answers. */
  hear(answer: Extract<Answer, { seat: number }>): void {
    if ('failure' in answer) {
      this.fail(workerFailed(revived(answer.failure)));
      return;
    }
    const slot = 'slot' in answer ? answer.slot : answer.leftOut;
    const waiting = this.#waiting.get(slot);
    this.#waiting.delete(slot);
    if (this.isIdle) this.#thread.settled();
    if ('leftOut' in answer) waiting?.reject(waiting.reason);
    else {
      const values = new Float64Array(this.#slots[slot]!.values, 0, answer.length);
      waiting?.resolve({ values, farRow: answer.farRow });
    }
  }

  /** From now on every chunk fails, for this reason. */
  fail(failure: Error): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** The error for a worker that cannot compute. */
export const workerFailed = (cause: unknown): FitError =>
  new FitError('worker-failed', `a worker thread ${fateOf(cause)}`, { cause });

/** What became of a worker, in words. */
function fateOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'ran out of memory: use fewer threads'
    : `failed: ${messageOf(cause)}`;
}
