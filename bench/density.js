// How much longer than the log normaliser of the E-step does the density of a variational model take? For every covariance type,
// turns interleaved; best of the turns, as other work on the machine only ever makes one slower.
//   node bench/density.js --data FILE [--components 100,512] [--threads 1,2] [--kernels blas,wasm] [--repeats 5]
import { parseArgs } from 'node:util';
import { VariationalGaussianMixture } from 'megamix';

/** @typedef {import('megamix').MixtureModel} Model */

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data/speech-en.npy' },
    components: { type: 'string', default: '100,512' },
    threads: { type: 'string', default: '1,2' },
    kernels: { type: 'string', default: 'blas,wasm' },
    repeats: { type: 'string', default: '5' },
  },
});
const covariances = /** @type {const} */ (['full', 'diagonal', 'spherical', 'tied']);

/** @type {Record<string, (model: Model, options: import('megamix').ComputeOptions) => Promise<unknown>>} */
const turns = {
  normaliser: (model, options) => drain(model.logNormalisers(values.data, options)),
  density: (model, options) => drain(model.logProbabilities(values.data, options)),
  score: (model, options) => model.score(values.data, options),
};

console.log('| covariance | K | kernel | threads | log normaliser, s | density, s | ratio | score (both), s |');
console.log('|---|--:|---|--:|--:|--:|--:|--:|');
for (const components of values.components.split(',').map(Number)) {
  for (const covariance of covariances) {
    const settings = { components, covariance, init: /** @type {const} */ ('random'), iterations: 3, seed: 1 };
    const model = await new VariationalGaussianMixture(settings).fit(values.data);
    for (const kernel of values.kernels.split(',')) {
      for (const threads of values.threads.split(',').map(Number)) await row(model, kernel, threads);
    }
  }
}

/**
 * @param {Model} model
 * @param {string} kernel
 * @param {number} threads
 */
async function row(model, kernel, threads) {
  const options = { kernel: /** @type {'blas'} */ (kernel), threads };
  /** @type {Record<string, number>} */
  const best = {};
  for (let repeat = 0; repeat <= Number(values.repeats); repeat++) {
    for (const [name, turn] of Object.entries(turns)) {
      const began = performance.now();
      await turn(model, options);
      const seconds = (performance.now() - began) / 1000;
      if (repeat > 0) best[name] = Math.min(best[name] ?? seconds, seconds); // the first warms up
    }
  }
  const { normaliser = 0, density = 0, score = 0 } = best;
  const times = [normaliser.toFixed(3), density.toFixed(3), `${(density / normaliser).toFixed(2)}×`, score.toFixed(3)];
  console.log(`| ${[model.covarianceType, model.components, kernel, threads, ...times].join(' | ')} |`);
}

/** @param {AsyncIterable<unknown>} runs */
async function drain(runs) {
  for await (const _ of runs);
}
