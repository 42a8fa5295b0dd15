// The same rows in every format that a fit reads.
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { File, ready } from 'h5wasm/node';
import { openData, writeRows } from 'megamix';
import { syntheticMixture } from '../data.js';

export const DIMENSIONS = 39;
const DIGITS = 7; // as many as float32 has

/**
 * Paths of files with so many rows; written once, then kept.
 *
 * @param {number} rows
 */
export async function inAllFormats(rows) {
  const npy32 = await syntheticMixture(rows, DIMENSIONS);
  const beginning = npy32.slice(0, -'.npy'.length);
  const npy64 = await once(`${beginning}.f64.npy`, (path) =>
    writeRows(path, doubles(npy32), { format: 'npy', columns: DIMENSIONS }),
  );
  const csv = await once(`${beginning}.csv`, (path) => pipeline(text(npy32), createWriteStream(path)));
  const hdf5 = await once(`${beginning}.h5`, (path) => writeHdf5(path, npy32, rows));
  return { npy32, npy64, csv, hdf5 };
}

/** @param {string} path */
async function* doubles(path) {
  for await (const { data } of await openData(path)) yield Float64Array.from(data);
}

/** @param {string} path */
async function* text(path) {
  for await (const { data, rows } of await openData(path)) {
    let lines = '';
    for (let n = 0, at = 0; n < rows; n++) {
      for (let j = 0; j < DIMENSIONS; j++)
        lines += `${Number(data[at++]?.toPrecision(DIGITS))}${j + 1 < DIMENSIONS ? ',' : '\n'}`;
    }
    yield lines;
  }
}

/**
 * @param {string} path
 * @param {string} from
 * @param {number} rows
 */
async function writeHdf5(path, from, rows) {
  await ready;
  const all = new Float64Array(rows * DIMENSIONS);
  let at = 0;
  for await (const { data } of await openData(from)) {
    all.set(data, at);
    at += data.length;
  }
  const file = new File(path, 'w');
  file.create_dataset({ name: 'rows', data: all, shape: [rows, DIMENSIONS], dtype: '<d' });
  file.close();
}

/**
 * @param {string} path
 * @param {(partial: string) => Promise<unknown>} write
 */
async function once(path, write) {
  if (existsSync(path)) return path;
  await write(`${path}.partial`);
  renameSync(`${path}.partial`, path);
  return path;
}
