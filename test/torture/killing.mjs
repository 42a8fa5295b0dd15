import { spawn } from 'node:child_process';
import { createReadStream, watch } from 'node:fs';

/** Names of files that are there only while something is written. */
const WRITING = /\.tmp$|megamix-lock$|megamix-[^/]*$|spool/;

/**
 * How a process ended: by itself, or killed, perhaps while it wrote a file.
 *
 * @typedef {object} Ending
 * @property {number | null} code
 * @property {boolean} isKilled
 * @property {boolean} isWriting
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} milliseconds
 */

/**
 * When a process is killed: after a time, or some time after it begins to write its n-th file; never, if it is left alone.
 *
 * @typedef {{ readonly after: number } | { readonly writing: number, readonly after: number } | undefined} Moment
 */

/**
 * Runs a command, and kills it at a moment.
 *
 * @param {readonly string[]} command
 * @param {Moment} moment
 * @param {{ readonly folders: readonly string[], readonly env: Readonly<Record<string, string>>, readonly input?: string | undefined, readonly onStart?: ((child: import('node:child_process').ChildProcess) => void) | undefined }} around folders whose files are watched
 * @returns {Promise<Ending>}
 */
export function runAndKill([program = '', ...args], moment, { folders, env, input, onStart }) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  onStart?.(child);
  const began = performance.now();
  let [stdout, stderr, isKilled, lastWriting, begun] = ['', '', false, -1, 0];
  const kill = () => {
    isKilled = child.exitCode === null && child.signalCode === null;
    child.kill('SIGKILL');
  };
  /** @type {ReturnType<typeof setTimeout>[]} */
  const timers = [];
  const soon = (/** @type {number} */ milliseconds) => timers.push(setTimeout(kill, milliseconds));
  if (moment && !('writing' in moment)) soon(moment.after);
  const watchers = folders.map((folder) =>
    watch(folder, (_, name) => {
      if (!name || !WRITING.test(name)) return;
      lastWriting = performance.now();
      if (moment && 'writing' in moment && ++begun === moment.writing) soon(moment.after);
    }),
  );
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {}); // it was killed before it read all
  if (input === undefined) child.stdin.end();
  else createReadStream(input).pipe(child.stdin);
  return new Promise((resolve) =>
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      const now = performance.now();
      resolve({
        code,
        isKilled,
        isWriting: isKilled && now - lastWriting < 20,
        stdout,
        stderr,
        milliseconds: now - began,
      });
    }),
  );
}
