// The reader thread, and the messages to and from it.
import { parentPort } from 'node:worker_threads';
import type { StoredGroup } from '../../files/hdf5-group.ts';
import { type SentError, sent } from '../../util/error-transfer.ts';
import { fileInput } from '../file-input.ts';
import { Skipped } from '../skipped.ts';
import type { Batch, Input, Opener, ReadOptions, Table, TablePlace } from '../table.ts';

/** Formats that others' code decodes, which is trusted neither to end nor to yield. */
const decoders = {
  parquet: async () => (await import('../binary/parquet.ts')).parquet,
  arrow: async () => (await import('../binary/arrow.ts')).arrow,
  h5: async () => (await import('../binary/hdf5.ts')).hdf5,
  mat: async () => (await import('../binary/matlab.ts')).matlab,
} satisfies Record<string, () => Promise<Opener>>;

export type DecoderName = keyof typeof decoders;

/** Those that use HDF5's library. */
const usesHdf5: ReadonlySet<DecoderName | undefined> = new Set<DecoderName>(['h5', 'mat']);

/** Read options that can be sent to a thread. */
export type SentOptions = Pick<
  ReadOptions,
  'columns' | 'weightColumn' | 'utteranceColumn' | 'timeColumn' | 'allowsMissing' | 'isLive' | 'isList'
>;

/** Message to the thread: to open a table, or read a group of an HDF5 file; to give the next batch; bytes that it asked for (none at their end); to close the table. */
export type Order =
  | {
      readonly open: DecoderName;
      readonly input: Pick<Input, 'name' | 'path' | 'inside'>;
      readonly options: SentOptions;
      readonly skips: boolean;
      readonly from: TablePlace | undefined;
    }
  | { readonly group: string; readonly path: string }
  | { readonly next: true }
  | { readonly bytes: Uint8Array | undefined }
  | { readonly close: true };

/** Message from the thread; `loaded` says that the decoder is there. `skipped` is the error of the first row that cannot be used. */
export type Answer =
  | { readonly opened: Pick<Table, 'dimensions' | 'rows' | 'begins' | 'weightAt' | 'timeAt'> }
  | { readonly batch: Batch | undefined; readonly skipped: string | undefined }
  | { readonly read: StoredGroup }
  | { readonly wantsBytes: true }
  | { readonly loaded: true }
  | { readonly closed: true }
  | { readonly failure: Failure };

/** An error, and what it leaves behind. */
export interface Failure {
  readonly error: SentError;
  /** Whether other files can be read after it: what fails in HDF5's library may leave its memory corrupt. */
  readonly isHarmless: boolean;
}

const port = parentPort!;
let table: Table | undefined;
let batches: AsyncIterator<Batch> | undefined;
let skipped: Skipped | undefined;
let takeBytes = (_: Uint8Array | undefined): void => {};
let isPiped = false;
let decoder: DecoderName | undefined;
/** Orders are obeyed one after another; only bytes, which the order under way waits for, are taken at once. */
let turn: Promise<void> = Promise.resolve();

port.on('message', (order: Order) => {
  if ('bytes' in order) {
    takeBytes(order.bytes);
    return;
  }
  if ('close' in order) {
    isPiped = false;
    takeBytes(undefined);
  }
  turn = turn
    .then(() => obey(order))
    .catch((error: unknown) => answer({ failure: { error: sent(error), isHarmless: !usesHdf5.has(decoder) } }));
});

async function obey(order: Exclude<Order, { bytes: unknown }>): Promise<void> {
  if ('open' in order) {
    const { name, path, inside } = order.input;
    isPiped = path === undefined;
    decoder = order.open;
    const input = path === undefined ? { name, kept: new Map(), bytes: sentBytes } : fileInput(name, path, inside);
    skipped = order.skips ? new Skipped() : undefined;
    const opener = await decoders[order.open]();
    answer({ loaded: true });
    table = await opener.open(input, { ...order.options, skipped }, order.from);
    batches = table.batches[Symbol.asyncIterator]();
    const { dimensions, rows, begins, weightAt, timeAt } = table;
    answer({ opened: { dimensions, rows, begins, weightAt, timeAt } });
  } else if ('group' in order) {
    decoder = 'h5';
    const { readGroup } = await import('../../files/hdf5-group.ts');
    answer({ loaded: true });
    answer({ read: await readGroup(order.path, order.group) });
  } else if ('next' in order) {
    const { value } = await batches!.next();
    answer({ batch: value && own(value), skipped: skipped?.first });
  } else {
    await batches?.return?.();
    await table?.close();
    [table, batches] = [undefined, undefined];
    answer({ closed: true });
  }
}

/** Bytes that the other thread has, as a pipe's. */
async function* sentBytes(): AsyncGenerator<Uint8Array> {
  while (isPiped) {
    const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
      takeBytes = resolve;
      answer({ wantsBytes: true });
    });
    if (!bytes) return;
    yield bytes;
  }
}

/** Numbers that have their memory to themselves, so that it can be handed over. */
function own({ data, release, ...rest }: Batch): Batch {
  const alone = data.byteLength === data.buffer.byteLength && !release ? data : data.slice();
  release?.();
  return { ...rest, data: alone };
}

function answer(message: Answer): void {
  const transferred = 'batch' in message && message.batch ? [message.batch.data.buffer as ArrayBuffer] : [];
  port.postMessage(message, transferred);
}
