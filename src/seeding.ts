import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { DataError } from './errors.ts';

/** Chooses K means (K × D) among sampled rows. */
export type Seeding = (rows: Float64Array, dimensions: number, components: number, seed: number) => Float64Array;

/** K different rows, any as likely as any other. */
export const randomRows: Seeding = (rows, dimensions, components, seed) => {
  const random = xoroshiro128plus(seed);
  const count = rows.length / dimensions;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const means = new Float64Array(components * dimensions);
  const taken = new Set<string>();
  for (let i = 0; i < count && taken.size < components; i++) {
    const other = uniformInt(random, i, count - 1);
    const n = order[other]!;
    order[other] = order[i]!;
    const row = rows.subarray(n * dimensions, (n + 1) * dimensions);
    const key = row.join();
    if (taken.has(key)) continue;
    means.set(row, taken.size * dimensions);
    taken.add(key);
  }
  if (taken.size < components) throw tooFewDistinct(taken.size, components);
  return means;
};

/** Each next mean is a row drawn with probability in proportion to its squared distance from the nearest so far; Arthur & Vassilvitskii (2007). */
export const kMeansPlusPlus: Seeding = (rows, dimensions, components, seed) => {
  const random = xoroshiro128plus(seed);
  const count = rows.length / dimensions;
  const means = new Float64Array(components * dimensions);
  const distances = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let chosen = uniformInt(random, 0, count - 1);
  for (let k = 0; ; k++) {
    const mean = rows.subarray(chosen * dimensions, (chosen + 1) * dimensions);
    means.set(mean, k * dimensions);
    if (k + 1 === components) return means;
    const total = updateDistances(rows, mean, distances);
    if (total === 0) throw tooFewDistinct(k + 1, components);
    chosen = draw(distances, uniformFloat64(random) * total);
  }
};

/** What `init` can ask for by name; k-means improves on k-means++. */
export const seedings = { 'k-means': kMeansPlusPlus, 'k-means++': kMeansPlusPlus, random: randomRows } satisfies Record<
  string,
  Seeding
>;

/** k-means, k-means++ or random. */
export type SeedingName = keyof typeof seedings;

/** Squared distances to the nearest mean, a further one considered; returns their sum. */
function updateDistances(rows: Float64Array, mean: Float64Array, distances: Float64Array): number {
  const dimensions = mean.length;
  let total = 0;
  for (let n = 0, at = 0; n < distances.length; n++) {
    let distance = 0;
    for (let j = 0; j < dimensions; j++, at++) {
      const difference = rows[at]! - mean[j]!;
      distance += difference * difference;
    }
    if (distance < distances[n]!) distances[n] = distance;
    total += distances[n]!;
  }
  return total;
}

/** The first row at which the running sum of distances exceeds `target`; never one at distance 0. */
function draw(distances: Float64Array, target: number): number {
  let sum = 0;
  let last = 0;
  for (let n = 0; n < distances.length; n++) {
    if (distances[n] === 0) continue;
    last = n;
    sum += distances[n]!;
    if (sum > target) break;
  }
  return last;
}

function tooFewDistinct(distinct: number, components: number): DataError {
  return new DataError(
    `there are only ${distinct} different rows to start from, fewer than the ${components} components asked for: use at most ${distinct} components`,
  );
}
