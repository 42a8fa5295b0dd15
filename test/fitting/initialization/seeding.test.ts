import { expect, test } from 'vitest';
import { RESERVOIR_ROWS, survey } from '../../../src/fitting/initialization/data-summary.ts';
import { markovChain } from '../../../src/fitting/initialization/markov-chain.ts';
import { kMeansPlusPlus, randomRows } from '../../../src/fitting/initialization/seeding.ts';
import { checkComputing } from '../../../src/kernels/index.ts';
import { openData } from '../../../src/sources/source.ts';
import { randomFor } from '../../../src/util/random.ts';
import { blobs } from '../../helpers/random.ts';

const computing = checkComputing({});
const seedings = { 'k-means++': kMeansPlusPlus, 'afk-mc2': markovChain, random: randomRows };
const names = Object.keys(seedings) as (keyof typeof seedings)[];
const random = (seed: number) => randomFor('seeding', seed);
const rows = blobs(
  300,
  [
    [0, 0],
    [50, 50],
    [-50, 50],
  ],
  5,
);
const sample = { rows, weights: undefined };
const asked = { isUnbiased: true, different: 1, seed: 3 };
const rowSet = new Set(Array.from({ length: 300 }, (_, n) => `${rows[2 * n]},${rows[2 * n + 1]}`));

test.each(names)('%s chooses different rows, by the seed', async (name) => {
  const choose = async (seed: number) => {
    const means = await seedings[name](computing, sample, 2, 20, random(seed));
    return Array.from({ length: 20 }, (_, k) => `${means[2 * k]},${means[2 * k + 1]}`);
  };
  expect(new Set(await choose(1)).size).toBe(20);
  for (const mean of await choose(1)) expect(rowSet).toContain(mean);
  expect(await choose(1)).toEqual(await choose(1));
  expect(await choose(1)).not.toEqual(await choose(2));
});

/** How many of the three clusters have a mean. */
const found = (means: Float64Array): number => new Set([0, 1, 2].map((k) => Math.round(means[2 * k]! / 50))).size;

test('k-means++ finds separated clusters, whatever the seed', async () => {
  for (let seed = 0; seed < 200; seed++) {
    expect(found(await kMeansPlusPlus(computing, sample, 2, 3, random(seed)))).toBe(3);
  }
});

test('AFK-MC² finds separated clusters with next to all seeds, as k-means++ without trials would', async () => {
  let missed = 0;
  for (let seed = 0; seed < 200; seed++) {
    if (found(await markovChain(computing, sample, 2, 3, random(seed))) < 3) missed++;
  }
  expect(missed).toBeLessThan(6); // about 0.1 expected of exact draws, 1 or 2 of chains that did not forget
});

test('all rows as means', async () => {
  for (const name of names) {
    const means = await seedings[name](computing, sample, 2, 300, random(1));
    expect(new Set(Array.from({ length: 300 }, (_, k) => `${means[2 * k]},${means[2 * k + 1]}`))).toEqual(rowSet);
  }
});

test('the survey: mean and covariance (n − 1) of data far from 0, in chunks of any size', async () => {
  const far = Float64Array.from(rows, (value) => value + 1e6);
  const mean = [0, 1].map((j) => far.reduce((sum, value, i) => sum + (i % 2 === j ? value - 1e6 : 0), 0) / 300);
  const product = (a: number, b: number): number => {
    let sum = 0;
    for (let n = 0; n < 300; n++) sum += (far[2 * n + a]! - 1e6 - mean[a]!) * (far[2 * n + b]! - 1e6 - mean[b]!);
    return sum / 299;
  };
  for (const chunkBytes of [16, 1000, 1 << 20]) {
    const source = await openData({ data: far, dimensions: 2 }, { chunkBytes });
    const seen = await survey(computing, source, { ...asked, covariance: 'full' });
    expect(seen.rows).toBe(300);
    for (const j of [0, 1]) expect(seen.mean[j]! - 1e6).toBeCloseTo(mean[j]!, 7);
    const [xx, yx, yy] = seen.covariance;
    expect([xx! / product(0, 0), yx! / product(1, 0), yy! / product(1, 1)]).toEqual(
      [1, 1, 1].map((one) => expect.closeTo(one, 9)),
    );
    const { covariance } = await survey(computing, source, { ...asked, covariance: 'spherical' });
    expect(covariance[0]! / ((product(0, 0) + product(1, 1)) / 2)).toBeCloseTo(1, 9);
  }
});

test('rows whose differences have squares that vanish can all be means', async () => {
  const tiny = { rows: Float64Array.from({ length: 8 }, (_, i) => i * 1e-170), weights: undefined };
  for (const name of names) {
    const means = await seedings[name](computing, tiny, 1, 8, random(1));
    expect(new Set(means).size).toBe(8);
  }
});

test('a row of weight 3 is drawn as often as three rows', async () => {
  const weighted = { rows: Float64Array.of(0, 1, 2, 3), weights: Float64Array.of(1, 3, 5, 1) };
  for (const name of names) {
    const counts = new Float64Array(4);
    for (let seed = 0; seed < 4000; seed++) {
      counts[(await seedings[name](computing, weighted, 1, 1, random(seed)))[0]!]! += 1;
    }
    for (const [n, weight] of weighted.weights.entries()) {
      const share = weight / 10;
      const deviation = Math.sqrt((share * (1 - share)) / 4000);
      expect(Math.abs(counts[n]! / 4000 - share)).toBeLessThan(5 * deviation);
    }
  }
});

test('the sample is all different rows in order while they fit, as many as that after, and leaves out rows of weight 0', async () => {
  const question = { ...asked, covariance: 'spherical' as const };
  const few = await survey(computing, await openData({ data: rows, dimensions: 2 }), question);
  expect(few.sample).toEqual({ rows, weights: undefined });
  const count = 3 * RESERVOIR_ROWS;
  const many = await openData({ data: Float64Array.from({ length: count }, (_, i) => i), dimensions: 1 });
  const { sample: drawn } = await survey(computing, many, question);
  expect(new Set(drawn.rows).size).toBe(RESERVOIR_ROWS);
  expect(drawn.rows.reduce((sum, value) => sum + value, 0) / RESERVOIR_ROWS / count).toBeCloseTo(0.5, 2);
  for (const weight of drawn.weights!) expect(weight).toBeCloseTo(3, 9);
  const weights = Float64Array.from({ length: 300 }, (_, n) => n % 2);
  const source = await openData({ data: rows, dimensions: 2, weights });
  expect((await survey(computing, source, question)).sample.rows.length).toBe(300);
});

test('rows that are repeated are one row in the sample; those that are rare are there all the same', async () => {
  const repeated = Float64Array.from({ length: 3 * RESERVOIR_ROWS }, (_, i) => (i % 20_011 === 0 ? i : -1));
  const source = await openData({ data: repeated, dimensions: 1 });
  const rare = 1 + Math.floor((3 * RESERVOIR_ROWS - 1) / 20_011);
  for (const different of [rare, rare + 1, rare + 2]) {
    const seen = await survey(computing, source, { ...asked, different, covariance: 'spherical' });
    expect(seen.different).toBe(Math.min(different, rare + 1));
    expect(seen.sample.rows.length).toBeGreaterThanOrEqual(seen.different);
    expect(new Set(seen.sample.rows).size).toBe(seen.sample.rows.length);
  }
});
