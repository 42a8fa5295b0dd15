// A worker thread as the pool sees it.
import { Worker } from 'node:worker_threads';
import type { Chunk } from '../../chunk.ts';
import { FitError, messageOf } from '../../errors.ts';
import type { Computing } from '../../kernels/index.ts';
import { built } from '../../util/built.ts';
import { revived } from '../../util/error-transfer.ts';
import { inherited } from '../../util/worker-options.ts';
import { type Job, lengthOf, type Outcome } from './computing.ts';
import type { OrderedTask } from './in-order.ts';
import type { Answer, Slot } from './worker.ts';

/** Chunks that a worker may have at a time: one that it works on, and those that wait. */
export const SLOTS = 3;

/** A worker's numbers live outside of its heap. */
const HEAP = { maxYoungGenerationSizeMb: 2 };

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(failure: unknown): void;
  /** Why nobody waits any more. */
  reason?: unknown;
}

/** A worker thread as its pool sees it. */
export class Member {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #freeSlots: number[] = Array.from({ length: SLOTS }, (_, slot) => slot);
  #jobs: readonly Job[] = [];
  #slots: readonly Slot[] = [];
  #isReady = false;
  #onLoaded: (() => void) | undefined;
  /** Resolved when it is ready, or never will be. */
  readonly #loaded = new Promise<void>((resolve) => {
    this.#onLoaded = resolve;
  });
  #failure: Error | undefined;

  constructor(computing: Computing) {
    this.#worker = new Worker(built('e-step/parallel/worker.js'), {
      ...inherited(),
      workerData: computing,
      resourceLimits: HEAP,
    });
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

  /** How many chunks it can be given. */
  get free(): number {
    return this.#isReady ? this.#freeSlots.length : 0;
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
    this.#worker.postMessage({ jobs, slots: this.#slots });
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
    this.#worker.ref();
    this.#worker.postMessage({ slot, job, rows, isDouble, isWeighted: weights !== undefined, hasMissing });
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
    } else if ('failure' in answer) this.#fail(revived(answer.failure));
    else this.#settle(answer);
  }

  /** After a failure nobody waits for what the worker still answers. */
  #settle(answer: Extract<Answer, { slot: number } | { leftOut: number }>): void {
    const slot = 'slot' in answer ? answer.slot : answer.leftOut;
    const waiting = this.#waiting.get(slot);
    this.#waiting.delete(slot);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('leftOut' in answer) waiting?.reject(waiting.reason);
    else {
      const values = new Float64Array(this.#slots[slot]!.values, 0, answer.length);
      waiting?.resolve({ values, farRow: answer.farRow });
    }
  }

  /** From now on every chunk fails, for the same reason. */
  #fail(cause: unknown): void {
    this.#failure ??= new FitError('worker-failed', `a worker thread ${fateOf(cause)}`, { cause });
    this.#isReady = true;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** What became of a worker, in words. */
function fateOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'ran out of memory: use fewer threads'
    : `failed: ${messageOf(cause)}`;
}
