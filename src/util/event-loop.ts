// Lets other work of the event loop run during long computations.
import { setImmediate } from 'node:timers/promises';

const LONGEST_HOLD = 50;
let last = performance.now();

/** Whether it is time to breathe. */
export const isBreathDue = (): boolean => performance.now() - last >= LONGEST_HOLD;

/**
 * Lets timers, signals and other streams have their turn during long computations: awaited between steps, it gives way
 * when 50 ms have gone by since it last did, and throws the signal's reason if that was aborted.
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  if (isBreathDue()) {
    await setImmediate();
    last = performance.now();
  }
  signal?.throwIfAborted();
}
