// In how many passes does each algorithm get to where a converged batch fit ends?
//   node bench/passes.js [--data FILE.npy] [--components 64,100] [--models gmm,dpgmm] [--plot bench/passes.svg]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Estimator, openData, partition } from 'megamix';
import { benchData } from './peers/data.js';
import { plot } from './plot.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    components: { type: 'string', default: '64,100' },
    models: { type: 'string', default: 'gmm,dpgmm' },
    covariance: { type: 'string', default: 'full' },
    passes: { type: 'string', default: '30' },
    plot: { type: 'string' },
  },
});
const passes = Number(values.passes);
const { files } = await benchData(values.data, Number.POSITIVE_INFINITY);
const speech = await openData(files);
const [training, heldOut] = partition(speech, (row) => Math.floor(row / 500) % 10 === 9);

/** All passes, whatever is gained. */
const untilTheEnd = { maxIterations: passes, tolerance: -1e9 };
/** @type {readonly { name: string, settings: import('megamix').FitSettings }[]} */
const contenders = [
  { name: 'incremental', settings: { algorithm: 'incremental', ...untilTheEnd } },
  { name: 'incremental, no momentum', settings: { algorithm: 'incremental', momentum: 0, ...untilTheEnd } },
  { name: 'stepwise, then exact', settings: { algorithm: 'stepwise', ...untilTheEnd } },
  { name: 'stepwise only', settings: { algorithm: 'stepwise', stepwisePasses: passes, ...untilTheEnd } },
];

console.log(
  `${speech.rows?.toLocaleString('en-US')} rows × ${speech.dimensions}, every tenth run of 500 rows held out`,
);
console.log('passes until the held-out criterion is within 0.3 % (0.1 %) of the best of a converged batch fit\n');
console.log('| model | K | algorithm | 0.3 % | of batch | 0.1 % | of batch | s a pass | best held-out, a row |');
console.log('|---|--:|---|--:|--:|--:|--:|--:|--:|');
const panels = [];
for (const model of /** @type {import('megamix').ModelName[]} */ (values.models.split(','))) {
  for (const components of values.components.split(',').map(Number)) {
    const covariance = /** @type {import('megamix').CovarianceName} */ (values.covariance);
    const init = await new Estimator(model, { components, covariance }).initialize(training);
    /** @param {import('megamix').FitSettings} settings */
    const run = async (settings) => {
      const began = performance.now();
      const result = await new Estimator(model, { init, ...settings }).fitWithReport(training, { heldOut });
      const course = (result.model.heldOutCriterion ?? []).map((value) => value / result.heldOutRows);
      return { course, rows: result.rows + result.heldOutRows, seconds: (performance.now() - began) / 1000 };
    };
    const batch = await run({ maxIterations: 300 });
    const best = Math.max(...batch.course);
    /** @param {readonly number[]} course @param {number} share */
    const passesTo = (course, share) => {
      const t = course.findIndex((value) => value >= best - share * Math.abs(best));
      return t < 0 ? Number.NaN : t;
    };
    const runs = [{ name: 'batch', ...batch }];
    for (const { name, settings } of contenders) runs.push({ name, ...(await run(settings)) });
    for (const { name, course, seconds } of runs) {
      const cells = [0.003, 0.001].flatMap((share) => {
        const [own, ofBatch] = [passesTo(course, share), passesTo(batch.course, share)];
        return Number.isNaN(own) ? [`> ${course.length - 1}`, '–'] : [own, (own / ofBatch).toFixed(2)];
      });
      const row = [
        model,
        components,
        name,
        ...cells,
        (seconds / course.length).toFixed(2),
        Math.max(...course).toFixed(3),
      ];
      console.log(`| ${row.join(' | ')} |`);
    }
    const end = 1.2 * passesTo(batch.course, 0.003);
    panels.push({
      title: `${model}, K = ${components}`,
      level: { value: best - 0.003 * Math.abs(best), name: '0.3 % from the best of batch' },
      curves: runs.map(({ name, course, rows }) => ({
        name,
        points: course.slice(0, Math.ceil(end) + 1).map((value, t) => /** @type {const} */ ([(t * rows) / 1e6, value])),
      })),
    });
  }
}
if (values.plot) writeFileSync(values.plot, plot(panels, 'million rows read', 'held-out criterion, a row'));
