import type { ChildProcess } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

// Vitest ends tests that wait for ever, but not those that compute for ever: their process answers nobody. So a thread of
// each test process watches: where no hook or test begins or ends for longer than their time limit, it kills the process.
const watchdog = new Worker(new URL('watchdog-thread.mjs', import.meta.url), {
  workerData: { limit: Number(process.env.MEGAMIX_TEST_LIMIT ?? 60_000) },
  execArgv: [],
});
watchdog.unref();
const begin = (what: string): void => watchdog.postMessage({ what });

const { testPath } = expect.getState();
begin(`${testPath} (before its tests)`);
beforeAll(() => begin(`${testPath} (beforeAll)`));
beforeEach(({ task }) => begin(`${testPath} > ${task.name}`));
afterEach(({ task }) => begin(`${testPath}, after ${task.name}`));
afterAll(() => begin(`${testPath} (afterAll)`));

/** Processes that a test starts end with it, at the latest; those that other tests of its file use too, with the file. */
export function adopt(child: ChildProcess, isOfFile = false): void {
  watchdog.postMessage({ child: child.pid });
  const end = (): void => void child.kill('SIGKILL');
  if (isOfFile) adoptedByFile.add(end);
  else adopted.add(end);
  child.once('exit', () => {
    adopted.delete(end);
    adoptedByFile.delete(end);
    watchdog.postMessage({ gone: child.pid });
  });
}

const adopted = new Set<() => void>();
const adoptedByFile = new Set<() => void>();
afterEach(() => {
  for (const end of adopted) end();
});
afterAll(() => {
  for (const end of adoptedByFile) end();
});
