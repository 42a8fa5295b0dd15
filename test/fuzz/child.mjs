// Reads one case after the other, and says how each ended: see watch.mjs, which ends it where it does not answer.
//   child.mjs DIRECTORY READER
import { mkdirSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeCase } from './cases.mjs';
import { judge } from './judge.mjs';

const [directory = '', readerPath = ''] = process.argv.slice(2);
/** @type {{ read: import('./judge.mjs').Read }} */
const { read } = await import(readerPath);
const files = join(directory, 'files');
const originals = join(directory, 'originals');
for (const folder of [files, originals]) mkdirSync(folder, { recursive: true });
process.chdir(files);

/** Beyond this, rubbish of cases before is collected; what is left beyond it ends the process with its batch. */
const MUCH_MEMORY = 400 * 2 ** 20;
const HANDLES = '/proc/self/fd';
const hasHandles = process.platform === 'linux';
/** How long a handle may take to close, in milliseconds. */
const CLOSING = [0, 10, 100];

// What is where: a file, as a process that hangs tells nobody.
const position = openSync(join(directory, 'position'), 'w+');
/** The number of the case, then how many were read, refused and read in part. */
const state = new Float64Array(4);
const places = { read: 1, refused: 2, partly: 3 };

/** @type {import('./judge.mjs').Fault[]} What was not thrown. */
let aside = [];
const note =
  (/** @type {import('./judge.mjs').Kind} */ kind) =>
  (/** @type {unknown[]} */ ...said) =>
    void aside.push({
      kind,
      detail: said.map((part) => (part instanceof Error ? part.message : String(part))).join(' '),
    });
process.on('unhandledRejection', note('unhandled'));
process.on('uncaughtException', note('unhandled'));
process.on('warning', (warning) => {
  const isOurs = warning.name === 'Warning' && !warning.message.startsWith('Closing file descriptor');
  if (!isOurs) note('printed')(`${warning.name}:`, warning);
});
for (const way of /** @type {const} */ (['log', 'info', 'warn', 'error', 'debug'])) console[way] = note('printed');
process.on('disconnect', () => process.exit());
process.on('message', (/** @type {{ format: string, seed: number, first: number, end: number }} */ task) =>
  run(task).catch((error) => {
    writeSync(2, `${error.stack}\n`);
    process.exit(1);
  }),
);
process.send?.('ready');

/** @param {{ format: string, seed: number, first: number, end: number }} task */
async function run({ format, seed, first, end }) {
  state.fill(0);
  for (let number = first; number < end; number++) {
    state[0] = number;
    writeSync(position, state, 0, state.byteLength, 0);
    const made = await makeCase(format, seed, number, readOriginal);
    const { outcome, faults } = await judgeCase(made, format);
    state[places[outcome]] = (state[places[outcome]] ?? 0) + 1;
    if (faults.length > 0) process.send?.({ number, faults, how: made.how });
  }
  writeSync(position, state, 0, state.byteLength, 0);
  process.send?.({ isDone: true, isTired: process.memoryUsage.rss() > MUCH_MEMORY && collect() > MUCH_MEMORY });
}

/**
 * @param {import('./cases.mjs').Case} made
 * @param {string} format
 */
async function judgeCase(made, format) {
  for (const [name, bytes] of made.files) writeFileSync(join(files, name), bytes);
  const path = join(files, made.name);
  const original = made.original && (await readOriginal(made.original));
  aside = [];
  const before = handles();
  const first = await judge(read, path, format, original);
  let left = await handlesSince(before);
  // Once may be chance: something else kept the machine busy, or what is made once and kept was made.
  if (left > 0 || first.faults.some(({ kind }) => kind === 'slow')) {
    const again = await judge(read, path, format, original);
    left = Math.min(left, await handlesSince(before + left));
    if (!again.faults.some(({ kind }) => kind === 'slow')) first.faults = again.faults;
  }
  if (left > 0) first.faults.push({ kind: 'handles', detail: `${left} file handles stay open (${first.outcome})` });
  for (const name of made.files.keys()) rmSync(join(files, name));
  if (process.memoryUsage.rss() > MUCH_MEMORY) collect();
  return { outcome: first.outcome, faults: [...first.faults, ...aside] };
}

/** @type {Map<string, import('./checksums.mjs').Numbers>} */
const known = new Map();

/** @param {import('./fixtures.mjs').Fixture} fixture */
async function readOriginal({ name, format, files: contents }) {
  const before = known.get(name);
  if (before) return before;
  for (const [file, bytes] of contents) writeFileSync(join(originals, file), bytes);
  /** @type {number[]} */
  const numbers = [];
  let dimensions = 0;
  try {
    for await (const chunk of read(join(originals, name), format, new AbortController().signal)) {
      if (format === 'model' && dimensions > 0) continue; // its means are enough
      numbers.push(...chunk.data);
      ({ dimensions } = chunk);
    }
  } catch {
    // refused as it is, which is a case of its own
  }
  const original = { data: Float64Array.from(numbers), dimensions };
  known.set(name, original);
  return original;
}

const handles = () => (hasHandles ? readdirSync(HANDLES).length : 0);

/** How many more there are, once those had time to close that are about to. @param {number} before */
async function handlesSince(before) {
  for (const time of CLOSING) {
    if (handles() <= before) return 0;
    await wait(time);
  }
  return Math.max(0, handles() - before);
}

function collect() {
  /** @type {{ gc?: () => void }} */ (globalThis).gc?.();
  return process.memoryUsage.rss();
}
