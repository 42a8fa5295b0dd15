// How seconds a row grow with rows, components, dimensions and threads, how memory grows with rows, and how fast each
// format is read. Seeded synthetic data; each fit in a process of its own; the first pass warms up.
//   node bench/growth.js [--quick] [--long] [--kernel auto|blas|wasm|js] [--only PATTERN]
// --long adds 10,000,000 rows (1.6 GB in .cache, which stay there).
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkComputing } from '../dist/kernels/index.js';
import { syntheticMixture } from './data.js';
import { DIMENSIONS, inAllFormats } from './growth/files.js';

const main = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const measureScript = join(import.meta.dirname, 'growth', 'measure.js');
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    kernel: { type: 'string', default: 'auto' },
    only: { type: 'string', default: '' },
  },
});
const { quick, long } = values;
const asked = /** @type {import('megamix').ComputeOptions} */ ({ kernel: values.kernel });
const { kernel } = checkComputing(asked);
const PASSES = quick ? 2 : 3;
const READ_COMPONENTS = 16;

/** @typedef {{ rows: number, components: number, dimensions: number, threads: number }} Size */
/** @typedef {{ title: string, by: keyof Size, of: number[], at: Size }} Growth */

/** @type {Size} */
const usual = { rows: quick ? 20_000 : 100_000, components: 32, dimensions: DIMENSIONS, threads: 1 };
/** @type {Growth[]} */
const growths = [
  {
    title: 'rows',
    by: 'rows',
    of: quick ? [2_000, 20_000] : [10_000, 100_000, 1_000_000, ...(long ? [10_000_000] : [])],
    at: usual,
  },
  {
    title: 'components',
    by: 'components',
    of: quick ? [8, 16, 32] : [16, 32, 64, 128, 256, 512],
    at: { ...usual, rows: quick ? 5_000 : 50_000 },
  },
  {
    title: 'dimensions',
    by: 'dimensions',
    of: quick ? [8, 16, 32, 64] : [8, 16, 32, 64, 128, 256],
    at: { ...usual, rows: quick ? 5_000 : 20_000 },
  },
  { title: 'threads', by: 'threads', of: [1, 2], at: { ...usual, components: quick ? 32 : 100 } },
];

const only = new RegExp(values.only, 'i');
console.log(
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}; kernel ${kernel}, f64; float32 .npy`,
);
for (const growth of growths) if (only.test(growth.title)) await table(growth);
if (only.test('formats')) await formats(quick ? 20_000 : 200_000);

/** @param {Growth} growth */
async function table({ title, by, of, at }) {
  const fixed = Object.entries(at).filter(([name]) => name !== by);
  console.log(`\n## GMM, full, by ${title}\n`);
  console.log(`With ${fixed.map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`).join(', ')}.`);
  console.log(`Exponent e: a row takes as long as ${title} to the power of e, compared with the line above.\n`);
  print([title, 'seconds a pass', 'µs a row', 'exponent', 'peak memory, MB']);
  print(['--:', '--:', '--:', '--:', '--:']);
  /** @type {{ value: number, perRow: number } | undefined} */ let before;
  for (const value of of) {
    const size = { ...at, [by]: value };
    const { rows, components, dimensions, threads } = size;
    const file = await syntheticMixture(rows, dimensions);
    const passes = rows > 1_000_000 ? 1 : PASSES;
    const { seconds, peakMegabytes } = measure({ model: 'gmm', file, components, threads, kernel, passes });
    const perRow = (seconds / rows) * 1e6;
    const exponent = before ? (Math.log(perRow / before.perRow) / Math.log(value / before.value)).toFixed(2) : '';
    before = { value, perRow };
    const figures = [seconds.toPrecision(3), perRow.toPrecision(3), exponent, peakMegabytes.toFixed(0)];
    print([value.toLocaleString('en-US'), ...figures]);
  }
}

/** @param {number} rows */
async function formats(rows) {
  const { npy32, npy64, hdf5, csv } = await inAllFormats(rows);
  const fit = {
    model: /** @type {const} */ ('kmeans'),
    components: READ_COMPONENTS,
    threads: 1,
    kernel,
    passes: PASSES,
  };
  console.log(`\n## Reading: a pass of K-means, K = ${READ_COMPONENTS}, by format\n`);
  console.log(
    `${rows.toLocaleString('en-US')} rows × ${DIMENSIONS} from the page cache, 1 thread. From a pipe, the first pass,`,
  );
  console.log(
    'which also keeps the rows for the next; `megamix score` reads once and keeps nothing: the whole command.\n',
  );
  print(['from', 'MB', 'seconds a pass', 'rows/s', 'MB/s', 'peak memory, MB']);
  print(['---', '--:', '--:', '--:', '--:', '--:']);
  const files = { 'npy, float32': npy32, 'npy, float64': npy64, 'HDF5, float64': hdf5, CSV: csv };
  for (const [name, file] of Object.entries(files)) read(name, file, rows, measure({ ...fit, file }));
  const pipe = { ...fit, file: '-', warmUp: npy32 };
  read('pipe of npy, float32', npy32, rows, measure(pipe, npy32));
  read('pipe into `megamix score`', npy32, rows, scorePipe(npy32));
}

/**
 * @param {string} name
 * @param {string} file
 * @param {number} rows
 * @param {Measured} measured
 */
function read(name, file, rows, { seconds, peakMegabytes }) {
  const megabytes = statSync(file).size / 1e6;
  const speeds = [Math.round(rows / seconds).toLocaleString('en-US'), (megabytes / seconds).toFixed(0)];
  const memory = Number.isNaN(peakMegabytes) ? '–' : peakMegabytes.toFixed(0);
  print([name, megabytes.toFixed(0), seconds.toPrecision(3), ...speeds, memory]);
}

/** @typedef {{ seconds: number, peakMegabytes: number }} Measured */

/**
 * @param {import('./growth/measure.js').Fit} fit
 * @param {string} [piped] a file for its standard input
 * @returns {Measured}
 */
function measure(fit, piped) {
  return JSON.parse(run([measureScript, JSON.stringify(fit)], piped));
}

/**
 * @param {string} file
 * @returns {Measured}
 */
function scorePipe(file) {
  const model = file.replace(/\.npy$/, '-kmeans.h5');
  const settings = [
    '--model',
    'kmeans',
    '--components',
    String(READ_COMPONENTS),
    '--init',
    'random',
    '--iterations',
    '1',
  ];
  run([main, 'fit', file, ...settings, '--quiet', '-o', model]);
  const began = performance.now();
  run([main, 'score', model, '-', '--format', 'npy', '--threads', '1', '--kernel', kernel], file);
  return { seconds: (performance.now() - began) / 1000, peakMegabytes: Number.NaN };
}

/**
 * @param {string[]} args of Node
 * @param {string} [piped] a file that another process writes to its standard input
 */
function run(args, piped) {
  const [command, ...rest] = piped
    ? ['sh', '-c', 'cat "$0" | "$@"', piped, process.execPath, ...args]
    : [process.execPath, ...args];
  const { stdout, stderr, status } = spawnSync(command ?? '', rest, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** @param {string[]} cells */
function print(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}
