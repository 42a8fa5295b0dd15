// Items of a stream in groups: those that come without a wait, together.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { whenAborted } from '../util/abort-signals.ts';
import { isPlainObject } from './values/named-rows.ts';

/** A group has about so many numbers, and so many items, at most. */
const MOST_NUMBERS = 1 << 13;
const MOST_ITEMS = 1 << 8;
/** What an object of named columns counts for. */
const OBJECT_NUMBERS = 64;

/**
 * The items of a stream, in groups. An item does not wait for those after it: what has come when a group is asked for is handed over.
 * An abort ends even the wait for an item that never comes, with the signal's reason. What is left early is asked to end.
 */
export async function* inGroups<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const taking = new Taking(items);
  const ignore = signal && whenAborted(signal, () => taking.wake());
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (!(await taking.hasMore())) return;
      await setImmediate(); // others have their turn, and items that are ready come
      signal?.throwIfAborted();
      const group = taking.take();
      if (group.length > 0) yield group;
    }
  } finally {
    ignore?.();
    await taking.end(signal);
  }
}

/** Takes items as long as there is room for them. */
class Taking<T> {
  readonly #items: AsyncIterable<T> | Iterable<T>;
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  #group: T[] = [];
  #numbers = 0;
  #state: 'between' | 'waiting' | 'ended' = 'between';
  #failure: { readonly reason: unknown } | undefined;
  #isLeft = false;
  /** Called when there is something to take, or nothing more to come. */
  #wake = (): void => {};
  /** Called when there is room again. */
  #makeRoom = (): void => {};

  constructor(items: AsyncIterable<T> | Iterable<T>) {
    this.#items = items;
    this.#iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    void this.#run();
  }

  wake(): void {
    this.#wake();
  }

  /** Waits for an item, the end, or a call of `wake`; returns whether there can be more. */
  async hasMore(): Promise<boolean> {
    if (this.#group.length > 0) return true;
    if (this.#failure) throw this.#failure.reason;
    if (this.#state === 'ended') return false;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return true;
  }

  take(): readonly T[] {
    const group = this.#group;
    [this.#group, this.#numbers] = [[], 0];
    this.#makeRoom();
    return group;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isLeft) {
        this.#state = 'waiting';
        const { value, done } = await this.#iterator.next();
        if (done) break;
        this.#state = 'between';
        this.#group.push(value);
        this.#numbers += sizeOf(value);
        this.#wake();
        if (this.#numbers >= MOST_NUMBERS || this.#group.length >= MOST_ITEMS) {
          await new Promise<void>((resolve) => {
            this.#makeRoom = resolve;
          });
        }
      }
      if (!this.#isLeft) this.#state = 'ended';
    } catch (reason) {
      this.#state = 'ended';
      this.#failure = { reason };
    }
    this.#wake();
  }

  /** Lets go of the items; they are not waited for where they wait themselves, nor after an abort. */
  async end(signal: AbortSignal | undefined): Promise<void> {
    this.#isLeft = true;
    const state = this.#state;
    this.#makeRoom();
    if (state === 'ended') return;
    // Nobody can wait for an iterator that is waited for itself to return; a Readable can be destroyed all the same.
    if (state === 'waiting' && this.#items instanceof Readable) this.#items.destroy();
    try {
      const ending = this.#iterator.return?.();
      const ended = Promise.resolve(ending).catch(() => {}); // it could not end
      if (state === 'between' && !signal?.aborted) await ended;
    } catch {
      // likewise
    }
  }
}

/** About how many numbers an item holds, if it is a row; all else is a group by itself. */
function sizeOf(item: unknown): number {
  try {
    if (Array.isArray(item) && typeof item[0] === 'number') return item.length;
    if (item instanceof Float64Array || item instanceof Float32Array) return item.length;
    return isPlainObject(item) && !('data' in item) ? OBJECT_NUMBERS : MOST_NUMBERS;
  } catch {
    return MOST_NUMBERS; // it cannot be looked at, which is reported where it is read
  }
}
