// What a command writes to its standard output.
import { type ChildProcess, spawn } from 'node:child_process';
import { DataError } from '../../errors.ts';
import { whenAborted } from '../../util/abort-signals.ts';
import type { Place } from '../place.ts';

/** Of what a command says of its failure. */
const MOST_SAID = 200;

/**
 * Runs a command by `sh -c`, and gives what it writes as it is read. The command, with all that it started, is killed when the reader leaves, and
 * at an abort.
 *
 * @throws DataError where it cannot be started or fails, with what it said; the signal's reason.
 */
export async function* outputOf(
  command: string,
  place: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', ({ message }) => resolve(`could not be started (${message})`));
    child.on('close', (code, name) => resolve(code === 0 ? undefined : `ended with ${name ?? code}`));
  });
  const ignore = signal && whenAborted(signal, () => kill(child));
  try {
    for await (const piece of child.stdout) {
      signal?.throwIfAborted();
      yield piece;
    }
    const failure = await ended;
    signal?.throwIfAborted();
    if (failure === undefined) return;
    const last = said.trim().split('\n').at(-1);
    throw new DataError('command-failed', `${place}: the command ${failure}${last ? `: ${last}` : ''}`, {
      source: place.source,
    });
  } finally {
    ignore?.();
    kill(child);
    await ended;
  }
}

/** With all processes of its group, which are those that it started. */
function kill({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
