// Our side: the public API, reading from disk in every pass. A scoring or a whole fit starts its threads anew in every turn.
import { DPVariationalGaussianMixture, GaussianMixture, KMeans } from 'megamix';
import { passesFor, readSpec, serve, warmUpsFor } from './serve.js';

/** @typedef {import('megamix').MixtureModel} Model */

const LOG_PROBABILITIES = 10_000;
const spec = readSpec();
const { files, threads } = spec;
const compute = /** @type {import('megamix').ComputeOptions} */ ({
  threads,
  kernel: spec.kernel,
  precision: spec.precision,
});
const given = { init: { means: spec.means } };
/** How many passes a turn times: short ones are timed together. */
let passes = 1;
let warmUps = 1;
/** @type {Model} */ let model;
/** How the last whole fit ended. */
let ending = '';

const tasks = {
  passes: { warmUp: timePasses, pass: timePasses },
  score: { warmUp: () => timeScores([]), pass: () => timeScores() },
  fit: { warmUp: timeFit, pass: timeFit },
};
const task = tasks[spec.task];

await serve(
  async () => {
    const report = await estimator({ ...given, iterations: spec.steps }).fitWithReport(files, compute);
    model = report.model;
    if (spec.kernel !== 'auto' && report.kernel !== spec.kernel)
      throw new Error(`the kernel ${report.kernel} computed`);
    if (spec.task === 'score') {
      /** @type {number[]} */ const logProbabilities = [];
      await timeScores(logProbabilities);
      return { numbers: { logProbabilities } };
    }
    const seconds = await task.warmUp();
    if (spec.task === 'passes') {
      passes = passesFor(seconds);
      warmUps = warmUpsFor(seconds);
    }
    return { numbers: numbersOf(model), ...(ending && { note: ending }) };
  },
  () => task.pass(),
);

/** @param {import('megamix').KMeansSettings} settings */
function estimator(settings) {
  const { model, covariance } = spec;
  if (model === 'kmeans') return new KMeans(settings);
  return model === 'gmm'
    ? new GaussianMixture({ covariance, ...settings })
    : new DPVariationalGaussianMixture({ covariance, ...settings });
}

/**
 * Mean seconds of passes in the middle of a fit, which is ended when they are done. A mixture is fitted on from the model
 * that was compared; K-means, whose passes may get cheaper as it settles, starts anew, as the peers do.
 */
async function timePasses() {
  const anew = spec.model === 'kmeans';
  const before = Math.max(anew ? 1 : 0, warmUps);
  const settings = anew ? given : { init: model };
  const stop = new AbortController();
  /** @type {number[]} */ const ends = [];
  await estimator({ ...settings, iterations: before + passes + 1 }).fit(files, {
    ...compute,
    signal: stop.signal,
    onIteration: () => {
      ends.push(performance.now());
      if (ends.length > before + passes) stop.abort();
    },
  });
  const [began = 0, ended = 0] = [ends[before], ends[before + passes]];
  return (ended - began) / 1000 / passes;
}

/** @param {number[]} [kept] takes the first of them */
async function timeScores(kept) {
  const began = performance.now();
  for await (const chunk of model.logProbabilities(files, compute)) {
    if (kept && kept.length < LOG_PROBABILITIES) kept.push(...chunk.subarray(0, LOG_PROBABILITIES - kept.length));
  }
  return (performance.now() - began) / 1000;
}

async function timeFit() {
  const began = performance.now();
  const report = await estimator(given).fitWithReport(files, compute);
  const seconds = (performance.now() - began) / 1000;
  ending = `${report.iterations} M-steps, ended by ${report.model.stopReason}`;
  return seconds;
}

/** @param {Model} model */
function numbersOf(model) {
  const means = model.means.to1DArray();
  if (spec.model === 'kmeans') return { means };
  const each = Array.from({ length: model.components }, (_, k) => model.covariance(k));
  const covariances = each.flatMap((matrix) => (spec.covariance === 'full' ? matrix.to1DArray() : matrix.diagonal()));
  if (spec.model === 'dpgmm') return { means, covariances };
  return { means, covariances, weights: Array.from(model.logWeights, Math.exp) };
}
