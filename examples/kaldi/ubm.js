// From speech to a background model that Kaldi reads, and log-likelihoods of utterances as an independent reader computes them.
//   node examples/kaldi/ubm.js [FOLDER to keep the files in]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logLikelihood, readArchive, readDiagGmm } from './reader.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'megamix-kaldi-'));
const file = (/** @type {string} */ name) => join(folder, name);

/** Runs a command, and gives what it prints. @param {string[]} args */
function megamix(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

try {
  const recordings = ['en', 'es'].flatMap((language) =>
    readdirSync(join(root, 'data/wav', language)).map(
      (name) => `${language}-${parse(name).name} data/wav/${language}/${name}`,
    ),
  );
  writeFileSync(file('wav.scp'), `${recordings.join('\n')}\n`);
  megamix('features', file('wav.scp'), '--deltas', '2', '-o', `ark,scp:${file('feats.ark')},${file('feats.scp')}`);
  const fit = ['--model', 'gmm', '--covariance', 'diagonal', '--components', '64', '--max-iterations', '15', '--quiet'];
  megamix('fit', file('feats.scp'), ...fit, '-o', file('ubm.h5'));
  megamix('export', file('ubm.h5'), '-o', file('final.dubm'));

  megamix('predict', file('ubm.h5'), file('feats.scp'), '--as', 'log-prob', '-o', file('log-prob.ark'));
  const lines = megamix('score', file('ubm.h5'), file('feats.scp'), '--per-utterance', '--json').trim().split('\n');
  const scores = new Map(lines.map((line) => [JSON.parse(line).name, JSON.parse(line)]));
  const perFrame = new Map(readArchive(readFileSync(file('log-prob.ark'))).map(({ key, rows }) => [key, rows.flat()]));

  const components = readDiagGmm(readFileSync(file('final.dubm')));
  let [frames, total, worst] = [0, 0, 0];
  for (const { key, rows } of readArchive(readFileSync(file('feats.ark')))) {
    const [score, ours] = [scores.get(key), perFrame.get(key) ?? []];
    let [sum, rounding] = [0, 0];
    for (const [n, frame] of rows.entries()) {
      const independent = logLikelihood(components, frame);
      sum += independent.value;
      rounding += independent.rounding;
      worst = Math.max(worst, Math.abs(independent.value - (ours[n] ?? Number.NaN)) / independent.rounding);
    }
    console.log(
      `${key}: ${rows.length} frames, log-likelihood a frame ${score.logProbPerRow.toFixed(5)}, of final.dubm ${(sum / rows.length).toFixed(5)}`,
    );
    if (score.frames !== rows.length || !(Math.abs(score.logProb - sum) <= rounding))
      throw new Error(`${key}: ${JSON.stringify(score)}, but ${sum} by final.dubm`);
    [frames, total] = [frames + rows.length, total + sum];
  }
  console.log(`all: ${frames} frames, log-likelihood a frame of final.dubm ${(total / frames).toFixed(6)}`);
  console.log(`largest difference of a frame: ${worst.toFixed(3)} of what single precision allows`);
  if (!(worst <= 1)) process.exitCode = 1;
} finally {
  if (!process.argv[2]) rmSync(folder, { recursive: true });
}
