// The child's end of a side: answers lines on standard input with lines of JSON on standard output.
import { createInterface } from 'node:readline';

/** Passes shorter than this are repeated until they take as long, and the mean is told. */
const LEAST_SECONDS = 0.4;
const MOST_PASSES = 20;
/** A fit's threads start, and their code becomes fast, in this time. */
const WARM_UP_SECONDS = 0.6;

/**
 * How many passes to time at once.
 *
 * @param {number} seconds of one
 */
export function passesFor(seconds) {
  return Math.max(1, Math.min(MOST_PASSES, Math.round(LEAST_SECONDS / seconds)));
}

/**
 * How many passes to let go by after the first one of a fit.
 *
 * @param {number} seconds of one
 */
export function warmUpsFor(seconds) {
  return Math.min(MOST_PASSES, Math.floor(WARM_UP_SECONDS / seconds));
}

/** @returns {import('./side.js').Spec} */
export function readSpec() {
  return JSON.parse(process.argv[2] ?? '');
}

/**
 * @param {() => Promise<import('./side.js').Reply>} prepare
 * @param {() => Promise<number>} pass gives seconds
 */
export async function serve(prepare, pass) {
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await (line === 'prepare' ? prepare() : pass().then((seconds) => ({ seconds }))).catch((error) => ({
      error: error instanceof Error ? error.message : String(error),
    }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
