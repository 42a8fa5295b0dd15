// Reads formats in a thread that can be ended, whatever their decoders do.
import { Worker } from 'node:worker_threads';
import { DataError, messageOf } from '../../errors.ts';
import type { StoredGroup } from '../../files/hdf5-group.ts';
import { whenAborted } from '../../util/abort-signals.ts';
import { built } from '../../util/built.ts';
import { revived, type SentError } from '../../util/error-transfer.ts';
import { inherited } from '../../util/worker-options.ts';
import type { Batch, DescribedFormat, Format, Input, ReadOptions, Table, TablePlace } from '../table.ts';
import type { Answer, DecoderName, Found, Manner, Order, SentInput, ShortTable } from './reader-worker.ts';

/** Batches that are decoded ahead while one is used. */
const AHEAD = 2;
const CHECK_EVERY = 1000;
/** Milliseconds in which a thread that is to be ended may close its files. */
const GRACE = 200;
/** Threads that wait for another file. */
const spare: ReaderThread[] = [];
const MOST_SPARE = 4;

/**
 * The same format, decoded in a thread: what it reads is decoded while rows are used, and however long a decoder takes, an AbortSignal
 * ends it, and Ctrl-C is heard.
 */
export const inThread = (name: DecoderName, format: DescribedFormat): Format => ({
  ...format,
  isInThread: true,
  open: (input, options, from) => openInThread(name, input, options, from),
});

/** Opens a table in a thread. */
export async function openInThread(
  name: DecoderName,
  input: Input,
  options: ReadOptions,
  from?: TablePlace,
): Promise<Table> {
  options.signal?.throwIfAborted();
  const thread = spare.pop() ?? new ReaderThread();
  try {
    return await thread.openTable(name, input, options, from);
  } catch (error) {
    await thread.leave();
    throw error;
  }
}

/** The datasets and attributes of a group of an HDF5 file. */
export async function readGroupInThread(path: string, group: string, signal?: AbortSignal): Promise<StoredGroup> {
  return withThread((thread) => thread.readGroup(path, group, signal));
}

/** Lends a thread. */
export async function withThread<T>(use: (thread: ReaderThread) => Promise<T>): Promise<T> {
  const thread = spare.pop() ?? new ReaderThread();
  try {
    return await use(thread);
  } finally {
    await thread.leave();
  }
}

/** Of an input what can be sent. */
const sentInput = ({ name, path, inside, span, kept }: Input): SentInput => ({ name, path, inside, span, kept });

/** Of options what decoders take. */
function mannerOf({ skipped, ...options }: ReadOptions): Manner {
  const { columns, weightColumn, utteranceColumn, timeColumn, allowsMissing, isLive, isList } = options;
  const { channel, frontEnd, rowsFor } = options;
  const beside = { weightColumn, utteranceColumn, timeColumn };
  const sound = { channel, frontEnd, rowsFor: rowsFor && { name: rowsFor.name, frontEnd: rowsFor.frontEnd } };
  return { options: { columns, allowsMissing, isLive, isList, ...beside, ...sound }, skips: skipped !== undefined };
}

/** What a thread found is what was found here. */
export function takeOver({ skipped, kept }: Found, input: Input, options: ReadOptions): void {
  for (const [key, value] of kept ?? []) input.kept.set(key, value);
  if (!skipped || !options.skipped) return;
  options.skipped.rows += skipped.rows;
  if (skipped.first !== undefined) options.skipped.note(skipped.first);
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(reason: unknown): void;
}

/** Settings of a reader thread: its worker, and its limits. */
export interface ThreadLimits {
  readonly script: URL;
  /** Seconds without an answer after which a thread is ended. */
  readonly longestStep: number;
  /** Of its heap; most of what it decodes is outside of that. */
  readonly mebibytes: number;
}

const LIMITS: ThreadLimits = { script: built('sources/thread/reader-worker.js'), longestStep: 30, mebibytes: 2048 };

