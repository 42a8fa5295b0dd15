// The reader thread, and the messages to and from it.
import { parentPort } from 'node:worker_threads';
import type { StoredGroup } from '../../files/hdf5-group.ts';
import { type SentError, sent } from '../../util/error-transfer.ts';
import { decompressed } from '../compression/compressed.ts';
import { fileInput, readNow } from '../file-input.ts';
import { Skipped, type SkippedRows } from '../skipped.ts';
import type { Batch, Input, Opener, ReadOptions, Table, TablePlace, TableProperties } from '../table.ts';

/** Formats that others' code decodes, which is trusted neither to end nor to yield; and sound, which takes its time. */
const decoders = {
  parquet: async () => (await import('../binary/parquet.ts')).parquet,
  arrow: async () => (await import('../binary/arrow.ts')).arrow,
  h5: async () => (await import('../binary/hdf5.ts')).hdf5,
  mat: async () => (await import('../binary/matlab.ts')).matlab,
  wav: async () => ({ open: (await import('../speech/recording.ts')).openRecording }),
} satisfies Record<string, () => Promise<Opener>>;

export type DecoderName = keyof typeof decoders;

/** Those whose files may be compressed. */
const streams: ReadonlySet<DecoderName> = new Set<DecoderName>(['arrow', 'wav']);

/** Those that use HDF5's library. */
const usesHdf5: ReadonlySet<DecoderName | undefined> = new Set<DecoderName>(['h5', 'mat']);

/** Read options that can be sent to a thread. */
export type SentOptions = Pick<
  ReadOptions,
  | 'columns'
  | 'weightColumn'
  | 'utteranceColumn'
  | 'timeColumn'
  | 'allowsMissing'
  | 'isLive'
  | 'isList'
  | 'channel'
  | 'frontEnd'
  | 'rowsFor'
>;

/**
 * Message to the thread: to open a table; to read several short ones, or only look at them; to read a group of an HDF5 file; to give the next batch; bytes that it
 * asked for (none at their end); to close the table.
 */
export type Order =
  | (Manner & { readonly open: DecoderName; readonly input: SentInput; readonly from: TablePlace | undefined })
  | ShortTablesOrder
  | { readonly group: string; readonly path: string }
  | { readonly next: true }
  | { readonly bytes: Uint8Array | undefined }
  | { readonly close: true };

/** An input that can be sent to a thread. */
export type SentInput = Pick<Input, 'name' | 'path' | 'inside' | 'span' | 'kept'>;

/** How tables are to be read. */
export interface Manner {
  readonly options: SentOptions;
  /** Whether rows that cannot be used are left out. */
  readonly skips: boolean;
}

/** To read tables that are short, or only to look at them. */
export interface ShortTablesOrder extends Manner {
  readonly short: DecoderName;
  readonly inputs: readonly SentInput[];
  readonly isLook: boolean;
}

/** A table, all of whose rows are here; or none, if it was only looked at. */
export interface ShortTable extends Found {
  readonly properties: TableProperties;
  readonly batches: readonly Batch[];
}

/** What a reading found besides rows: those that were left out, and what the format keeps. */
export interface Found {
  readonly skipped: SkippedRows | undefined;
  readonly kept: Input['kept'] | undefined;
}

/** Message from the thread; `loaded` says that the decoder is there. The last batch is none, and comes with what the format keeps. */
export type Answer =
  | { readonly opened: TableProperties }
  | ({ readonly batch: Batch | undefined } & Found)
  | { readonly tables: readonly (ShortTable | SentError)[] }
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
/** Decoders whose modules are loaded. */
const ready = new Set<DecoderName>();
let input: Input | undefined;
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
    await open(order.open, order.input, order, order.from);
    answer({ opened: propertiesOf(table!) });
  } else if ('short' in order) {
    const tables: (ShortTable | SentError)[] = [];
    for (const each of order.inputs) tables.push(await readShort(each, order).catch(sent));
    answer({ tables });
  } else if ('group' in order) {
    decoder = 'h5';
    const { readGroup } = await import('../../files/hdf5-group.ts');
    answer({ loaded: true });
    answer({ read: await readGroup(order.path, order.group) });
  } else if ('next' in order) {
    const { value: batch, done } = await batches!.next();
    answer({ batch: batch && own(batch), ...found(), ...(!done && { kept: undefined }) });
  } else {
    await close();
    answer({ closed: true });
  }
}

async function readShort(from: SentInput, order: ShortTablesOrder): Promise<ShortTable> {
  try {
    await open(order.short, from, order);
    const all: Batch[] = [];
    if (!order.isLook) {
      for (let next = await batches!.next(); !next.done; next = await batches!.next()) all.push(own(next.value));
    }
    return { properties: propertiesOf(table!), batches: all, ...found() };
  } finally {
    await close();
  }
}

async function open(name: DecoderName, from: SentInput, { options, skips }: Manner, place?: TablePlace): Promise<void> {
  const { path, inside, span, kept } = from;
  isPiped = path === undefined;
  decoder = name;
  input =
    path === undefined
      ? { name: from.name, kept, bytes: sentBytes }
      : { ...fileInput(from.name, path, inside, readNow), span, kept };
  if (path !== undefined && streams.has(name)) input = await decompressed(input);
  skipped = skips ? new Skipped() : undefined;
  const opener = await decoders[name]();
  if (!ready.has(name)) answer({ loaded: true });
  ready.add(name);
  table = await opener.open(input, { ...settled(options), skipped }, place);
  batches = table.batches[Symbol.asyncIterator]();
}

const found = (): Found => ({ skipped: skipped?.found, kept: input!.kept });

async function close(): Promise<void> {
  await batches?.return?.();
  await table?.close();
  [input, table, batches] = [undefined, undefined, undefined];
}

const propertiesOf = ({ dimensions, rows, begins, frontEnd, weightAt, timeAt }: Table): TableProperties => ({
  dimensions,
  rows,
  begins,
  frontEnd,
  weightAt,
  timeAt,
});

/** The front ends that the last files had. */
const MOST_FRONT_ENDS = 8;
const frontEnds = new Map<string, unknown>();

/** The same options: what is made for a front end is made once, as long as it is the same object. */
function settled({ frontEnd, rowsFor, ...rest }: SentOptions): SentOptions {
  const one = <T>(sent: T): T => {
    const text = JSON.stringify(sent);
    const known = (frontEnds.get(text) as T | undefined) ?? sent;
    if (!frontEnds.has(text) && frontEnds.size === MOST_FRONT_ENDS) frontEnds.clear();
    frontEnds.set(text, known);
    return known;
  };
  return {
    ...rest,
    frontEnd: frontEnd && one(frontEnd),
    rowsFor: rowsFor && { ...rowsFor, frontEnd: rowsFor.frontEnd && one(rowsFor.frontEnd) },
  };
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
  port.postMessage(
    message,
    batchesOf(message).map(({ data }) => data.buffer as ArrayBuffer),
  );
}

function batchesOf(message: Answer): readonly Batch[] {
  if ('batch' in message) return message.batch ? [message.batch] : [];
  return 'tables' in message ? message.tables.flatMap((table) => ('batches' in table ? table.batches : [])) : [];
}
