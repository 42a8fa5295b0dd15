// One fit in a process of its own: seconds of its passes, and the most memory it took. Prints one line of JSON.
import { GaussianMixture, KMeans, openData } from 'megamix';
import { peakMemoryBytes } from '../../dist/util/peak-memory.js';

/**
 * @typedef {object} Fit
 * @property {'gmm' | 'kmeans'} model
 * @property {string} file
 * @property {number} components
 * @property {number} threads
 * @property {string} kernel
 * @property {number} passes that are timed, after a first one that warms up
 * @property {string} [warmUp] then `file` comes from standard input, where there is one pass only: another to warm up with
 */

/** @type {Fit} */
const fit = JSON.parse(process.argv[2] ?? '');
const compute = /** @type {import('megamix').ComputeOptions} */ ({ threads: fit.threads, kernel: fit.kernel });

const seconds = fit.warmUp ? await timePipe(fit.warmUp) : await timePasses(fit.file, fit.passes);
process.stdout.write(JSON.stringify({ seconds, peakMegabytes: peakMemoryBytes() / 1e6 }));

/** @param {import('megamix').KMeansSettings} settings */
function estimator(settings) {
  return fit.model === 'kmeans' ? new KMeans(settings) : new GaussianMixture(settings);
}

/**
 * @param {string} file
 * @param {number} passes
 */
async function timePasses(file, passes) {
  const stop = new AbortController();
  /** @type {number[]} */ const ends = [];
  const settings = /** @type {const} */ ({ components: fit.components, init: 'random', iterations: passes + 1 });
  await estimator(settings).fit(file, {
    ...compute,
    signal: stop.signal,
    onIteration: () => {
      ends.push(performance.now());
      if (ends.length > passes) stop.abort(); // the pass that would only evaluate is not needed
    },
  });
  const each = ends.slice(1).map((end, i) => (end - (ends[i] ?? 0)) / 1000);
  return each.sort((a, b) => a - b)[Math.floor((each.length - 1) / 2)] ?? Number.NaN;
}

/**
 * The first pass over a pipe, which also keeps the rows for those that would follow.
 *
 * @param {string} warmUp
 */
async function timePipe(warmUp) {
  await timePasses(warmUp, 1);
  const stop = new AbortController();
  const means = await firstRows(warmUp);
  const began = performance.now();
  let ended = began;
  await estimator({ init: { means }, iterations: 1 }).fit(process.stdin, {
    ...compute,
    format: 'npy',
    signal: stop.signal,
    onIteration: () => {
      ended = performance.now();
      stop.abort();
    },
  });
  return (ended - began) / 1000;
}

/** @param {string} file */
async function firstRows(file) {
  const source = await openData(file);
  for await (const { data, dimensions } of source) {
    await source.close();
    return { data: Float64Array.from(data.subarray(0, fit.components * dimensions)), dimensions };
  }
  throw new Error(`${file} is empty`);
}
