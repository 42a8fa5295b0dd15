// How fast are the peers, on the same data from the same start, taking turns in one run? And do they find the same?
//   node bench/peers.js [--quick] [--spark] [--data FILE.npy|synthetic:ROWS] [--only PATTERN] [--repeats N] [--threads 1,2]
// Ours reads the data from disk in every pass, the peers have them in memory. Each side is a process of its own.
import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { checkComputing, kernelNames } from '../dist/kernels/index.js';
import { benchData, firstRows, startMeans } from './peers/data.js';
import { install, peerLabels, pythonOf } from './peers/install.js';
import { refusal, rowsOf } from './peers/rows.js';
import { peerEnvironment, Side } from './peers/side.js';

const QUICK_ROWS = 20_000;
const STEPS = 3; // M-steps after the start, until parameters are compared
const BUSY = 0.5; // of the last minute
const HEAD = ['what', 'peer', 'threads', 'ours, s', 'peer, s', 'ratio', 'spread', 'target', 'agreement'];
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    spark: { type: 'boolean', default: false },
    data: { type: 'string' },
    only: { type: 'string', default: '' },
    repeats: { type: 'string' },
    threads: { type: 'string' },
  },
});
const { quick, spark } = values;
const repeats = Number(values.repeats ?? (quick ? 2 : 5));
const threads = (values.threads ?? (quick ? '1' : '1,2')).split(',').map(Number);
const only = new RegExp(values.only, 'i');

/** @typedef {import('./peers/rows.js').Row} Row */

const rows = rowsOf({ quick, spark, threads }).filter((row) => only.test(`${row.what} ${labelOf(row)}`));
/** @type {Map<string, string | undefined>} */ const missing = new Map();
/** @type {Set<string>} */ const notes = new Set();
for (const { peer } of rows) if (peer !== 'ours' && !missing.has(peer)) missing.set(peer, install(peer));
const data = await benchData(values.data, quick ? QUICK_ROWS : Number.POSITIVE_INFINITY);
const widths = HEAD.map((title) => Math.max(title.length, { threads: 0, spread: 14 }[title] ?? 9));
widths[0] = Math.max(...rows.map(({ what }) => what.length));
widths[1] = Math.max(...rows.map((row) => labelOf(row).length));

head();
for (const row of rows) for (const count of row.threads) await compare(row, count);
for (const note of notes) console.log(`\n${note}`);

function head() {
  const { files, type, dimensions } = data;
  const [load = 0] = loadavg();
  const busy = load > BUSY ? `; busy: load ${load.toFixed(1)}, which the threads of peers suffer from most` : '';
  console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores${busy}; Node ${process.version}`);
  console.log(`ours: kernels ${kernelNames.join(', ')}; auto is ${checkComputing({}).kernel}`);
  console.log(`peers: ${versions()}`);
  const names = files.map((file) => relative(process.cwd(), file)).join(', ');
  console.log(
    `data: ${names}; ${data.rows.toLocaleString('en-US')} × ${dimensions}, ${type}, which ours reads in every pass;`,
  );
  console.log('peers hold them in memory as float64 (f32: float32)');
  console.log(
    `seconds of a pass (or a scoring, or a fit), medians of ${repeats} turns; ratio: peer / ours; spread: of ours and of`,
  );
  console.log('the peer, slowest less fastest turn, relative to the median; agreement: the largest difference');
  console.log(`after the same start and ${STEPS} M-steps, relative to the largest value;`);
  console.log('with ourselves on one thread as the peer, the ratio is two threads over one\n');
  console.log(line(HEAD));
  console.log(`|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`);
}

/**
 * @param {Row} row
 * @param {number} count threads
 */
async function compare(row, count) {
  const { peer, task, model, covariance, precision, kernel, components, what } = row;
  const why = refusal(row) ?? (peer === 'ours' ? undefined : missing.get(peer));
  if (why) return void notes.add(`skipped: ${what}, ${labelOf(row)}: ${why}`);
  /** @type {Side[]} */ const sides = [];
  try {
    const { files } = await firstRows(data, row.mostRows ?? Number.POSITIVE_INFINITY);
    const means = await startMeans(data, components);
    const spec = { task, files, means, model, covariance, precision, kernel, threads: count, steps: STEPS };
    sides.push(new Side('ours.js', undefined, spec));
    if (peer === 'ours') sides.push(new Side('ours.js', undefined, { ...spec, threads: 1 }));
    else sides.push(new Side(row.script, pythonOf(peer), spec));
    const replies = [];
    for (const side of sides) replies.push(await side.prepare());
    /** @type {number[][]} */ const seconds = sides.map(() => []);
    for (let turn = 0; turn < repeats; turn++) {
      for (const [i, side] of sides.entries()) seconds[i]?.push(await side.pass());
    }
    const [ours = Number.NaN, theirs = Number.NaN] = seconds.map(median);
    if (!(ours > 0 && theirs > 0)) throw new Error('a pass is too short to be timed on so few rows');
    const ratio = theirs / ours;
    const target = row.targets[count - 1];
    const reached = target === undefined ? '–' : `≥ ${target} ${ratio >= target ? '✓' : '✗'}`;
    const figures = [ours.toPrecision(3), theirs.toPrecision(3), `${ratio.toPrecision(3)}×`];
    const agreement = difference(replies[0]?.numbers ?? {}, replies[1]?.numbers ?? {});
    const spreads = seconds.map(spread).join(', ');
    console.log(line([what, labelOf(row), String(count), ...figures, spreads, reached, agreement]));
    for (const [i, { note }] of replies.entries()) {
      if (note) notes.add(`${what}: ${i === 0 ? 'ours' : labelOf(row)}: ${note}`);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notes.add(`failed: ${what}, ${labelOf(row)}, threads ${count}: ${why}`);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

/** @param {Row} row */
function labelOf({ peer }) {
  return peer === 'ours' ? 'ours, 1 thread' : peerLabels[peer];
}

function versions() {
  const python = pythonOf('scikit') ?? '';
  const script = new URL('./peers/versions.py', import.meta.url).pathname;
  const { status, stdout } = spawnSync(python, [script], { env: peerEnvironment(1), encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'no Python with scikit-learn';
}

/** @param {string[]} cells */
function line(cells) {
  const padded = cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
  return `| ${padded.join(' | ')} |`;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * From the fastest turn to the slowest, as a share of the median.
 *
 * @param {number[]} numbers
 */
function spread(numbers) {
  return `${Math.round((100 * (Math.max(...numbers) - Math.min(...numbers))) / median(numbers))} %`;
}

/**
 * The largest |difference| / largest |value|, over all arrays that both have.
 *
 * @param {import('./peers/side.js').Numbers} ours
 * @param {import('./peers/side.js').Numbers} theirs
 */
function difference(ours, theirs) {
  const each = Object.entries(ours).flatMap(([name, numbers]) => {
    const others = theirs[name];
    if (!others) return [];
    if (others.length !== numbers.length)
      throw new Error(`${name}: ${numbers.length} numbers, the peer's ${others.length}`);
    let largest = 0;
    let furthest = 0;
    for (const [i, value] of numbers.entries()) {
      largest = Math.max(largest, Math.abs(value));
      furthest = Math.max(furthest, Math.abs(value - (others[i] ?? Number.NaN)));
    }
    return [furthest / largest];
  });
  const largest = Math.max(...each);
  return each.length === 0 ? '–' : largest === 0 ? 'same bits' : largest.toExponential(0);
}
