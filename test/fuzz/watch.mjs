import { fork } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How long a case may take, and how much memory its process may have.
 *
 * @typedef {{ readonly milliseconds: number, readonly bytes: number }} Limits
 *
 * @typedef {{ readonly format: string, readonly seed: number, readonly first: number, readonly end: number }} Task
 *
 * @typedef {import('./judge.mjs').Fault & { number: number, how: string }} Found
 *
 * @typedef {object} Watched What came of the cases up to `end`, which is that of the task unless one of them ended the process.
 * @property {number} end
 * @property {Record<'read' | 'refused' | 'partly', number>} counts
 * @property {Found[]} found
 */

/** How often a process is looked at, in milliseconds: it fills some 100 MB in that time. */
const LOOK = 50;
const PAGE_BYTES = 4096;

/** A process that reads cases, and is ended where it hangs or takes too much memory; the next task starts another. */
export class WatchedProcess {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #said = '';
  #turn = Promise.resolve();
  #directory;
  #reader;
  #limits;
  #onStart;

  /**
   * @param {string} directory
   * @param {string} reader
   * @param {Limits} limits
   * @param {(child: import('node:child_process').ChildProcess) => void} [onStart]
   */
  constructor(directory, reader, limits, onStart) {
    this.#directory = directory;
    this.#reader = reader;
    this.#limits = limits;
    this.#onStart = onStart;
  }

  /**
   * One task after the other.
   *
   * @param {Task} task
   */
  run(task) {
    const result = this.#turn.then(() => this.#run(task));
    this.#turn = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /** @param {Task} task @returns {Promise<Watched>} */
  async #run(task) {
    this.#child ??= await this.#start();
    const child = this.#child;
    return new Promise((resolve) => {
      /** @type {Found[]} */
      const found = [];
      /** @type {import('./judge.mjs').Fault | undefined} */
      let ended;
      let [at, since] = [task.first, performance.now()];
      const look = setInterval(() => {
        const now = performance.now();
        const [number = at] = this.#state();
        if (number !== at) [at, since] = [number, now];
        const bytes = memoryOf(child.pid);
        if (bytes > this.#limits.bytes)
          ended = { kind: 'memory', detail: `more than ${this.#limits.bytes / 2 ** 20} MB` };
        else if (now - since > this.#limits.milliseconds)
          ended = { kind: 'hang', detail: `no end after ${this.#limits.milliseconds / 1000} s` };
        else return;
        child.kill('SIGKILL');
      }, LOOK);
      const finish = (/** @type {number} */ last) => {
        clearInterval(look);
        child.removeAllListeners();
        const [, read = 0, refused = 0, partly = 0] = this.#state();
        resolve({ end: last, counts: { read, refused, partly }, found });
      };
      child.on('message', (/** @type {any} */ message) => {
        if (!message.isDone) {
          for (const fault of message.faults) found.push({ ...fault, number: message.number, how: message.how });
          return;
        }
        finish(task.end);
        if (message.isTired) this.stop();
      });
      child.on('exit', (code, signal) => {
        this.#child = undefined;
        const [number = at] = this.#state();
        ended ??= /heap out of memory|allocation failed/i.test(this.#said)
          ? { kind: 'memory', detail: 'the heap is full' }
          : { kind: 'abort', detail: `ended with ${signal ?? code}: ${this.#said.trim().split('\n').at(0) ?? ''}` };
        found.push({ ...ended, number, how: '' });
        finish(number + 1);
      });
      child.send(task);
    });
  }

  stop() {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** @returns {Promise<import('node:child_process').ChildProcess>} */
  async #start() {
    mkdirSync(this.#directory, { recursive: true });
    const child = fork(join(import.meta.dirname, 'child.mjs'), [this.#directory, this.#reader], {
      execArgv: ['--expose-gc', '--no-warnings', `--max-old-space-size=${Math.ceil(this.#limits.bytes / 2 ** 20)}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#onStart?.(child);
    this.#said = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#said = `${this.#said}${text}`.slice(0, 5000);
    });
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the reading process ended with ${code}: ${this.#said}`)));
    });
    child.removeAllListeners();
    return child;
  }

  #state() {
    const bytes = readFileSync(join(this.#directory, 'position'));
    return new Float64Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 8));
  }
}

/** Memory that a process has now; 0 where that is not told. @param {number | undefined} pid */
function memoryOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
