import { Readable } from 'node:stream';

/** The same items, but an abort ends even the wait for one that never comes, with the signal's reason. */
export async function* abortable<T>(items: AsyncIterable<T> | Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let giveUp = (_: unknown): void => {};
  const onAbort = (): void => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort);
  let waiting = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      waiting = true;
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        giveUp = reject;
        Promise.resolve(iterator.next()).then(resolve, reject);
      });
      waiting = false;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // An iterator that is waited for cannot be asked to return; a Readable can be destroyed all the same.
    if (waiting && items instanceof Readable) items.destroy();
    else if (!waiting) await iterator.return?.();
  }
}
