// npm start: the main job on the speech features that ship with the project.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DPVariationalGaussianMixture, MixtureModel, openData, partition } from '../dist/index.js';

const COMPONENTS = 64;
const BLOCK = 500; // frames, 5 seconds: neighbouring frames are so alike that single ones held out would be no test
const data = fileURLToPath(new URL('../data/speech-en.npy', import.meta.url));
const output = fileURLToPath(new URL('../speech-dpgmm.h5', import.meta.url));
const here = (path) => relative(process.cwd(), path) || path;

const title = (text) => console.log(`\n${text}\n${'─'.repeat(text.length)}`);
const nats = (value) => value.toFixed(2);
const began = performance.now();

title('1  The data, read as a stream');
const speech = await openData(data);
const [training, heldOut] = partition(speech, (frame) => Math.floor(frame / BLOCK) % 4 === 3);
console.log(`${here(data)}: ${speech.rows} frames of English speech, ${speech.dimensions} numbers each (MFCC, Δ, ΔΔ).`);
console.log(`Every fourth block of ${BLOCK} frames is held out: the model never learns from those.`);

title(`2  Fitting a Dirichlet-process mixture of at most ${COMPONENTS} Gaussians`);
console.log(
  'Diagonal covariances; k-means start; stops after three passes that gain held-out frames under 0.003 nats.\n',
);
const live = process.stdout.isTTY;
const course = [];
const report = await new DPVariationalGaussianMixture({
  components: COMPONENTS,
  covariance: 'diagonal',
  patience: 2,
  tolerance: 3e-3,
  maxIterations: 200,
}).fitWithReport(training, {
  heldOut,
  onIteration({ iteration, heldOutCriterion, heldOutRows, rows, seconds }) {
    course.push(heldOutCriterion / heldOutRows);
    const speed = Math.round(((rows + heldOutRows) * (iteration + 1)) / seconds);
    const line = `pass ${String(iteration).padStart(3)}   held-out criterion ${nats(course.at(-1))} a frame   ${speed} frames/s`;
    if (live) process.stdout.write(`\r\x1b[K${line}  ${sparkline(course, 40)}`);
    else if (iteration % 20 === 0) console.log(line);
  },
});
const { model } = report;
console.log(
  `${live ? '\r\x1b[K' : ''}held-out criterion  ${nats(course[0])} ${sparkline(course, 50)} ${nats(course[model.iterations])} a frame`,
);
console.log(
  `${report.iterations} passes, stopped by: ${model.stopReason}. The model after pass ${model.iterations} is kept: the best on held-out frames.`,
);

title('3  Dropping the components that vanished');
const simplified = await model.simplify(training);
const counts = [...model.counts].sort((a, b) => b - a);
console.log(`frames in each component, largest first\n${histogram(counts)}`);
console.log(
  `${simplified.components} of ${model.components} components are some frame's most probable one; the others are dropped.`,
);

title('4  Saved, loaded again, scored');
await simplified.save(output);
const loaded = await MixtureModel.load(output);
const trained = await loaded.score(training);
const unseen = await loaded.score(heldOut);
const whole = await model.score(heldOut);
const memory = await simplified.score(heldOut);
console.log(`mean log-probability of a frame, in nats\n`);
console.log(`  training frames                        ${nats(trained.logProbPerRow)}`);
console.log(`  held-out frames                        ${nats(unseen.logProbPerRow)}`);
console.log(`  held-out frames, before simplifying    ${nats(whole.logProbPerRow)}`);
console.log(
  `\nThe loaded model scores ${unseen.criterion === memory.criterion ? 'to the last bit as' : 'UNLIKE'} the one in memory.`,
);

title('What the numbers mean');
console.log(
  `Higher is better. The ${nats(trained.logProbPerRow - unseen.logProbPerRow)} nats between training and held-out frames are what the model learnt by heart.
The held-out criterion is lower than the log-probability as it also charges for complexity, over fewer frames.
Log-probabilities depend on the features and their scale: compare them between models of these very frames only.
The held-out blocks come from the same speaker and recordings; how the model does on another voice, they do not say.`,
);
console.log(
  `\nThe model is in ${here(output)}. ${((performance.now() - began) / 1000).toFixed(1)} s in all. Next: npx megamix info ${here(output)}`,
);

/** Values as a row of blocks, at most `width` wide. */
function sparkline(values, width) {
  const step = Math.max(1, values.length / width);
  const shown = Array.from({ length: Math.min(width, values.length) }, (_, i) => values[Math.floor(i * step)]);
  const low = Math.min(...shown);
  const range = Math.max(...shown) - low || 1;
  return shown.map((value) => '▁▂▃▄▅▆▇█'[Math.floor((7.99 * (value - low)) / range)]).join('');
}

/** Counts as columns of blocks, eight lines high. */
function histogram(values) {
  const height = 6;
  const top = values[0];
  return Array.from({ length: height }, (_, line) => {
    const floor = height - 1 - line;
    const cells = values.map((value) => {
      const filled = (value / top) * height - floor;
      if (filled >= 1) return '█';
      return filled <= 0 ? (floor === 0 ? '·' : ' ') : '▁▂▃▄▅▆▇█'[Math.floor(filled * 7.99)];
    });
    const label = line === 0 ? String(Math.round(top)) : line === height - 1 ? '0' : '';
    return `${label.padStart(6)} ${cells.join('')}`;
  }).join('\n');
}
