// How fast does sound become rows? Ten minutes of noise as a WAV file, front end by default; the median of five readings, by time of the processor.
//   node bench/sound.js
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openData } from 'megamix';
import { wav } from './wav.js';

const SECONDS = 600;
const directory = mkdtempSync(join(tmpdir(), 'sound-'));
console.log('| sound | front end | frames/s | times real time |');
console.log('|---|---|--:|--:|');
try {
  for (const sampleRate of [8000, 16000]) {
    const path = join(directory, `${sampleRate}.wav`);
    writeFileSync(path, noise(sampleRate));
    for (const deltas of [0, 2]) await measure(path, sampleRate, deltas);
  }
} finally {
  rmSync(directory, { recursive: true });
}

/** @param {string} path @param {number} sampleRate @param {number} deltas */
async function measure(path, sampleRate, deltas) {
  const source = await openData(path, { frontEnd: { deltas } });
  const speeds = [];
  for (let repeat = 0; repeat < 5; repeat++) {
    const began = processorSeconds();
    let rows = 0;
    for await (const chunk of source) rows += chunk.rows;
    speeds.push(rows / (processorSeconds() - began));
  }
  const median = speeds.sort((a, b) => a - b)[2] ?? Number.NaN;
  const cells = [
    `${sampleRate / 1000} kHz`,
    `${source.dimensions} numbers`,
    Math.round(median),
    Math.round(median / 100),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @param {number} sampleRate */
function noise(sampleRate) {
  const samples = new Int16Array(SECONDS * sampleRate);
  let state = 1;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    samples[i] = state >> 18;
  }
  return wav(samples, sampleRate);
}
