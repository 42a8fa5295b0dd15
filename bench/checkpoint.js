// How much time checkpoints take, and how soon a fit goes on from one.
//   node bench/checkpoint.js cost [ROWS] [COMPONENTS]   full covariances, 39 dimensions: fits with and without, in turn
//   node bench/checkpoint.js resume [GIGABYTES]         .npy and .csv.gz: from the start of the process to the first new row
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { GaussianMixture, openData } from 'megamix';
import { syntheticMixture } from './data.js';

const DIMENSIONS = 39;
const directory = mkdtempSync(join(import.meta.dirname, 'checkpoint-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const [what = 'cost', size, more] = process.argv.slice(2);

/** Checkpoints are written far more often than usual, so that what one takes is not lost in the noise. */
const SECONDS = 2;
const TURNS = 4;
const USUAL_SECONDS = 30;

/**
 * @param {number} rows
 * @param {number} components
 */
async function cost(rows, components) {
  const path = await syntheticMixture(rows, DIMENSIONS);
  const means = new Float64Array(components * DIMENSIONS);
  for await (const { data } of await openData(path)) {
    means.set(data.subarray(0, means.length));
    break;
  }
  const file = join(directory, 'ck');
  const fitted = async (/** @type {import('megamix').CheckpointOptions | undefined} */ checkpoint) => {
    const began = performance.now();
    await new GaussianMixture({
      components,
      init: { means: { data: means, dimensions: DIMENSIONS } },
      iterations: 3,
    }).fit(path, { checkpoint });
    return (performance.now() - began) / 1000;
  };
  await fitted(undefined);
  /** @type {number[]} */
  const plain = [];
  /** @type {number[]} */
  const kept = [];
  for (let turn = 0; turn < TURNS; turn++) {
    plain.push(await fitted(undefined));
    kept.push(await fitted({ file, every: `${SECONDS}s` }));
  }
  const mean = (/** @type {number[]} */ times) => times.reduce((sum, time) => sum + time, 0) / times.length;
  const each = (mean(kept) - mean(plain)) / (mean(kept) / SECONDS);
  console.log(
    `${rows} rows, ${components} full components of ${DIMENSIONS} dimensions, ${availableParallelism()} threads`,
  );
  console.log(
    `without ${plain.map((x) => x.toFixed(1)).join(' ')} s; every ${SECONDS} s ${kept.map((x) => x.toFixed(1)).join(' ')} s`,
  );
  console.log(
    `one checkpoint of ${(statSync(`${file}.previous`).size / 1e6).toFixed(1)} MB takes ${(1000 * each).toFixed(0)} ms: ${((100 * each) / USUAL_SECONDS).toFixed(2)} % of the time at one each ${USUAL_SECONDS} s`,
  );
}

/**
 * A file of zeros, of which the disk keeps nothing but the header.
 *
 * @param {string} path
 * @param {number} bytes
 */
function sparseNpy(path, bytes) {
  const rows = Math.floor(bytes / (4 * DIMENSIONS));
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${DIMENSIONS}), }`.padEnd(117);
  writeFileSync(path, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(`${header}\n`)]));
  truncateSync(path, 128 + rows * 4 * DIMENSIONS);
  return rows;
}

/**
 * @param {string} path
 * @param {number} rows
 */
async function gzipCsv(path, rows) {
  const zip = createGzip();
  zip.pipe(createWriteStream(path));
  for (let n = 0; n < rows; n += 1000) {
    const lines = Array.from(
      { length: 1000 },
      (_, i) => `${Array.from({ length: DIMENSIONS }, (_, j) => (((n + i) * 7 + j * 13) % 1000) / 100).join(',')}\n`,
    );
    if (!zip.write(lines.join(''))) await once(zip, 'drain');
  }
  zip.end();
  await once(zip, 'finish');
}

/**
 * A fit in a process of its own, which tells of the rows of the pass: when it was started, and when the first were done.
 *
 * @param {string} path
 * @param {string} file
 */
function begin(path, file) {
  const script = `
    import { KMeans } from 'megamix';
    const fit = new KMeans({ components: 2, init: { means: [new Float64Array(${DIMENSIONS}), new Float64Array(${DIMENSIONS}).fill(1)] }, iterations: 1 });
    const onProgress = ({ stage, rows }) => process.stdout.write(stage + ' ' + rows + ' ' + process.uptime() + '\\n');
    await fit.fit(${JSON.stringify(path)}, { onProgress, checkpoint: { file: ${JSON.stringify(file)}, every: '200ms', resume: true } });`;
  const program = join(directory, 'fit.mjs');
  writeFileSync(program, script);
  return spawn(process.execPath, [program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/**
 * Kills a fit after some rows, and gives what the resumed one tells first, and first of new rows.
 *
 * @param {string} path
 * @param {number} rows
 */
async function resumed(path, rows) {
  const file = join(directory, `${Math.random()}.ck`);
  const first = begin(path, file);
  for await (const text of first.stdout) {
    const done = Number(String(text).trim().split('\n').at(-1)?.split(' ')[1]);
    if (done > rows) break;
  }
  first.kill('SIGKILL');
  await setTimeout(200);
  const second = begin(path, file);
  for await (const text of second.stdout) {
    const line = String(text)
      .split('\n')
      .find((each) => each.startsWith('training'));
    if (!line) continue;
    second.kill('SIGKILL');
    const [, done, seconds] = line.split(' ');
    return { done: Number(done), seconds: Number(seconds) };
  }
  throw new Error(`no row was read: ${existsSync(file)}`);
}

/**
 * @param {number} gigabytes
 */
async function resume(gigabytes) {
  const npy = join(directory, 'data.npy');
  const rows = sparseNpy(npy, gigabytes * 1e9);
  const seek = await resumed(npy, 0.8 * rows);
  console.log(
    `.npy of ${gigabytes} GB: ${seek.done} of ${rows} rows done ${seek.seconds.toFixed(2)} s after the start of the process`,
  );
  const csv = join(directory, 'data.csv.gz');
  const lines = 1e6;
  await gzipCsv(csv, lines);
  const along = await resumed(csv, 0.8 * lines);
  console.log(
    `.csv.gz of ${(statSync(csv).size / 1e6).toFixed(0)} MB: ${along.done} of ${lines} rows done ${along.seconds.toFixed(2)} s after the start of the process`,
  );
}

if (what === 'cost') await cost(Number(size ?? 100_000), Number(more ?? 1024));
else await resume(Number(size ?? 10));
