// What does it do to a Dirichlet or Pitman-Yor process to put its sticks in order of size (sortComponents)?
//   node bench/sorting.js [--data FILE.npy] [--components 64]
import { parseArgs } from 'node:util';
import { DPVariationalGaussianMixture, openData, PYPVariationalGaussianMixture, partition } from 'megamix';
import { benchData } from './peers/data.js';

const { values } = parseArgs({ options: { data: { type: 'string' }, components: { type: 'string', default: '64' } } });
const components = Number(values.components);
const { files } = await benchData(values.data, Number.POSITIVE_INFINITY);
const speech = await openData(files);
const [training, heldOut] = partition(speech, (row) => Math.floor(row / 500) % 4 === 3);
console.log(`${speech.rows?.toLocaleString('en-US')} rows × ${speech.dimensions}, K = ${components}, diagonal\n`);
console.log('| model | sorted | passes | bound a row | held-out bound a row | seconds |');
console.log('|---|---|--:|--:|--:|--:|');
for (const Model of [DPVariationalGaussianMixture, PYPVariationalGaussianMixture]) {
  for (const sortComponents of [false, true]) {
    const began = performance.now();
    const estimator = new Model({ components, covariance: 'diagonal', sortComponents, patience: 2 });
    const { model, rows, heldOutRows, iterations } = await estimator.fitWithReport(training, { heldOut });
    const bound = (model.criterion[model.iterations] ?? Number.NaN) / rows;
    const unseen = (model.heldOutCriterion?.[model.iterations] ?? Number.NaN) / heldOutRows;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const cells = [estimator.model, sortComponents ? 'yes' : 'no', iterations, bound.toFixed(4), unseen.toFixed(4)];
    console.log(`| ${cells.join(' | ')} | ${seconds} |`);
  }
}
