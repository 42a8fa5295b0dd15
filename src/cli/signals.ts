// Signals that ask the program to end: the first one aborts, the second one ends it at once.
import { closeSync, constants, openSync, statSync, writeSync } from 'node:fs';

const interruption = new AbortController();

/** How shells number these signals, after 128. */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

let code = 0;

/** Aborted by the first signal. */
export const interrupted: AbortSignal = interruption.signal;

/** Ends the program that a signal has asked to end. */
export function endInterrupted(): never {
  wakeReaders();
  process.exit(code);
}

for (const [name, number] of Object.entries(numbers)) {
  process.on(name, () => {
    code = 128 + number;
    if (interrupted.aborted) endInterrupted();
    interruption.abort();
    wakeReaders();
  });
}

/**
 * Lets go of threads that wait for a named pipe of the command line that nobody writes to: Node cannot end before they do. They read
 * an empty line, of which nothing comes any more.
 */
function wakeReaders(): void {
  for (const word of process.argv.slice(2)) {
    const path = word.replace(/^--[\w-]+=/, '');
    try {
      if (!statSync(path).isFIFO()) continue;
      const pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(pipe, '\n');
      closeSync(pipe);
    } catch {
      // nothing of that name, or nobody waits for it
    }
  }
}
