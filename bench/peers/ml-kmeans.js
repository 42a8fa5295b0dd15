// ml-kmeans from npm: rows in memory, one thread.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openData } from 'megamix';
import { passesFor, readSpec, serve } from './serve.js';

const spec = readSpec();
const installed = join(import.meta.dirname, '..', '..', '.cache', 'bench-peers', 'package.json');
const { kmeansGenerator } = await import(pathToFileURL(createRequire(installed).resolve('ml-kmeans')).href);
const BEFORE = 2; // M-steps before those that are timed, as on the other sides
let passes = 1;
/** @type {number[][]} */ let rows;
/** @type {number[][]} */ let means;

await serve(
  async () => {
    rows = await read(spec.files);
    means = await read([spec.means]);
    const steps = iterate(spec.steps);
    let last = steps.next();
    for (let step = 1; step < spec.steps; step++) last = steps.next();
    const numbers = { means: last.value.centroids.flat() };
    passes = passesFor(timePasses());
    return { numbers };
  },
  async () => timePasses(),
);

/** @param {number} most */
function iterate(most) {
  return kmeansGenerator(rows, means.length, { initialization: means, maxIterations: most, tolerance: 0 });
}

function timePasses() {
  const steps = iterate(BEFORE + passes);
  for (let step = 0; step < BEFORE; step++) steps.next();
  const began = performance.now();
  let done = 0;
  while (done < passes && !steps.next().done) done++;
  return (performance.now() - began) / 1000 / done;
}

/** @param {string[]} files */
async function read(files) {
  const source = await openData(files);
  /** @type {number[][]} */ const all = [];
  for await (const { data, rows, dimensions } of source) {
    for (let n = 0; n < rows; n++) all.push(Array.from(data.subarray(n * dimensions, (n + 1) * dimensions)));
  }
  await source.close();
  return all;
}
