// Waiting that an AbortSignal ends.
import { Readable } from 'node:stream';
import { whenAborted } from '../util/abort-signals.ts';
import { breathe, isBreathDue } from '../util/event-loop.ts';

/**
 * The same items, but an abort ends even the wait for one that never comes, with the signal's reason. What is left early is asked to
 * end; whether it can is nothing to whoever left.
 */
export async function* abortable<T>(items: AsyncIterable<T> | Iterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let giveUp = (_: unknown): void => {};
  /** Not a race with one promise of an abort, which would keep every item until then. */
  const orAborted = <R>(result: R | PromiseLike<R>): Promise<R> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      Promise.resolve(result).then(resolve, reject);
    });
  const ignore = signal && whenAborted(signal, () => giveUp(signal.reason));
  let state: 'between' | 'waiting' | 'ended' = 'between';
  try {
    for (;;) {
      signal?.throwIfAborted();
      state = 'waiting';
      const next = await (signal ? orAborted(iterator.next()) : iterator.next());
      state = next.done ? 'ended' : 'between';
      if (next.done) return;
      yield next.value;
      if (isBreathDue()) await breathe(signal); // items may come without end and never let an abort have its turn
    }
  } catch (error) {
    if (state === 'waiting' && !signal?.aborted) state = 'ended'; // it failed by itself
    throw error;
  } finally {
    // Nobody can wait for an iterator that is waited for itself to return; a Readable can be destroyed all the same.
    if (state === 'waiting' && items instanceof Readable) items.destroy();
    if (state !== 'ended') await endOf(iterator, signal, orAborted);
    ignore?.();
  }
}

async function endOf(
  iterator: AsyncIterator<unknown> | Iterator<unknown>,
  signal: AbortSignal | undefined,
  orAborted: (ending: unknown) => Promise<unknown>,
): Promise<void> {
  try {
    const ending = iterator.return?.();
    if (signal?.aborted) Promise.resolve(ending).catch(() => {});
    else await orAborted(ending);
  } catch {
    // It could not end, or an abort ended the wait for it.
  }
}
