// The worker thread, and the messages between it and the pool.
import { parentPort, workerData } from 'node:worker_threads';
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

/** Message to a worker: the jobs and slots of a run; or a slot that holds a chunk for one of the jobs. */
export type Order =
  | { readonly jobs: readonly Job[]; readonly slots: readonly Slot[] }
  | {
      readonly slot: number;
      readonly job: number;
      readonly rows: number;
      readonly isDouble: boolean;
      readonly isWeighted: boolean;
      readonly hasMissing: boolean | undefined;
    };

/** Message from a worker: it is ready; or the number of values in a slot; or that it left out a slot; or why it cannot continue. */
export type Answer =
  | { readonly ready: true }
  | { readonly slot: number; readonly length: number; readonly farRow: number }
  | { readonly leftOut: number }
  | { readonly failure: SentError };

const port = parentPort!;
const computing = workerData as Computing;
let jobs: readonly Job[] = [];
let slots: readonly Slot[] = [];
let computers: (Computer | undefined)[] = [];

port.on('message', (order: Order) => {
  try {
    obey(order);
  } catch (failure) {
    answer({ failure: sent(failure) });
  }
});
answer({ ready: true });

function obey(order: Order): void {
  if ('jobs' in order) {
    for (const done of computers) done?.close();
    ({ jobs, slots } = order);
    computers = [];
    return;
  }
  const slot = slots[order.slot]!;
  if (Atomics.load(new Int32Array(slot.isAbandoned), 0) === 1) {
    answer({ leftOut: order.slot });
    return;
  }
  const job = jobs[order.job]!;
  computers[order.job] ??= computer(job, computing);
  const { values, farRow } = computers[order.job]!.compute(chunkOf(order, slot, job));
  new Float64Array(slot.values).set(values);
  answer({ slot: order.slot, length: values.length, farRow });
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
