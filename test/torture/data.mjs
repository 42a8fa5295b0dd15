import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { writeRows } from '../../dist/index.js';

const ROWS = 30_000;
const COLUMNS = 4;

/**
 * Writes the data of all scenarios into a folder.
 *
 * @param {string} folder
 */
export async function writeData(folder) {
  const random = xoroshiro128plus(7);
  const rowsOf = (/** @type {number} */ count) =>
    Float64Array.from({ length: count * COLUMNS }, (_, at) => {
      const centre = 3 * ((Math.floor(at / COLUMNS) * 7) % 8) * ((at % COLUMNS) - 1.5);
      return centre + uniformFloat64(random) + uniformFloat64(random) - 1;
    });
  const rows = rowsOf(ROWS);
  const path = (/** @type {string} */ name) => join(folder, name);
  const wide = { columns: COLUMNS };
  for (const name of ['rows.npy', 'rows.csv', 'rows.parquet', 'rows.h5']) await writeRows(path(name), [rows], wide);
  await writeRows(path('more.npy'), [rowsOf(ROWS / 5)], wide);
  await writeRows(path('weights.npy'), [Float64Array.from({ length: ROWS }, () => uniformFloat64(random))]);
  await writeRows(
    path('far.npy'),
    [Float64Array.from({ length: 8 * COLUMNS }, (_, at) => (at < COLUMNS ? 0 : 1000 + at))],
    wide,
  );
  const lines = Array.from({ length: ROWS }, (_, n) => [...rows.subarray(n * COLUMNS, (n + 1) * COLUMNS)]);
  writeFileSync(path('rows.csv.gz'), gzipSync(lines.map((line) => `${line.join()}\n`).join('')));
  const holes = lines.map((line, n) => line.map((cell, j) => ((n + j) % 9 === 0 ? '' : cell)).join());
  writeFileSync(path('holes.csv'), `${holes.join('\n')}\n`);
  writeArchive(path, lines);
  copyFileSync(new URL('../speech/wav/pcm16.wav', import.meta.url), path('sound.wav'));
}

/**
 * An archive of three utterances as text, and its index.
 *
 * @param {(name: string) => string} path
 * @param {readonly (readonly number[])[]} lines
 */
function writeArchive(path, lines) {
  let text = '';
  const index = [];
  const each = Math.ceil(lines.length / 3);
  for (let utterance = 0; utterance < 3; utterance++) {
    const head = `u${utterance} `;
    index.push(`u${utterance} ${path('rows.ark')}:${text.length + head.length}`);
    const body = lines.slice(utterance * each, (utterance + 1) * each).map((line) => line.join(' '));
    text += `${head} [\n${body.join('\n')} ]\n`;
  }
  writeFileSync(path('rows.ark'), text);
  writeFileSync(path('rows.scp'), `${index.join('\n')}\n`);
}
