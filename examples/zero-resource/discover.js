// Units of speech found without a word of text: WAV files become MFCCs, a Dirichlet-process mixture, and its posteriorgrams, which are
// compared with the MFCCs by the ABX error across two voices.
//   node examples/zero-resource/discover.js [FOLDER to keep the files in]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { abxError, cosine, divergence, readH5features } from './abx.js';
import { writeFaster } from './voices.js';

/** The second voice is so many times as fast. */
const FACTOR = 1.2;
/** Of a piece of speech. */
const SECONDS = 0.15;
const TRIPLES = 1500;
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'megamix-zero-resource-'));
const file = (/** @type {string} */ name) => join(folder, name);

/** Runs a command. @param {string[]} args */
function megamix(...args) {
  console.log(`megamix ${args.join(' ').replaceAll(folder, '.')}`);
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** Numbers in [0, 1), always the same. @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

try {
  mkdirSync(file('wav'), { recursive: true });
  const recordings = writeFaster(join(root, 'data/wav/en'), file('wav'), FACTOR);
  const wavs = file('wav/*.wav');
  const frontEnd = ['--deltas', '2', '--normalisation', 'mean-variance'];
  const fit = ['--model', 'dpgmm', '--components', '64', '--covariance', 'diagonal', '--max-iterations', '30'];
  megamix('features', wavs, '--deltas', '2', '-o', file('mfcc.h5f'));
  megamix('features', wavs, ...frontEnd, '-o', file('normalised.h5f'));
  megamix('fit', wavs, ...frontEnd, ...fit, '--quiet', '-o', file('dpgmm.h5'));
  megamix('predict', file('dpgmm.h5'), wavs, '--as', 'resp', '-o', file('posteriors.h5f'));

  const mfcc = await readH5features(file('mfcc.h5f'));
  const random = generator(1);
  /** Speech begins and ends where frames are loud. */
  const isSpeech = (/** @type {string} */ name, /** @type {number} */ start) => {
    const { times, frames } = /** @type {any} */ (mfcc.get(name));
    const loudness = frames.map((/** @type {Float64Array} */ frame) => frame[0]);
    const level = [...loudness].sort((a, b) => a - b)[Math.floor(loudness.length / 3)];
    return loudness.every(
      (/** @type {number} */ value, /** @type {number} */ n) =>
        times[n] < start || times[n] > start + SECONDS || value > level,
    );
  };
  /** @type {{ name: string, a: number, b: number }[]} */
  const places = [];
  while (places.length < TRIPLES) {
    const { name, seconds } = /** @type {{ name: string, seconds: number }} */ (
      recordings[Math.floor(random() * recordings.length)]
    );
    const [a, b] = [random() * (seconds - SECONDS), random() * (seconds - SECONDS)];
    if (Math.abs(a - b) > SECONDS && isSpeech(name, a) && isSpeech(name, b)) places.push({ name, a, b });
  }
  /** @param {typeof mfcc} features */
  const triplesOf = (features) =>
    places.map(({ name, a, b }) => {
      const piece = (/** @type {string} */ item, /** @type {number} */ start, /** @type {number} */ end) => {
        const { times, frames } = /** @type {any} */ (features.get(item));
        return frames.filter(
          (/** @type {Float64Array} */ _, /** @type {number} */ n) => times[n] >= start && times[n] <= end,
        );
      };
      return {
        a: piece(name, a, a + SECONDS),
        b: piece(name, b, b + SECONDS),
        x: piece(`${name}-faster`, a / FACTOR, (a + SECONDS) / FACTOR),
      };
    });
  const features = /** @type {const} */ ([
    ['MFCC', 'mfcc.h5f', cosine],
    ['MFCC, normalised', 'normalised.h5f', cosine],
    ['posteriorgrams', 'posteriors.h5f', divergence],
  ]);
  console.log(`ABX error across voices, of ${TRIPLES} triples`);
  const errors = [];
  for (const [title, name, distance] of features) {
    const error = abxError(triplesOf(await readH5features(file(name))), distance);
    errors.push(error);
    console.log(`  ${title}: ${error.toFixed(1)} %`);
  }
  const [raw = 0, , found = 100] = errors;
  if (!(found < raw)) process.exitCode = 1;
} finally {
  if (!process.argv[2]) rmSync(folder, { recursive: true });
}
