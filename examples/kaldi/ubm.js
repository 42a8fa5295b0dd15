// From speech to a background model that Kaldi reads, and log-likelihoods of utterances as an independent reader computes them.
//   node examples/kaldi/ubm.js [FOLDER to keep the files in]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  megamix('features', 'data/wav/*/*.wav', '--deltas', '2', '-o', file('feats.ark'));
  const utterances = readArchive(readFileSync(file('feats.ark')));
  const lines = utterances.map(({ key, offset }) => `${key} ${file('feats.ark')}:${offset}\n`);
  writeFileSync(file('feats.scp'), lines.join(''));

  const fit = ['--model', 'gmm', '--covariance', 'diagonal', '--components', '64', '--max-iterations', '15', '--quiet'];
  megamix('fit', file('feats.scp'), ...fit, '-o', file('ubm.h5'));
  megamix('export', file('ubm.h5'), '-o', file('final.dubm'));

  megamix('predict', file('ubm.h5'), file('feats.scp'), '--as', 'log-prob', '-o', file('log-prob.csv'));
  const { rows, logProbPerRow } = JSON.parse(megamix('score', file('ubm.h5'), file('feats.scp'), '--json'));
  const ours = readFileSync(file('log-prob.csv'), 'utf8').trim().split('\n').map(Number);

  const components = readDiagGmm(readFileSync(file('final.dubm')));
  let [frames, total, worst] = [0, 0, 0];
  for (const { key, rows } of utterances) {
    const mine = ours.slice(frames, frames + rows.length);
    let [sum, share] = [0, 0];
    for (const [n, frame] of rows.entries()) {
      const { value, rounding } = logLikelihood(components, frame);
      sum += value;
      share = Math.max(share, Math.abs(value - (mine[n] ?? Number.NaN)) / rounding);
    }
    const mean = mine.reduce((all, value) => all + value, 0) / rows.length;
    console.log(
      `${key}: ${rows.length} frames, log-likelihood a frame ${mean.toFixed(5)}, of final.dubm ${(sum / rows.length).toFixed(5)}`,
    );
    [frames, total, worst] = [frames + rows.length, total + sum, Math.max(worst, share)];
  }
  console.log(
    `all: ${frames} frames, megamix score ${logProbPerRow.toFixed(6)}, of final.dubm ${(total / frames).toFixed(6)}`,
  );
  console.log(`largest difference of a frame: ${worst.toFixed(3)} of what single precision allows`);
  if (!(worst <= 1) || rows !== frames || !(Math.abs(logProbPerRow - total / frames) < 1e-4)) process.exitCode = 1;
} finally {
  if (!process.argv[2]) rmSync(folder, { recursive: true });
}
