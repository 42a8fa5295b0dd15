import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from './cases.mjs';
import { WatchedProcess } from './watch.mjs';

/**
 * @typedef {object} Cases
 * @property {readonly string[]} formats
 * @property {number} seed
 * @property {number} first The number of the first case.
 * @property {number} end The number after the last.
 * @property {AbortSignal} [signal] No more cases are begun then.
 *
 * @typedef {object} Options
 * @property {number} [processes]
 * @property {Partial<import('./watch.mjs').Limits>} [limits]
 * @property {string} [reader] The module that reads.
 * @property {(format: string, end: number) => void} [onProgress]
 * @property {(child: import('node:child_process').ChildProcess) => void} [onStart]
 *
 * @typedef {object} Fault Faults that look alike, with the first case that shows it.
 * @property {string} format
 * @property {import('./judge.mjs').Kind} kind
 * @property {string} detail
 * @property {string} how
 * @property {number} number
 * @property {number} count
 * @property {number | undefined} after Where to begin so that it shows again: the case itself, unless it needs those before.
 *
 * @typedef {{ cases: number, read: number, refused: number, partly: number, kinds: Map<import('./judge.mjs').Kind, number> }} Row
 */

/** Everything that is fuzzed. */
export const formats = [...fixtures].filter(([, list]) => list.length > 0).map(([format]) => format);

const LIMITS = { milliseconds: 10_000, bytes: 2 ** 30 };
const READER = join(import.meta.dirname, 'reader.mjs');
/** So many cases are handed over at a time. */
const BATCH = 125;
/** What a busy machine may be the cause of: believed only if it shows again. */
const DOUBTFUL = new Set(['hang', 'memory', 'slow']);

/** Reads damaged files, in processes that are kept from run to run. */
export class Fuzz {
  #directory = mkdtempSync(join(workingDirectory(), 'megamix-fuzz-'));
  #options;
  #processes;

  /** @param {Options} [options] */
  constructor({ processes = 2, ...options } = {}) {
    this.#options = options;
    this.#processes = Array.from({ length: processes }, (_, i) => this.#watched(`process-${i}`));
  }

  /**
   * Reads cases of each format.
   *
   * @param {Cases} cases
   * @returns {Promise<{ rows: Map<string, Row>, faults: Fault[] }>}
   */
  async run({ formats: names, seed, first, end, signal }) {
    /** @type {Map<string, Row>} */
    const rows = new Map(names.map((name) => [name, { cases: 0, read: 0, refused: 0, partly: 0, kinds: new Map() }]));
    /** @type {Map<string, Promise<Fault | undefined>>} */
    const distinct = new Map();
    const tasks = names.flatMap((format) =>
      Array.from({ length: Math.ceil((end - first) / BATCH) }, (_, i) => {
        const begin = first + i * BATCH;
        return { format, seed, first: begin, end: Math.min(end, begin + BATCH) };
      }),
    );
    /** @param {import('./watch.mjs').Task} task @param {import('./watch.mjs').Watched} watched */
    const takeDown = async (task, { end: reached, counts, found }) => {
      const row = /** @type {Row} */ (rows.get(task.format));
      row.cases += reached - task.first;
      for (const name of /** @type {const} */ (['read', 'refused', 'partly'])) row[name] += counts[name];
      for (const fault of found) {
        const file = fault.kind === 'checksum' ? fault.how.split(':', 1) : '';
        const shape = `${task.format} ${fault.kind} ${file} ${shapeOf(fault.detail)}`;
        if (!distinct.has(shape)) distinct.set(shape, this.#confirm(task, fault));
        const known = await distinct.get(shape);
        if (!known) {
          distinct.delete(shape);
          continue;
        }
        known.count++;
        row.kinds.set(fault.kind, (row.kinds.get(fault.kind) ?? 0) + 1);
      }
      this.#options.onProgress?.(task.format, reached);
    };
    const work = this.#processes.map(async (watched) => {
      for (let task = tasks.shift(); task; task = tasks.shift()) {
        for (let begin = task.first; begin < task.end && !signal?.aborted; ) {
          const part = { ...task, first: begin };
          const result = await watched.run(part);
          await takeDown(part, result);
          begin = result.end;
        }
      }
    });
    await Promise.all(work);
    return { rows, faults: (await Promise.all(distinct.values())).filter((fault) => fault !== undefined) };
  }

  close() {
    for (const watched of this.#processes) watched.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** @param {string} name */
  #watched(name) {
    const { reader = READER, limits, onStart } = this.#options;
    return new WatchedProcess(join(this.#directory, name), reader, { ...LIMITS, ...limits }, onStart);
  }

  /**
   * Tries again in a process of its own: first the case alone, then those before it too.
   *
   * @param {import('./watch.mjs').Task} task
   * @param {import('./watch.mjs').Found} found
   * @returns {Promise<Fault | undefined>}
   */
  async #confirm(task, { kind, detail, how, number }) {
    /** @type {number | undefined} */
    let after;
    for (const first of new Set([number, task.first])) {
      const again = this.#watched(`again-${task.format}-${number}-${kind}-${first}`);
      const { found } = await again.run({ ...task, first, end: number + 1 });
      again.stop();
      if (found.some((other) => other.kind === kind && other.number === number)) after ??= first;
      if (after !== undefined || DOUBTFUL.has(kind)) break;
    }
    return after === undefined && DOUBTFUL.has(kind)
      ? undefined
      : { format: task.format, kind, detail, how, number, count: 0, after };
  }
}

/** Memory where there is plenty of it: files are written, read once, and gone. */
function workingDirectory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 2 ** 30) return '/dev/shm';
  } catch {
    // not on this system
  }
  return tmpdir();
}

/** Messages whose first words are the same are alike: what a file holds is in quotes, or no word. */
const WORDS = 7;

/** @param {string} detail */
const shapeOf = (detail) =>
  detail
    .replaceAll(/"(\\.|[^"])*("|$)|'[^']*'/g, '')
    .replaceAll(/utterance \S+/g, 'utterance')
    .split(/\s+/)
    .filter((word) => /^[A-Z]?[a-z]{2,}[:,.]?$/.test(word))
    .slice(0, WORDS)
    .join(' ');
