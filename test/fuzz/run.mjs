import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from './cases.mjs';
import { WatchedProcess } from './watch.mjs';

/**
 * @typedef {object} Settings
 * @property {readonly string[]} formats
 * @property {number} seed
 * @property {number} first The number of the first case.
 * @property {number} end The number after the last.
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
 * @property {number} after Where to begin so that it shows again: the case itself, unless it needs those before.
 *
 * @typedef {{ cases: number, read: number, refused: number, partly: number, kinds: Map<import('./judge.mjs').Kind, number> }} Row
 */

/** Everything that is fuzzed. */
export const formats = [...fixtures].filter(([, list]) => list.length > 0).map(([format]) => format);

const LIMITS = { milliseconds: 10_000, bytes: 2 ** 30 };
const READER = join(import.meta.dirname, 'reader.mjs');
/** A process reads so many cases in a row. */
const BATCH = 250;
/** What a busy machine may be the cause of: believed only if it shows again. */
const DOUBTFUL = new Set(['hang', 'memory', 'slow']);

/**
 * Reads so many cases of each format.
 *
 * @param {Settings} settings
 * @returns {Promise<{ rows: Map<string, Row>, faults: Fault[] }>}
 */
export async function fuzz({ formats: names, seed, first, end, processes = 2, limits, reader = READER, ...hooks }) {
  const directory = mkdtempSync(join(tmpdir(), 'megamix-fuzz-'));
  const started = (/** @type {string} */ name) =>
    new WatchedProcess(join(directory, name), reader, { ...LIMITS, ...limits }, hooks.onStart);
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

  /** Whether a fault is one, and alone. @param {import('./watch.mjs').Task} task @param {import('./watch.mjs').Found} found */
  async function confirm(task, { kind, detail, how, number }) {
    const alone = started(`again-${task.format}-${number}-${kind}`);
    const again = await alone.run({ ...task, first: number, end: number + 1 });
    alone.stop();
    const isAlone = again.found.some((other) => other.kind === kind);
    if (!isAlone && DOUBTFUL.has(kind)) return undefined;
    return { format: task.format, kind, detail, how, number, count: 0, after: isAlone ? number : task.first };
  }

  /** @param {import('./watch.mjs').Task} task @param {import('./watch.mjs').Watched} watched */
  async function takeDown(task, { end: reached, counts, found }) {
    const row = /** @type {Row} */ (rows.get(task.format));
    row.cases += reached - task.first;
    for (const name of /** @type {const} */ (['read', 'refused', 'partly'])) row[name] += counts[name];
    for (const fault of found) {
      const shape = `${task.format} ${fault.kind} ${shapeOf(fault.detail)}`;
      if (!distinct.has(shape)) distinct.set(shape, confirm(task, fault));
      const known = await distinct.get(shape);
      if (!known) {
        distinct.delete(shape);
        continue;
      }
      known.count++;
      row.kinds.set(fault.kind, (row.kinds.get(fault.kind) ?? 0) + 1);
    }
    hooks.onProgress?.(task.format, reached);
  }

  try {
    await Promise.all(
      Array.from({ length: processes }, async (_, i) => {
        const watched = started(`process-${i}`);
        for (let task = tasks.shift(); task; task = tasks.shift()) {
          for (let begin = task.first; begin < task.end; ) {
            const part = { ...task, first: begin };
            const result = await watched.run(part);
            await takeDown(part, result);
            begin = result.end;
          }
        }
        watched.stop();
      }),
    );
    const faults = (await Promise.all(distinct.values())).filter((fault) => fault !== undefined);
    return { rows, faults };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
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
