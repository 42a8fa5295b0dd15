// The files that the snippets of the documentation use; run by snippets.mjs in the folder of a page.

import { execFileSync } from 'node:child_process';
import { GaussianMixture, openData, writeRows } from 'megamix';

const ROWS = { frames: 2500, train: 1500, test: 1000, anna: 1000, ben: 1000 };
const frames = await openData('data/speech-en.npy');

async function* rowsFrom(first, count) {
  let row = 0;
  for await (const { data, rows, dimensions } of frames) {
    const [from, to] = [Math.max(first - row, 0), Math.min(first + count - row, rows)];
    if (from < to) yield data.slice(from * dimensions, to * dimensions);
    row += rows;
  }
}
for (const [i, [name, count]] of Object.entries(ROWS).entries()) {
  await writeRows(`${name}.npy`, rowsFrom(i * 3000, count), { columns: frames.dimensions });
}
for (const [name, data] of Object.entries({ gmm: 'train', ubm: 'frames', anna: 'anna', ben: 'ben' })) {
  const model = await new GaussianMixture({ components: 4, covariance: 'diagonal', iterations: 3 }).fit(`${data}.npy`);
  await model.save(`${name}.h5`);
}
for (const [from, to] of [
  ['frames.npy', 'frames.csv'],
  ['test.npy', 'test.csv'],
  ['train.npy', 'more.csv'],
]) {
  execFileSync('bin/megamix', ['convert', from, to], { stdio: 'ignore' });
}
