// What is compared with what: the rows of the table.
import { checkComputing } from '../../dist/kernels/index.js';

/**
 * What is computed, and with whom it is compared; `ours` is the same on one thread.
 *
 * @typedef {object} Comparison
 * @property {import('./side.js').Spec['task']} task
 * @property {import('./side.js').Spec['model']} model
 * @property {import('./side.js').Spec['covariance']} covariance
 * @property {number} components
 * @property {import('./side.js').Spec['precision']} precision
 * @property {string} kernel
 * @property {import('./install.js').PeerName | 'ours'} peer
 * @property {string} script of the peer
 * @property {number} [mostRows]
 * @property {number} [mostThreads] of the peer
 */

/** @typedef {Comparison & { what: string, threads: number[], targets: (number | undefined)[] }} Row */

const QUICK_COMPONENTS = 32;

/** @type {Comparison} */
const gmm = {
  ...{ task: 'passes', model: 'gmm', covariance: 'full', components: 100, precision: 'f64', kernel: 'wasm' },
  ...{ peer: 'scikit', script: 'scikit_mixture.py' },
};
/** @type {Comparison} */
const dpgmm = { ...gmm, model: 'dpgmm' };
/** @type {Comparison} */
const diagonal = { ...gmm, covariance: 'diagonal', components: 512 };
/** @type {Comparison} */
const single = { ...gmm, precision: 'f32' };
/** @type {Comparison} */
const kmeans = { ...gmm, model: 'kmeans', components: 1024, kernel: 'auto', script: 'scikit_kmeans.py' };
/** @type {Comparison} */
const faiss = { ...kmeans, precision: 'f32', peer: 'faiss', script: 'faiss_kmeans.py' };
/** @type {Comparison} */
const mlKmeans = { ...kmeans, peer: 'mlKmeans', script: 'ml-kmeans.js', mostThreads: 1 };
/** @type {Comparison} */
const fit = {
  ...{ ...dpgmm, task: 'fit', kernel: 'auto', mostRows: 10_000 },
  ...{ peer: 'megamix', script: 'megamix_fit.py' },
};

/**
 * Each with the ratios to reach on one thread and on two.
 *
 * @type {[Comparison, number?, number?][]}
 */
const comparisons = [
  [{ ...gmm, kernel: 'blas' }, 10, 15],
  [gmm, 4, 6],
  [{ ...dpgmm, kernel: 'blas' }, 9, 13],
  [dpgmm, 3.5, 5],
  [{ ...diagonal, kernel: 'blas' }, 4, 3.5],
  [diagonal, 2, 1.7],
  [{ ...single, kernel: 'blas' }, 10, 15],
  [single],
  [kmeans, 2, 2],
  [faiss],
  [mlKmeans],
  [{ ...kmeans, components: 100 }, 1.3, 1.3],
  [{ ...faiss, components: 100 }],
  [{ ...mlKmeans, components: 100 }],
  [{ ...gmm, task: 'score', kernel: 'auto' }, 7, 11],
  [fit, 5, 9],
  [{ ...gmm, kernel: 'auto', peer: 'spark', script: 'spark_mixture.py' }],
  [{ ...gmm, kernel: 'blas', peer: 'ours', script: 'ours.js' }],
  [{ ...gmm, peer: 'ours', script: 'ours.js' }],
];

/**
 * @param {object} options
 * @param {boolean} options.quick only scikit-learn, few components, no targets
 * @param {boolean} options.spark
 * @param {number[]} options.threads
 * @returns {Row[]}
 */
export function rowsOf({ quick, spark, threads }) {
  const seen = new Set();
  return comparisons
    .filter(([{ peer }]) => (peer === 'spark' ? spark : !quick || peer === 'scikit' || peer === 'ours'))
    .map(([comparison, ...targets]) => {
      const row = quick ? { ...comparison, components: QUICK_COMPONENTS } : comparison;
      const { peer, mostThreads = Number.POSITIVE_INFINITY } = row;
      const allowed = threads.filter((count) => count <= mostThreads && (peer !== 'ours' || count > 1));
      return { ...row, what: nameOf(row), threads: allowed, targets: quick ? [] : targets };
    })
    .filter(({ what, peer }) => !seen.has(`${what}, ${peer}`) && seen.add(`${what}, ${peer}`));
}

/** @param {Comparison} row */
function nameOf({ task, model, covariance, components, precision, kernel, mostRows }) {
  const name = { gmm: `GMM ${covariance}`, dpgmm: `DP-GMM ${covariance}`, kmeans: 'K-means' }[model];
  const how = { passes: '', score: ', scoring', fit: `, a fit of ${mostRows} rows` }[task];
  return `${name} K=${components}${how}, ${precision} ${kernel === 'auto' ? checkComputing({}).kernel : kernel}`;
}

/**
 * Why our side cannot compute this.
 *
 * @param {Comparison} comparison
 * @returns {string | undefined}
 */
export function refusal({ kernel, precision }) {
  try {
    checkComputing(/** @type {import('megamix').ComputeOptions} */ ({ kernel, precision }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
