// The threads of a fit, and how chunks are given to them.
import type { Chunk } from '../../chunk.ts';
import type { Computing } from '../../kernels/index.ts';
import { abortable } from '../../sources/abortable.ts';
import { breathe } from '../../util/event-loop.ts';
import { type Computer, computer, type Job, type Outcome } from './computing.ts';
import { joinCrew, leaveCrew } from './crew.ts';
import { inOrder, type OrderedTask } from './in-order.ts';
import { type Seat, SLOTS } from './seat.ts';

/** Some chunks and what is to be computed of them. */
export interface Work<C extends Chunk> {
  readonly chunks: AsyncIterable<C>;
  readonly jobs: readonly Job[];
  /** Which of the jobs a chunk is for. */
  readonly jobOf: (chunk: C) => number;
  /** Of the longest chunk. */
  readonly mostRows: number;
  readonly signal?: AbortSignal | undefined;
}

/** A chunk and what was computed of it. */
export type Computed<C extends Chunk> = Outcome & { readonly chunk: C };

/**
 * The threads of a fit, or of another use of a model, which it shares with the others of the process. They are started when there is more than
 * one chunk to compute; until they are there, and with one thread always, the caller's thread computes. The results are the same to the last bit.
 */
export class Pool {
  readonly threads: number;
  readonly #computing: Computing;
  #seats: readonly Seat[] | undefined;
  #isClosed = false;

  constructor({ threads, kernel, precision }: Computing & { readonly threads: number }) {
    this.threads = threads;
    this.#computing = { kernel, precision };
  }

  /** Which kernel computes, in which precision. */
  get computing(): Computing {
    return this.#computing;
  }

  /** Yields the results of the chunks, in their order; each result is valid until the next one is requested. */
  async *run<C extends Chunk>({ chunks, jobs, jobOf, mostRows, signal }: Work<C>): AsyncGenerator<Computed<C>> {
    const own: (Computer | undefined)[] = [];
    let begun = 0;
    const onOwnThread = async (chunk: C): Promise<Computed<C>> => {
      await breathe(signal);
      const index = jobOf(chunk);
      own[index] ??= computer(jobs[index]!, this.#computing);
      const outcome = own[index].compute(chunk);
      chunk.release?.();
      return { chunk, ...outcome };
    };
    const begin = (chunk: C): OrderedTask<Computed<C>> => {
      if (++begun > 1 && this.threads > 1 && !this.#isClosed) this.#start();
      const seat = this.#seats?.find(({ free }) => free > 0);
      if (!seat) return { result: onOwnThread(chunk) };
      seat.prepare(jobs, mostRows);
      const { result, ...task } = seat.compute(chunk, jobOf(chunk));
      chunk.release?.();
      return { ...task, result: result.then((outcome) => ({ chunk, ...outcome })) };
    };
    const depth = (): number => Math.max(1, SLOTS * (this.#seats?.filter(({ isReady }) => isReady).length ?? 0));
    try {
      yield* inOrder(signal ? abortable(chunks, signal) : chunks, begin, depth, signal);
    } finally {
      for (const done of own) done?.close();
    }
  }

  /** Running computations fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const seats = this.#seats;
    this.#seats = undefined;
    if (seats) await leaveCrew(seats);
  }

  #start(): void {
    this.#seats ??= joinCrew(this.threads, this.#computing);
  }
}
