// Listening to an AbortSignal with one listener, however many wait.
/** Listeners of a signal that several share: it gets one listener, as Node warns beyond ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back at the abort of a signal, until the function that this gives is called. */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  const all = waiting.get(signal) ?? listen(signal);
  all.add(act);
  return () => {
    all.delete(act);
    if (all.size > 0 || waiting.get(signal) !== all) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', tell);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  waiting.set(signal, all);
  signal.addEventListener('abort', tell, { once: true });
  return all;
}

function tell(this: AbortSignal): void {
  const all = waiting.get(this) ?? [];
  waiting.delete(this);
  for (const act of all) act();
}

/** A signal that is aborted with another, and lets go of it when `end` is called. */
export function following(signal: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } {
  const own = new AbortController();
  if (signal.aborted) own.abort(signal.reason);
  return { signal: own.signal, end: whenAborted(signal, () => own.abort(signal.reason)) };
}
