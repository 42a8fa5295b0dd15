// What do many short files cost? The same second of sound, thousands of times as WAV files, scored and predicted through the command line, beside the same
// frames from one .npy; the front end's own time is that of one long WAV file of as much sound. Wall time, the median of `--repeats` runs (default 3).
//   node bench/parts.js --files 10000
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wav } from './wav.js';

const RATE = 8000;
const FRAMES = 98;
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    repeats: { type: 'string', default: '3' },
    components: { type: 'string', default: '64' },
  },
});
const [files, repeats] = [Number(values.files), Number(values.repeats)];
const directory = mkdtempSync(join(tmpdir(), 'parts-'));
const main = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
try {
  mkdirSync(join(directory, 'wav'));
  for (let i = 0; i < files; i++) {
    writeFileSync(join(directory, 'wav', `u${String(i).padStart(6, '0')}.wav`), wav(sound(i, RATE), RATE));
  }
  writeFileSync(join(directory, 'one.wav'), wav(sound(0, ((FRAMES - 1) * files * RATE) / 100 + 200), RATE));
  const { components } = values;
  megamix('features', 'wav/*.wav', '-o', 'all.npy');
  megamix(
    'fit',
    'wav/u0000*.wav',
    '--model',
    'gmm',
    '--covariance',
    'diagonal',
    '--components',
    components,
    '--iterations',
    '2',
    '-o',
    'gmm.h5',
  );
  const frontEnd = time('features', 'one.wav', '-o', 'one.npy') - time('convert', 'one.npy', 'two.npy');
  console.log(`${files} files of ${FRAMES} frames; the front end alone: ${frontEnd.toFixed(1)} s`);
  console.log('| command | one .npy | .wav files | .npy and front end, of the files |');
  console.log('|---|--:|--:|--:|');
  for (const [name, args, output] of /** @type {const} */ ([
    ['score', ['score', 'gmm.h5'], []],
    ['score --per-utterance', ['score', 'gmm.h5'], ['--per-utterance', '-o', 'scores.csv']],
    ['predict -o labels.ark', ['predict', 'gmm.h5'], ['-o', 'labels.ark']],
    ['predict --as resp -o resp.ark', ['predict', 'gmm.h5'], ['--as', 'resp', '-o', 'resp.ark']],
  ])) {
    const one = time(...args, 'all.npy', ...output);
    const many = time(...args, 'wav/*.wav', ...output);
    const share = Math.round((100 * (one + frontEnd)) / many);
    console.log(`| ${name} | ${one.toFixed(1)} s | ${many.toFixed(1)} s | ${share} % |`);
  }
} finally {
  rmSync(directory, { recursive: true });
}

/** @param {string[]} args */
function megamix(...args) {
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** @param {string[]} args */
function time(...args) {
  const seconds = Array.from({ length: repeats }, () => {
    const began = performance.now();
    megamix(...args);
    return (performance.now() - began) / 1000;
  });
  return seconds.sort((a, b) => a - b)[repeats >> 1] ?? Number.NaN;
}

/** @param {number} seed @param {number} count */
function sound(seed, count) {
  let state = seed;
  return Int16Array.from({ length: count }, (_, k) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return 3000 * Math.sin(k / (3 + (seed % 7))) * Math.sin(k / 900) + (state >> 20);
  });
}
