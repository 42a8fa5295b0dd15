// Which share of the machine's dgemm peak does a whole pass of EM reach, counted as if all of it were two dense products of
// matrices, Φ(X) Θ and Rᵀ Φ(X)? More than 100 % is possible, as most of the work is in floats or left out.
//   node bench/peak.js [--data FILE.npy] [--components 100,512] [--threads 1,2]
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { GaussianMixture } from 'megamix';
import { findBlas } from '../dist/kernels/blas-library.js';
import { benchData, startMeans } from './peers/data.js';

const SIZE = 2000;
const PASSES = 3;
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    components: { type: 'string', default: '100,512' },
    threads: { type: 'string', default: '1,2' },
  },
});
const { blas } = findBlas();
if (!blas) throw new Error('no BLAS library was found');
const data = await benchData(values.data, Number.POSITIVE_INFINITY);
const { rows, dimensions, files } = data;
const features = (dimensions * (dimensions + 3)) / 2 + 1;
console.log(`${rows.toLocaleString('en-US')} rows × ${dimensions}, GMM full, f64, ${blas.path}\n`);
console.log('| K | threads | seconds a pass | GF/s, as if dense | dgemm of 2000 × 2000, GF/s | share |');
console.log('|--:|--:|--:|--:|--:|--:|');
for (const threads of values.threads.split(',').map(Number)) {
  const peak = await dgemm(threads);
  for (const components of values.components.split(',').map(Number)) {
    const means = await startMeans(data, components);
    /** @type {number[]} */ const ends = [];
    await new GaussianMixture({ init: { means }, iterations: PASSES + 1 }).fit(files, {
      threads,
      kernel: 'blas',
      onIteration: () => ends.push(performance.now()),
    });
    const each = ends.slice(1, -1).map((end, i) => (end - ends[i]) / 1000);
    const seconds = each.toSorted((a, b) => a - b)[Math.floor(each.length / 2)];
    const reached = (4 * rows * features * components) / seconds / 1e9;
    const cells = [components, threads, seconds.toPrecision(3), reached.toFixed(0), peak.toFixed(0)];
    console.log(`| ${cells.join(' | ')} | ${((100 * reached) / peak).toFixed(0)} % |`);
  }
}

/**
 * The fastest of some products, on so many threads at once; GF/s of all.
 *
 * @param {number} threads
 */
async function dgemm(threads) {
  const script = `
    const { parentPort } = require('node:worker_threads');
    import('${new URL('../dist/kernels/blas-library.js', import.meta.url)}').then(({ findBlas }) => {
      const n = ${SIZE};
      const [a, b, c] = [0, 1, 2].map(() => new Float64Array(n * n).fill(0.5));
      const { multiply } = findBlas().blas.doubles;
      let best = Infinity;
      for (let i = 0; i < 5; i++) {
        const began = performance.now();
        multiply(n, n, n, a, n, b, n, c, n);
        best = Math.min(best, performance.now() - began);
      }
      parentPort.postMessage((2 * n ** 3) / best / 1e6);
    });`;
  const speeds = Array.from({ length: threads }, () => {
    const worker = new Worker(script, { eval: true });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  return (await Promise.all(speeds)).reduce((sum, speed) => sum + speed, 0);
}
