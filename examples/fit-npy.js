// Fits a Gaussian mixture to an .npy file, which is read chunk by chunk in every pass, and labels its rows.
import { fileURLToPath } from 'node:url';
import { GaussianMixture } from 'megamix';

const speech = fileURLToPath(new URL('../data/speech-en.npy', import.meta.url));

const model = await new GaussianMixture({ components: 16, covariance: 'diagonal', maxIterations: 10 }).fit(speech);
const { rows, logProbPerRow } = await model.score(speech);
console.log(`${rows} rows, log-probability ${logProbPerRow?.toFixed(3)} a row after ${model.iterations} iterations`);

const counts = new Array(model.components).fill(0);
for await (const labels of model.labels(speech)) for (const label of labels) counts[label]++;
console.log(`rows of each component: ${counts.join(' ')}`);
