// The worker thread, and the messages between it and those who share it.
import { parentPort } from 'node:worker_threads';
import { type Chunk, NO_PART } from '../../chunk.ts';
import type { Computing } from '../../kernels/index.ts';
import { type SentError, sent } from '../../util/error-transfer.ts';
import { type Computer, computer, type Job } from './computing.ts';

/** Memory that both threads see: a chunk on its way there, and what was computed of it on its way back. */
export interface Slot {
  readonly data: SharedArrayBuffer;
  readonly weights: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
  /** One int32: 1 where nobody wants the result any more. */
  readonly isAbandoned: SharedArrayBuffer;
}

/** What is computed for one of those who share the thread. */
export interface Run {
  readonly computing: Computing;
  readonly jobs: readonly Job[];
  readonly slots: readonly Slot[];
}

/**
 * Message to a worker, by one of those who share it, who have a number: the run that its chunks are of; a slot that holds a chunk for one of
 * the jobs; that there will be no more.
 */
export type Order =
  | { readonly seat: number; readonly run: Run }
  | {
      readonly seat: number;
      readonly slot: number;
      readonly job: number;
      readonly rows: number;
      readonly isDouble: boolean;
      readonly isWeighted: boolean;
      readonly hasMissing: boolean | undefined;
    }
  | { readonly left: number };

/** Message from a worker: it is ready; or the number of values in a slot; or that it left out a slot; or why it cannot compute. */
export type Answer =
  | { readonly ready: true }
  | { readonly seat: number; readonly slot: number; readonly length: number; readonly farRow: number }
  | { readonly seat: number; readonly leftOut: number }
  | { readonly seat: number; readonly failure: SentError };

const port = parentPort!;
const seats = new Map<number, Run & { readonly computers: (Computer | undefined)[] }>();

port.on('message', (order: Order) => {
  if ('left' in order) {
    leave(order.left);
    return;
  }
  try {
    if ('run' in order) {
      leave(order.seat);
      seats.set(order.seat, { ...order.run, computers: [] });
    } else compute(order);
  } catch (failure) {
    answer({ seat: order.seat, failure: sent(failure) });
  }
});
answer({ ready: true });

function leave(seat: number): void {
  for (const done of seats.get(seat)?.computers ?? []) done?.close();
  seats.delete(seat);
}

function compute(order: Extract<Order, { rows: number }>): void {
  const { seat } = order;
  const { computing, jobs, slots, computers } = seats.get(seat)!;
  const slot = slots[order.slot]!;
  if (Atomics.load(new Int32Array(slot.isAbandoned), 0) === 1) {
    answer({ seat, leftOut: order.slot });
    return;
  }
  const job = jobs[order.job]!;
  computers[order.job] ??= computer(job, computing);
  const { values, farRow } = computers[order.job]!.compute(chunkOf(order, slot, job));
  new Float64Array(slot.values).set(values);
  answer({ seat, slot: order.slot, length: values.length, farRow });
}

function chunkOf(order: Extract<Order, { rows: number }>, slot: Slot, job: Job): Chunk {
  const { rows } = order;
  const { dimensions } = job.pass.scorer;
  const data = order.isDouble
    ? new Float64Array(slot.data, 0, rows * dimensions)
    : new Float32Array(slot.data, 0, rows * dimensions);
  const weights = order.isWeighted ? new Float64Array(slot.weights, 0, rows) : undefined;
  return { data, weights, rows, dimensions, part: NO_PART, hasMissing: order.hasMissing };
}

function answer(message: Answer): void {
  port.postMessage(message);
}