/** A thread that reads one table at a time. */
export class ReaderThread {
  readonly #worker: Worker;
  readonly #arrived: Answer[] = [];
  #waiting: Waiting | undefined;
  #failure: { readonly reason: unknown } | undefined;
  /** Orders that were not answered yet. */
  #pending = 0;
  #name = '';
  /** Whether what failed in the thread left its decoders as they were. */
  #isTrusted = true;
  /** Whether its decoder is one of ours, which ends, however long it takes. */
  #isOurs = false;
  /** Whether it has, or may have, a table open. */
  #isOpen = false;
  /** Whether all that the thread is still asked for is answered at once. */
  #isAtEnd = false;
  readonly #limits: ThreadLimits;
  /** Those that were asked for. */
  readonly #decoders = new Set<DecoderName>();
  #onLoaded = (): void => {};
  #onClosed = (): void => {};
  /** Resolved when the decoder is there, or the thread has ended. */
  #loaded: Promise<void>;

  constructor(limits: ThreadLimits = LIMITS) {
    this.#limits = limits;
    this.#loaded = this.#loading();
    const resourceLimits = { maxOldGenerationSizeMb: limits.mebibytes };
    // Output of decoders besides their errors is kept from the process's own output, and never read.
    this.#worker = new Worker(limits.script, { ...inherited(), resourceLimits, stdout: true, stderr: true });
    this.#worker.unref(); // only a table that is waited for keeps the process alive
    this.#worker.on('message', (answer: Answer) => {
      this.#onLoaded();
      if ('closed' in answer) this.#onClosed();
      if ('loaded' in answer) return;
      this.#arrived.push(answer);
      this.#settle();
    });
    this.#worker.on('error', (cause: NodeJS.ErrnoException) => this.#fail(this.#explain(cause)));
    this.#worker.on('exit', () => {
      this.#onLoaded();
      this.#onClosed();
      this.#fail(new DataError('damaged', `${this.#name} cannot be read: its decoder ended`, { source: this.#name }));
    });
  }

  async openTable(decoder: DecoderName, input: Input, options: ReadOptions, from?: TablePlace): Promise<Table> {
    const bytes = input.path === undefined ? input.bytes()[Symbol.asyncIterator]() : undefined;
    this.#begin(decoder, input.name);
    this.#isOpen = true;
    this.#tell({ open: decoder, input: sentInput(input), ...mannerOf(options), from });
    const answer = await this.#answer<'opened'>(bytes, options.signal);
    const letGo = async (): Promise<void> => {
      await bytes?.return?.();
      await this.leave();
    };
    let leaving: Promise<void> | undefined; // once: another table may be read here by then
    return {
      ...answer.opened,
      batches: this.#batches(bytes, input, options),
      close() {
        leaving ??= letGo();
        return leaving;
      },
    };
  }

  /** Tables in files, all of each, or only what it is; errors in the place of those that cannot be read. */
  async readShort(
    decoder: DecoderName,
    inputs: readonly Input[],
    options: ReadOptions,
    isLook: boolean,
  ): Promise<readonly (ShortTable | SentError)[]> {
    this.#begin(decoder, inputs[0]!.name);
    this.#tell({ short: decoder, inputs: inputs.map(sentInput), isLook, ...mannerOf(options) });
    return (await this.#answer<'tables'>(undefined, options.signal)).tables;
  }

  async readGroup(path: string, group: string, signal?: AbortSignal): Promise<StoredGroup> {
    this.#begin('h5', path);
    this.#tell({ group, path });
    return (await this.#answer<'read'>(undefined, signal)).read;
  }

  /**
   * Ends the thread, whatever it does. One that was ended while it opens modules or files would leave them open, a fault of Node's: it
   * may load the modules, and has a moment to close the files.
   */
  async end(): Promise<void> {
    this.#fail(new DataError('source-used', `${this.#name} was closed`, { source: this.#name }));
    this.#worker.ref();
    await this.#loaded;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GRACE);
      this.#onClosed = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#tell({ close: true });
    });
    await this.#worker.terminate();
  }

  async *#batches(
    bytes: AsyncIterator<Uint8Array> | undefined,
    input: Input,
    options: ReadOptions,
  ): AsyncGenerator<Batch> {
    for (let ahead = 0; ahead < AHEAD; ahead++) this.#tell({ next: true });
    for (;;) {
      const { batch, ...found } = await this.#answer<'batch'>(bytes, options.signal);
      if (found.skipped?.first !== undefined) options.skipped?.note(found.skipped.first);
      if (!batch) {
        takeOver(found, input, options);
        break;
      }
      this.#tell({ next: true });
      yield batch;
    }
    this.#isAtEnd = true;
  }

  /** Lets go of the table: a thread with nothing left to do reads the next file; one at work is ended. */
  async leave(): Promise<void> {
    try {
      while (this.#isAtEnd && this.#pending > 0) await this.#answer<'batch'>();
      if (this.#failure || !this.#isTrusted || this.#pending > 0 || spare.length >= MOST_SPARE) return await this.end();
      if (this.#isOpen) {
        this.#tell({ close: true });
        await this.#answer<'closed'>();
      }
      [this.#isOpen, this.#isAtEnd] = [false, false];
      spare.push(this);
    } catch {
      await this.end();
    }
  }

  #begin(decoder: DecoderName, name: string): void {
    this.#name = name;
    this.#isOurs = decoder === 'wav';
    if (!this.#decoders.has(decoder)) this.#loaded = this.#loading();
    this.#decoders.add(decoder);
  }

  #loading(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLoaded = resolve;
    });
  }

  #tell(order: Order): void {
    if (!('bytes' in order)) this.#pending++;
    this.#worker.postMessage(order);
  }

  /** The next answer, which is of that kind; bytes are sent as they are asked for. */
  async #answer<K extends 'opened' | 'batch' | 'tables' | 'read' | 'closed'>(
    bytes?: AsyncIterator<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Extract<Answer, Record<K, unknown>>> {
    const ignore = signal && whenAborted(signal, () => this.#fail(signal.reason));
    const watch = this.#isOurs ? undefined : setInterval(this.#watcher(), CHECK_EVERY);
    this.#worker.ref();
    try {
      signal?.throwIfAborted();
      for (;;) {
        const answer = await new Promise<Answer>((resolve, reject) => {
          this.#waiting = { resolve, reject };
          this.#settle();
        });
        if ('wantsBytes' in answer) {
          const next = await bytes?.next(); // none for a table that is being closed
          if (next) this.#tell({ bytes: next.value && Uint8Array.from(next.value) });
          continue;
        }
        this.#pending--;
        if ('failure' in answer) {
          this.#isAtEnd = true;
          this.#isTrusted &&= answer.failure.isHarmless;
          throw revived(answer.failure.error);
        }
        return answer as Extract<Answer, Record<K, unknown>>;
      }
    } finally {
      this.#worker.unref();
      clearInterval(watch);
      ignore?.();
    }
  }

  /** Fails when the thread was busy for too long. */
  #watcher(): () => void {
    const { performance } = this.#worker;
    const before = performance.eventLoopUtilization();
    return () => {
      if (performance.eventLoopUtilization(before).active < 1000 * this.#limits.longestStep) return;
      this.#fail(
        new DataError(
          'damaged',
          `${this.#name}: decoding took ${this.#limits.longestStep} s without giving a row: it is damaged, or its row groups are too large`,
          { source: this.#name },
        ),
      );
    };
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    if (this.#failure) waiting.reject(this.#failure.reason);
    else if (this.#arrived.length > 0) waiting.resolve(this.#arrived.shift()!);
    else return;
    this.#waiting = undefined;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    const place = spare.indexOf(this);
    if (place >= 0) spare.splice(place, 1);
    this.#settle();
  }

  #explain(cause: NodeJS.ErrnoException): unknown {
    if (cause?.code !== 'ERR_WORKER_OUT_OF_MEMORY') {
      const message = `${this.#name} cannot be read: its decoder failed: ${messageOf(cause)}`;
      return new DataError('damaged', message, { source: this.#name, cause });
    }
    return new DataError(
      'damaged',
      `${this.#name}: decoding it takes more than ${this.#limits.mebibytes} MiB: it is damaged, or its row groups are too large`,
      { source: this.#name },
    );
  }
}
