// How long is a pass over the data, from disk, and how much memory does a fit take? For every model and number of rows,
// each in a process of its own. The first pass warms up, the second is told, the third only evaluates.
//   node bench/fit.js [--quick]
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import {
  DPVariationalGaussianMixture,
  GaussianMixture,
  KMeans,
  PYPVariationalGaussianMixture,
  VariationalGaussianMixture,
} from 'megamix';
import { checkComputing } from '../dist/kernels/index.js';
import { peakMemoryBytes } from '../dist/util/peak-memory.js';
import { syntheticMixture } from './data.js';

const DIMENSIONS = 39;
const COMPONENTS = 100;
const ITERATIONS = 2;
const common = /** @type {const} */ ({ components: COMPONENTS, init: 'random', iterations: ITERATIONS });

/** @type {Record<string, () => import('megamix').Estimator>} */
const estimators = {
  kmeans: () => new KMeans(common),
  'gmm full': () => new GaussianMixture({ ...common, covariance: 'full' }),
  'gmm diagonal': () => new GaussianMixture({ ...common, covariance: 'diagonal' }),
  'gmm spherical': () => new GaussianMixture({ ...common, covariance: 'spherical' }),
  'gmm tied': () => new GaussianMixture({ ...common, covariance: 'tied' }),
  'gmm tied-diagonal': () => new GaussianMixture({ ...common, covariance: 'tied-diagonal' }),
  'gmm tied-spherical': () => new GaussianMixture({ ...common, covariance: 'tied-spherical' }),
  'vbgmm full': () => new VariationalGaussianMixture(common),
  'dpgmm full': () => new DPVariationalGaussianMixture(common),
  'pypgmm full': () => new PYPVariationalGaussianMixture(common),
};

const [flag, name, path] = process.argv.slice(2);
if (flag === '--one' && name && path) process.stdout.write(JSON.stringify(await measure(name, path)));
else await table(flag === '--quick' ? [10_000] : [100_000, 1_000_000]);

/** @param {number[]} sizes */
async function table(sizes) {
  const { kernel, threads } = checkComputing({});
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}; kernel ${kernel}, ${threads} threads`,
  );
  console.log(`rows from disk (float32 .npy) × ${DIMENSIONS}, K = ${COMPONENTS}\n`);
  console.log('| model | rows | seconds a pass | rows/s | to the first pass, s | peak memory, MB |');
  console.log('|---|--:|--:|--:|--:|--:|');
  for (const rows of sizes) {
    const file = await syntheticMixture(rows, DIMENSIONS);
    for (const model of Object.keys(estimators)) {
      const args = [process.argv[1] ?? '', '--one', model, file];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      const { secondsPerPass, secondsToFirstPass, peakMegabytes } = JSON.parse(stdout);
      const speed = Math.round(rows / secondsPerPass).toLocaleString('en-US');
      const cells = [
        model,
        rows.toLocaleString('en-US'),
        secondsPerPass.toFixed(2),
        speed,
        secondsToFirstPass.toFixed(1),
      ];
      console.log(`| ${cells.join(' | ')} | ${Math.round(peakMegabytes)} |`);
    }
  }
}

/**
 * @param {string} model
 * @param {string} file
 */
async function measure(model, file) {
  const began = performance.now();
  /** @type {number[]} */
  const ends = [];
  let firstPassBegan = 0;
  await estimators[model]?.().fit(file, {
    onProgress: ({ stage }) => {
      if (stage === 'training') firstPassBegan ||= performance.now();
    },
    onIteration: () => ends.push(performance.now()),
  });
  const [first = 0, second = 0] = ends;
  return {
    secondsPerPass: (second - first) / 1000,
    secondsToFirstPass: (firstPassBegan - began) / 1000,
    peakMegabytes: peakMemoryBytes() / 1e6,
  };
}
