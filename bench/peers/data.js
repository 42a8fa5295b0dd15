// What both sides are given: files with rows, and a file with the means to start from.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, renameSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { KMeans, openData, writeRows } from 'megamix';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { syntheticMixture } from '../data.js';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, '.cache', 'bench');
const SAMPLE_ROWS = 20_000;
const LLOYD_ITERATIONS = 3;
const SYNTHETIC_DIMENSIONS = 39;

/**
 * @typedef {object} BenchData
 * @property {string[]} files .npy, one stream
 * @property {number} rows
 * @property {number} dimensions
 * @property {string} type of the first file's numbers, as NumPy writes it
 * @property {string} key changes when the rows do
 */

/**
 * The shipped speech frames, an .npy file, or `synthetic:ROWS`; of them the first `most` rows.
 *
 * @param {string | undefined} named
 * @param {number} most
 */
export async function benchData(named, most) {
  const synthetic = /^synthetic:(\d+)$/.exec(named ?? '')?.[1];
  if (synthetic)
    return firstRows(await describe([await syntheticMixture(Number(synthetic), SYNTHETIC_DIMENSIONS)]), most);
  return firstRows(await describe(named === undefined ? shipped() : [resolve(named)]), most);
}

/** All of them, one stream. */
function shipped() {
  const directory = join(root, 'data');
  const names = readdirSync(directory).filter((name) => name.endsWith('.npy'));
  return names.sort().map((name) => join(directory, name));
}

/**
 * @param {string[]} files
 * @returns {Promise<BenchData>}
 */
async function describe(files) {
  const source = await openData(files);
  const { dimensions, rows = 0 } = source;
  await source.close();
  const marks = files.map((path) => [path, statSync(path).size, statSync(path).mtimeMs]);
  const key = createHash('sha256').update(JSON.stringify(marks)).digest('hex').slice(0, 8);
  return { files, rows, dimensions, type: numberType(files[0] ?? ''), key };
}

/** @param {string} path */
function numberType(path) {
  const file = openSync(path, 'r');
  const head = Buffer.alloc(256);
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  const type = /'descr': '[<|=]?(\w+)'/.exec(head.toString('latin1'))?.[1] ?? '?';
  return { f2: 'float16', f4: 'float32', f8: 'float64' }[type] ?? type;
}

/**
 * @param {BenchData} data
 * @param {number} most
 */
export async function firstRows(data, most) {
  if (data.rows <= most) return data;
  const name = `${basename(data.files[0] ?? '', '.npy')}-first-${most}-${data.key}.npy`;
  const path = await once(name, (partial) =>
    writeRows(partial, beginning(data, most), { format: 'npy', columns: data.dimensions }),
  );
  return describe([path]);
}

/**
 * @param {BenchData} data
 * @param {number} most
 */
async function* beginning({ files, dimensions }, most) {
  const source = await openData(files);
  let done = 0;
  for await (const { data, rows } of source) {
    yield data.subarray(0, Math.min(rows, most - done) * dimensions);
    done += rows;
    if (done >= most) break;
  }
  await source.close();
}

/**
 * A file of K means: rows chosen by a fixed seed, improved by some of Lloyd's iterations on a sample that they are part of.
 *
 * @param {BenchData} data
 * @param {number} components
 */
export async function startMeans(data, components) {
  return once(`start-${data.key}-${components}.npy`, async (partial) => {
    const { dimensions } = data;
    const sample = await sampleRows(data);
    const means = { data: sample.slice(0, components * dimensions), dimensions };
    const estimator = new KMeans({ components, init: { means }, iterations: LLOYD_ITERATIONS });
    const model = await estimator.fit({ data: sample, dimensions }, { threads: 1, kernel: 'js' });
    await writeRows(partial, one(Float64Array.from(model.means.to1DArray())), { format: 'npy', columns: dimensions });
  });
}

/** @param {Float64Array} run */
async function* one(run) {
  yield run;
}

/**
 * Rows without replacement, in random order.
 *
 * @param {BenchData} data
 */
async function sampleRows({ files, rows, dimensions }) {
  const random = xoroshiro128plus(20261124);
  for (let i = 0; i < 100; i++) uniformInt(random, 0, 1); // its first numbers are not random yet
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  const wanted = new Map();
  for (let place = 0; place < Math.min(SAMPLE_ROWS, rows); place++) {
    const other = uniformInt(random, place, rows - 1);
    const row = order[other];
    order[other] = order[place];
    wanted.set(row, place);
  }
  const sample = new Float64Array(wanted.size * dimensions);
  const source = await openData(files);
  let row = 0;
  for await (const chunk of source) {
    for (let n = 0; n < chunk.rows; n++, row++) {
      const place = wanted.get(row);
      if (place !== undefined)
        sample.set(chunk.data.subarray(n * dimensions, (n + 1) * dimensions), place * dimensions);
    }
  }
  await source.close();
  return sample;
}

/**
 * The path of a file in the cache, written if it is not there.
 *
 * @param {string} name
 * @param {(partial: string) => Promise<unknown>} write
 */
async function once(name, write) {
  const path = join(cache, name);
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  await write(`${path}.partial`);
  renameSync(`${path}.partial`, path);
  return path;
}
