// Does a process that runs for long stay as it is? Online fitting, scoring, fits that are cancelled and sources that fail go on side
// by side; every second it is noted what the process holds. Flat, or exit code 1.
//   node bench/soak.js [--minutes 60] [--csv FILE]
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { growthOf } from './soak/growth.js';
import { loads, prepare } from './soak/loads.js';
import { openFiles, Probe, quantities } from './soak/probe.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, csv: { type: 'string' } } });
const seconds = 60 * Number(values.minutes);
/** Code is compiled, heaps and pools find their size. */
const warmUp = Math.min(seconds / 2, 120);
const directory = mkdtempSync(join(tmpdir(), 'megamix-soak-'));
const temporary = mkdtempSync(join(directory, 'temporary-'));
process.env.TMPDIR = temporary;

try {
  await prepare(directory);
  const stop = new AbortController();
  /** @type {Map<string, number>} */ const done = new Map();
  const running = Object.entries(loads).map(async ([name, load]) => {
    for (done.set(name, 0); !stop.signal.aborted; done.set(name, (done.get(name) ?? 0) + 1)) await load(directory);
  });
  const failed = Promise.all(running);
  failed.catch(() => stop.abort());
  /** @type {import('./soak/probe.js').Sample[]} */ const samples = [];
  const probe = new Probe(temporary);
  const names = Object.keys(quantities);
  if (values.csv) writeFileSync(values.csv, `second,${names.join()}\n`);
  for (let second = 1; second <= seconds && !stop.signal.aborted; second++) {
    await setTimeout(1000);
    const sample = probe.sample();
    samples.push(sample);
    if (values.csv) appendFileSync(values.csv, `${second},${Object.values(sample).join()}\n`);
  }
  stop.abort();
  await failed;
  report(samples.slice(Math.floor(warmUp)), done);
  await setTimeout(2000);
  if (process.exitCode === 1) console.log(`\nopen after all has ended:\n${openFiles().join('\n')}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * @param {readonly import('./soak/probe.js').Sample[]} samples one a second
 * @param {ReadonlyMap<string, number>} done
 */
function report(samples, done) {
  console.log(
    `${seconds} s, the first ${Math.round(warmUp)} left out: ${[...done].map(([name, count]) => `${name} ${count}`).join(', ')}\n`,
  );
  console.log('| | least | mean | most | growth | ± 3 standard errors | allowed | |');
  console.log('|:--|--:|--:|--:|--:|--:|--:|:--|');
  for (const [name, { unit, allowed }] of Object.entries(quantities)) {
    const series = samples.map((sample) => /** @type {number} */ (sample[name]));
    const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
    const { growth, uncertainty } = growthOf(series);
    const limit = allowed(mean);
    const isFlat = growth - uncertainty <= limit;
    const cells = [Math.min(...series), mean, Math.max(...series), growth, uncertainty, limit].map((value) =>
      value.toFixed(1),
    );
    console.log(`| ${name}${unit && `, ${unit}`} | ${cells.join(' | ')} | ${isFlat ? 'flat' : '**grows**'} |`);
    if (!isFlat) process.exitCode = 1;
  }
}
