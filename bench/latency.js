// How long from a row in to its result out, when rows arrive one at a time, and how many rows a second when they come as
// fast as they are taken? Through model.scorer(), on one thread; seeded synthetic data, diagonal covariances, models in turns.
//   node bench/latency.js [--rows 2000] [--flood 20000] [--rounds 4] [--components 100,2048] [--kernel auto|blas|wasm|js]
import { once } from 'node:events';
import { cpus } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GaussianMixture, openData } from 'megamix';
import { checkComputing } from '../dist/kernels/index.js';
import { syntheticMixture } from './data.js';

const DIMENSIONS = 39;
const TOP = 5;
const WINDOW = 100;
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000' },
    flood: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '4' },
    components: { type: 'string', default: '100,2048' },
    kernel: { type: 'string', default: 'auto' },
  },
});
const [count, flood, rounds] = [values.rows, values.flood, values.rounds].map(Number);
const options = {
  .../** @type {import('megamix').ComputeOptions} */ ({ kernel: values.kernel }),
  top: TOP,
  window: WINDOW,
};
const source = await openData(await syntheticMixture(flood, DIMENSIONS));
/** @type {Float64Array[]} */ const rows = [];
for await (const { data } of source) {
  for (let at = 0; at < data.length; at += DIMENSIONS) rows.push(Float64Array.from(data.subarray(at, at + DIMENSIONS)));
}

const subjects = [];
for (const components of values.components.split(',').map(Number)) {
  const estimator = new GaussianMixture({ components, covariance: 'diagonal', init: 'random', iterations: 1 });
  const model = await estimator.fit(source);
  /** @type {number[]} */ const latencies = [];
  /** @type {number[]} */ const speeds = [];
  await singly(model, Math.ceil(count / rounds)); // warms up
  await flooded(model, rows.slice(0, 2000));
  subjects.push({ components, model, latencies, speeds });
}
for (let round = 0; round < rounds; round++) {
  for (const { model, latencies, speeds } of subjects) {
    latencies.push(...(await singly(model, Math.ceil(count / rounds))));
    speeds.push(await flooded(model, rows));
  }
}
console.log(`${cpus()[0]?.model.trim()}, Node ${process.version}, kernel ${checkComputing(options).kernel}\n`);
console.log('| K | rows | median, ms | 99th percentile, ms | longest, ms | flooded, rows/s | spread |');
console.log('|--:|--:|--:|--:|--:|--:|--:|');
for (const { components, latencies, speeds } of subjects) {
  latencies.sort((a, b) => a - b);
  speeds.sort((a, b) => a - b);
  const at = (/** @type {number[]} */ sorted, /** @type {number} */ part) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  const times = [at(latencies, 0.5), at(latencies, 0.99), at(latencies, 1)].map((ms) => ms.toFixed(3));
  const spread = (100 * (at(speeds, 1) - at(speeds, 0))) / at(speeds, 0.5);
  const speed = Math.round(at(speeds, 0.5)).toLocaleString('en-US');
  console.log(`| ${[components, latencies.length, ...times, speed, `${spread.toFixed(0)} %`].join(' | ')} |`);
}

/**
 * Milliseconds from each row's write to its result, the next being written only after it.
 *
 * @param {import('megamix').MixtureModel} model
 * @param {number} number
 */
async function singly(model, number) {
  const scorer = model.scorer(options);
  /** @type {number[]} */ const latencies = [];
  let arrived = 0;
  scorer.on('data', () => (arrived = performance.now()));
  for (let n = 0; n < number; n++) {
    const result = once(scorer, 'data');
    const began = performance.now();
    scorer.write(rows[n % rows.length]);
    await result;
    latencies.push(arrived - began);
    await setImmediate();
  }
  scorer.destroy();
  return latencies;
}

/**
 * Rows a second when each is there before it is asked for.
 *
 * @param {import('megamix').MixtureModel} model
 * @param {Float64Array[]} some
 */
async function flooded(model, some) {
  let seen = 0;
  const began = performance.now();
  await pipeline(some, model.scorer(options), async (results) => {
    for await (const _ of results) seen++;
  });
  if (seen !== some.length) throw new Error(`${seen} results of ${some.length} rows`);
  return (1000 * seen) / (performance.now() - began);
}
