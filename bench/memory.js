// Does memory grow with the data? A 1.6 GB .npy file (5,000,000 × 39 doubles) is made and fitted by the command line: one
// M-step of K-means and of a diagonal mixture. The file is removed again.
//   node bench/memory.js
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeRows } from 'megamix';

const ROWS = 5_000_000;
const DIMENSIONS = 39;
const LIMIT_MEGABYTES = 300;
const directory = mkdtempSync(join(import.meta.dirname, 'memory-'));
const data = join(directory, 'data.npy');
const main = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');

async function* generate() {
  const CHUNK = 20_000;
  for (let done = 0; done < ROWS; done += CHUNK) {
    const run = new Float64Array(CHUNK * DIMENSIONS);
    for (let n = 0, at = 0; n < CHUNK; n++) {
      const centre = 10 * ((done + n) % 16);
      for (let j = 0; j < DIMENSIONS; j++, at++) run[at] = Math.sin(centre + j) * 5 + Math.sin(at * 12.9898 + done) * 2;
    }
    yield run;
  }
}

try {
  await writeRows(data, generate(), { columns: DIMENSIONS });
  for (const model of [['kmeans'], ['gmm', '--covariance', 'diagonal']]) {
    const fit = [
      'fit',
      data,
      '--model',
      ...model,
      '--components',
      '16',
      '--init',
      'random',
      '--iterations',
      '1',
      '--json',
    ];
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...fit, '-o', join(directory, 'model.h5')], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const { rows, seconds, peakMemoryBytes } = JSON.parse(stdout);
    const megabytes = Math.round(peakMemoryBytes / 1e6);
    console.log(`${model.join(' ')}: ${rows} rows in ${seconds.toFixed(1)} s, ${megabytes} MB at the most`);
    if (megabytes > LIMIT_MEGABYTES) process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true });
}
