// Would bounds kept from pass to pass make K-means faster than comparing all centres? Group bounds (Yinyang: Ding et al. 2015)
// are counted here: which share of the distances they still compute in each pass, and what their upkeep is.
//   node bench/bounds.js [--data FILE.npy] [--rows N] [--passes N]
import { parseArgs } from 'node:util';
import { KMeans, openData } from 'megamix';
import { benchData, firstRows, startMeans } from './peers/data.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    rows: { type: 'string', default: '20000' },
    passes: { type: 'string', default: '12' },
  },
});
const passes = Number(values.passes);
const data = await firstRows(await benchData(values.data, Number.POSITIVE_INFINITY), Number(values.rows));
const { rows, dimensions } = data;
const points = new Float64Array(rows * dimensions);
let filled = 0;
for await (const chunk of await openData(data.files)) {
  points.set(chunk.data, filled);
  filled += chunk.data.length;
}
console.log(`${rows.toLocaleString('en-US')} rows × ${dimensions}; share of the distances that each pass computes`);
console.log(`| K | groups | bytes of bounds a row | ${Array.from({ length: passes }, (_, t) => t + 1).join(' | ')} |`);
console.log(`| --: | --: | --: | ${'--: | '.repeat(passes)}`);
for (const [components, groups] of [
  [100, 10],
  [1024, 32],
  [1024, 64],
]) {
  const shares = await count(components, groups);
  console.log(
    `| ${components} | ${groups} | ${4 * (groups + 1)} | ${shares.map((share) => `${(100 * share).toFixed(0)} %`).join(' | ')} |`,
  );
}

/**
 * Lloyd's passes with group bounds; returns the share of all distances that each computed.
 *
 * @param {number} components
 * @param {number} groups
 */
async function count(components, groups) {
  const centres = await readAll(await startMeans(data, components));
  const groupOf = await grouped(centres, groups);
  const nearest = new Int32Array(rows);
  const upper = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const lower = new Float64Array(rows * groups);
  let drift = new Float64Array(components);
  const shares = [];
  for (let pass = 0; pass < passes; pass++) {
    const furthest = new Float64Array(groups);
    for (const [k, moved] of drift.entries()) furthest[groupOf[k]] = Math.max(furthest[groupOf[k]], moved);
    let computed = 0;
    for (let n = 0; n < rows; n++) computed += settle(n, centres, groupOf, nearest, upper, lower, drift, furthest);
    shares.push(computed / rows / components);
    for (let n = 0; n < rows; n += 997) {
      if (nearestOf(n, centres) !== nearest[n]) throw new Error(`pass ${pass + 1}, row ${n}: not its nearest centre`);
    }
    drift = move(centres, nearest);
  }
  return shares;
}

/**
 * Finds a row's nearest centre; returns how many distances that took.
 *
 * @param {number} n
 * @param {Float64Array} centres
 * @param {Int32Array} groupOf
 * @param {Int32Array} nearest
 * @param {Float64Array} upper
 * @param {Float64Array} lower one for each row and group
 * @param {Float64Array} drift of each centre
 * @param {Float64Array} furthest drift in each group
 */
function settle(n, centres, groupOf, nearest, upper, lower, drift, furthest) {
  const groups = furthest.length;
  const own = n * groups;
  const before = nearest[n];
  upper[n] += drift[before];
  let least = Number.POSITIVE_INFINITY;
  for (let g = 0; g < groups; g++) {
    lower[own + g] -= furthest[g];
    least = Math.min(least, lower[own + g]);
  }
  if (least >= upper[n]) return 0;
  let computed = 1;
  upper[n] = distance(n, centres, before);
  if (least >= upper[n]) return computed;
  const seconds = new Float64Array(groups).fill(Number.POSITIVE_INFINITY);
  const open = Array.from({ length: groups }, (_, g) => lower[own + g] < upper[n]);
  const distanceBefore = upper[n];
  for (const [k, g] of groupOf.entries()) {
    if (!open[g] || k === before) continue;
    const bound = lower[own + g] + furthest[g] - drift[k];
    if (bound >= upper[n]) {
      seconds[g] = Math.min(seconds[g], bound);
      continue;
    }
    computed++;
    const value = distance(n, centres, k);
    if (value < upper[n] || (value === upper[n] && k < nearest[n])) {
      const loser = groupOf[nearest[n]];
      const lost = nearest[n] === before ? distanceBefore : upper[n];
      seconds[loser] = Math.min(seconds[loser], lost);
      if (!open[loser]) lower[own + loser] = Math.min(lower[own + loser], lost);
      upper[n] = value;
      nearest[n] = k;
    } else {
      seconds[g] = Math.min(seconds[g], value);
    }
  }
  for (let g = 0; g < groups; g++) if (open[g]) lower[own + g] = seconds[g];
  return computed;
}

/**
 * Centres become the means of their rows; returns how far each moved.
 *
 * @param {Float64Array} centres
 * @param {Int32Array} nearest
 */
function move(centres, nearest) {
  const sums = new Float64Array(centres.length);
  const counts = new Float64Array(centres.length / dimensions);
  for (const [n, k] of nearest.entries()) {
    counts[k]++;
    for (let j = 0; j < dimensions; j++) sums[k * dimensions + j] += points[n * dimensions + j];
  }
  return counts.map((rowsOfIt, k) => {
    let square = 0;
    for (let j = k * dimensions; rowsOfIt > 0 && j < (k + 1) * dimensions; j++) {
      square += (sums[j] / rowsOfIt - centres[j]) ** 2;
      centres[j] = sums[j] / rowsOfIt;
    }
    return Math.sqrt(square);
  });
}

/**
 * @param {number} n
 * @param {Float64Array} centres
 * @param {number} k
 */
function distance(n, centres, k) {
  let square = 0;
  for (let j = 0; j < dimensions; j++) square += (points[n * dimensions + j] - centres[k * dimensions + j]) ** 2;
  return Math.sqrt(square);
}

/**
 * By comparing all.
 *
 * @param {number} n
 * @param {Float64Array} centres
 */
function nearestOf(n, centres) {
  let best = 0;
  for (let k = 1; k < centres.length / dimensions; k++) {
    if (distance(n, centres, k) < distance(n, centres, best)) best = k;
  }
  return best;
}

/**
 * Groups of centres near each other.
 *
 * @param {Float64Array} centres
 * @param {number} groups
 */
async function grouped(centres, groups) {
  const model = await new KMeans({ components: groups, iterations: 5 }).fit({ data: centres, dimensions });
  const labels = [];
  for await (const chunk of model.labels({ data: centres, dimensions })) labels.push(...chunk);
  return Int32Array.from(labels);
}

/** @param {string} path */
async function readAll(path) {
  const numbers = [];
  for await (const chunk of await openData(path)) numbers.push(...chunk.data);
  return Float64Array.from(numbers);
}
