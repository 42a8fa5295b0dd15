// How long does it take to read every row of a file, format by format? With --against, beside another build of the project, turns interleaved.
//   node bench/reading.js [--data FILE] [--repeats 9] [--formats npy,csv] [--against ../other/dist]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as megamix from 'megamix';

/** @typedef {{ openData: typeof megamix.openData }} Build */

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data/speech-en.npy' },
    repeats: { type: 'string', default: '9' },
    against: { type: 'string' },
    formats: { type: 'string', default: 'npy,csv,tsv,txt,jsonl,h5,ark,htk,parquet,arrow' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'megamix-reading-'));
try {
  await compare();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare() {
  /** @type {Build | undefined} */
  const other = values.against && (await import(join(process.cwd(), values.against, 'index.js')));
  console.log(other ? '| format | before, ms | now, ms | ratio |' : '| format | ms |');
  console.log(other ? '|---|--:|--:|--:|' : '|---|--:|');
  for (const path of files()) {
    const [now, before] = await times(path, other);
    const name = path.slice(folder.length + 1);
    console.log(
      `| ${[name, ...(before ? [before.toFixed(0)] : []), now.toFixed(0), ...(before ? [`${(now / before).toFixed(2)}×`] : [])].join(' | ')} |`,
    );
  }
}

/** The same rows in each format. */
function files() {
  const formats = values.formats.split(',');
  const text = formats.includes('txt') || formats.includes('csv') ? readFileSync(convert('csv'), 'utf8') : '';
  return formats.flatMap((format) => {
    if (format === 'txt') return [write('rows.txt', text.replaceAll(',', ' '))];
    if (format !== 'csv') return [convert(format)];
    const compressed = values.against ? [] : [write('rows.csv.gz', gzipSync(text))]; // other builds may not read it
    return [join(folder, 'rows.csv'), write('crlf.csv', text.replaceAll('\n', '\r\n')), ...compressed];
  });
}

/** @param {string} format */
function convert(format) {
  const path = join(folder, `rows.${format}`);
  const { status, stderr } = spawnSync('node', ['dist/cli/main.js', 'convert', values.data, path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

/**
 * @param {string} name
 * @param {string | Buffer} contents
 */
function write(name, contents) {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

/**
 * The shortest times of this build, and of the other one.
 *
 * @param {string} path
 * @param {Build | undefined} other
 */
async function times(path, other) {
  let [now, before] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let repeat = 0; repeat <= Number(values.repeats); repeat++) {
    const own = await read(path, megamix);
    const others = other && (await read(path, other));
    if (repeat === 0) continue; // warms up
    now = Math.min(now, own);
    if (others !== undefined) before = Math.min(before, others);
  }
  return other ? [now, before] : [now];
}

/**
 * @param {string} path
 * @param {Build} build
 */
async function read(path, build) {
  const began = performance.now();
  const source = await build.openData(path);
  for await (const _ of source);
  await source.close();
  return performance.now() - began;
}
