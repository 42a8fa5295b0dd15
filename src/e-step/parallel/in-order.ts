// Runs many tasks at a time, and gives results in order.
import { whenAborted } from '../../util/abort-signals.ts';

/** A running task, and how to release its resources. */
export interface OrderedTask<R> {
  readonly result: Promise<R>;
  readonly release?: (() => void) | undefined;
  /** Says that nobody wants the result any more: it may fail, with this reason, as soon as it can. */
  readonly abandon?: ((reason: unknown) => void) | undefined;
}

/**
 * Begins a task for each item, up to `depth()` of them at a time, and gives their results in the order of the items, each as
 * soon as it is there. The next item is asked for while there is room for it, not before; a result is released when the one
 * after it is asked for. At an abort, and for whoever leaves early, running tasks are abandoned, and waited for.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T>,
  begin: (item: T) => OrderedTask<R>,
  depth: () => number,
  signal?: AbortSignal,
): AsyncGenerator<R> {
  const iterator = items[Symbol.asyncIterator]();
  const tasks: OrderedTask<R>[] = [];
  let next: Promise<IteratorResult<T>> | undefined;
  let ended = false;
  const abandon = (): void => {
    for (const task of tasks) task.abandon?.(signal?.reason);
  };
  const ignore = signal && whenAborted(signal, abandon);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const [first] = tasks;
      if (!ended && tasks.length < depth()) {
        next ??= iterator.next();
        if (!first || (await isFirst(next, first.result))) {
          const { value, done } = await next;
          next = undefined;
          ended = done === true;
          if (!ended) tasks.push(handled(begin(value)));
          continue;
        }
      }
      if (!first) return;
      const result = await first.result;
      yield result;
      tasks.shift();
      first.release?.();
    }
  } finally {
    ignore?.();
    abandon();
    await Promise.allSettled(tasks.map(({ result }) => result));
    for (const { release } of tasks) release?.();
    await iterator.return?.();
  }
}

/** Whether `one` is settled before `other`. */
const isFirst = (one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> =>
  Promise.race([one.then(() => true), other.then(() => false)]);

/** The failure of a task is thrown where its result is awaited; until then it is nobody's. */
function handled<R>(task: OrderedTask<R>): OrderedTask<R> {
  task.result.catch(() => {});
  return task;
}
