// Reads short tables in threads, several with one message.
import { availableParallelism } from 'node:os';
import { revived } from '../../util/error-transfer.ts';
import type { Batch, Input, ReadOptions, Table, TableProperties } from '../table.ts';
import { takeOver, withThread } from './reader-thread.ts';
import type { DecoderName, ShortTable } from './reader-worker.ts';

/** Threads that read short tables at a time. */
const MOST_BUSY = Math.max(2, Math.min(4, availableParallelism()));
/** Tables of a message. */
const MOST_AT_ONCE = 8;

/** A table that somebody waits for. */
interface Asked {
  readonly decoder: DecoderName;
  readonly input: Input;
  readonly options: ReadOptions;
  readonly isLook: boolean;
  resolve(table: ShortTable): void;
  reject(reason: unknown): void;
}

const asked: Asked[] = [];
let busy = 0;

/** A table in a file, all of it read in a thread, and kept here until it is used. */
export async function readInThread(decoder: DecoderName, input: Input, options: ReadOptions): Promise<Table> {
  const { properties, batches, ...found } = await ask(decoder, input, options, false);
  async function* given(): AsyncGenerator<Batch> {
    takeOver(found, input, options);
    yield* batches;
  }
  return { ...properties, batches: given(), close: async () => {} };
}

/** What is known of a table in a file before it is read, found by a thread. */
export async function lookInThread(decoder: DecoderName, input: Input, options: ReadOptions): Promise<TableProperties> {
  const { properties, ...found } = await ask(decoder, input, options, true);
  takeOver(found, input, {});
  return properties;
}

function ask(decoder: DecoderName, input: Input, options: ReadOptions, isLook: boolean): Promise<ShortTable> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    asked.push({ decoder, input, options, isLook, resolve, reject });
    if (asked.length === 1) setImmediate(share); // with what else is asked for now
  });
}

/** Gives threads that have nothing to do what waits, to each as much. */
function share(): void {
  while (busy < MOST_BUSY && asked.length > 0) {
    const [{ decoder, options, isLook }] = asked as [Asked];
    const isAlike = (other: Asked): boolean =>
      other.decoder === decoder && other.options === options && other.isLook === isLook;
    const other = asked.findIndex((each) => !isAlike(each));
    const fair = Math.ceil(asked.length / (MOST_BUSY - busy));
    const taken = asked.splice(0, Math.min(fair, MOST_AT_ONCE, other < 0 ? asked.length : other));
    void read(taken, taken[0]!);
  }
}

async function read(all: readonly Asked[], { decoder, options, isLook }: Asked): Promise<void> {
  busy++;
  const inputs = all.map(({ input }) => input);
  try {
    options.signal?.throwIfAborted();
    const tables = await withThread((thread) => thread.readShort(decoder, inputs, options, isLook));
    for (const [i, table] of tables.entries()) {
      if ('properties' in table) all[i]!.resolve(table);
      else all[i]!.reject(revived(table));
    }
  } catch (error) {
    for (const { reject } of all) reject(error);
  } finally {
    busy--;
    share();
  }
}
