import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';

const TIME_LIMIT = 40_000;
const python = inject('python');

/** Whether there is Python here; where not, comparisons are skipped. */
export const hasPython: boolean = python !== null;

/**
 * Runs Python with the peers' packages and gives what it prints.
 *
 * @throws Error with what it says on standard error, warnings included.
 */
export function runPython(args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(python!, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    timeout: TIME_LIMIT,
    killSignal: 'SIGKILL',
  });
  if (status !== 0 || stderr !== '') throw new Error(`Python ended with ${status}: ${error?.message ?? stderr}`);
  return stdout;
}
