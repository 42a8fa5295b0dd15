// Stops when rows that the model never learns from gain nothing for three iterations; the best model by those is returned.
import { fileURLToPath } from 'node:url';
import { openData, partition, VariationalGaussianMixture } from 'megamix';

const speech = await openData(fileURLToPath(new URL('../data/speech-en.npy', import.meta.url)));
// Neighbouring frames are alike: whole blocks of 500 are held out, every fourth one.
const [training, heldOut] = partition(speech, (row) => Math.floor(row / 500) % 4 === 3);

const model = await new VariationalGaussianMixture({
  components: 24,
  covariance: 'diagonal',
  patience: 2,
}).fit(training, {
  heldOut,
  onIteration: ({ iteration, heldOutCriterion, gain }) => {
    if (iteration % 5 === 0) console.log(iteration, heldOutCriterion?.toFixed(1), gain?.toFixed(4) ?? '');
  },
});
console.log(`stopped by ${model.stopReason}; the model after iteration ${model.iterations} is the best`);
