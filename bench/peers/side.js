// One side of a comparison: a child process that is told line by line what to do, so that two can take turns.
import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What a side is to compute. `task`: `passes` of an E-step and an M-step, `score` all rows, or `fit` to the end.
 *
 * @typedef {object} Spec
 * @property {'passes' | 'score' | 'fit'} task
 * @property {string[]} files
 * @property {string} means .npy
 * @property {'gmm' | 'dpgmm' | 'kmeans'} model
 * @property {'full' | 'diagonal'} covariance
 * @property {'f64' | 'f32'} precision
 * @property {string} kernel ours only
 * @property {number} threads
 * @property {number} steps M-steps after the start, before what is compared
 */

/**
 * What can be compared: flat arrays.
 *
 * @typedef {Record<string, number[]>} Numbers
 */

/**
 * @typedef {object} Reply
 * @property {string} [error]
 * @property {string} [note] what a reader should know
 * @property {Numbers} [numbers] after `steps`
 * @property {number} [seconds] of one pass
 */

export class Side {
  /** @type {import('node:child_process').ChildProcess} */ #child;
  #errors = '';
  /** @type {((reply: Reply) => void) | undefined} */ #answer;
  #gone = false;

  /**
   * @param {string} script beside this file
   * @param {string | undefined} python for scripts in Python
   * @param {Spec} spec
   */
  constructor(script, python, spec) {
    const isPython = extname(script) === '.py';
    const command = isPython ? (python ?? 'python3') : process.execPath;
    const args = [join(import.meta.dirname, script), JSON.stringify(spec)];
    const env = isPython ? peerEnvironment(spec.threads) : process.env;
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin?.on('error', () => {}); // it is gone: 'close' tells
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    const { stdout } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.#settle(JSON.parse(line)));
    this.#child.on('error', (error) => this.#settle({ error: error.message }));
    this.#child.on('close', (code, signal) => {
      this.#gone = true;
      this.#settle({ error: this.#errors.trim().split('\n').at(-1) || `ended with ${signal ?? code}` });
    });
  }

  /**
   * Reads the data and warms up.
   *
   * @returns {Promise<Reply>}
   */
  prepare() {
    return this.#ask('prepare');
  }

  /** Seconds of one pass. */
  async pass() {
    const { seconds = Number.NaN } = await this.#ask('pass');
    return seconds;
  }

  /** @returns {Promise<void>} */
  close() {
    if (this.#gone) return Promise.resolve();
    return new Promise((done) => {
      this.#child.on('close', () => done());
      this.#child.stdin?.end();
    });
  }

  /**
   * @param {string} what
   * @returns {Promise<Reply>}
   */
  #ask(what) {
    return new Promise((resolve, reject) => {
      this.#answer = (reply) => (reply.error === undefined ? resolve(reply) : reject(new Error(reply.error)));
      if (this.#gone) this.#settle({ error: 'it has ended' });
      else this.#child.stdin?.write(`${what}\n`);
    });
  }

  /** @param {Reply} reply */
  #settle(reply) {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(reply);
  }
}

/** @param {number} threads */
export function peerEnvironment(threads) {
  // These two slow NumPy's BLAS down where they are set.
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...env } = process.env;
  const names = ['OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];
  const counts = Object.fromEntries(names.map((name) => [name, String(threads)]));
  return { ...env, ...counts, PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' };
}
