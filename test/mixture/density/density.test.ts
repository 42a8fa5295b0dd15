import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_PART } from '../../../src/chunk.ts';
import { Estimator } from '../../../src/estimator.ts';
import { identify } from '../../../src/inference/identify.ts';
import type { MixtureModel } from '../../../src/inference/model.ts';
import { kernelFor } from '../../../src/kernels/index.ts';
import { compile, densityScorer } from '../../../src/mixture/compile.ts';
import type { CovarianceName } from '../../../src/mixture/covariance/index.ts';
import type { Mixture, Parameters } from '../../../src/mixture/mixture.ts';
import { collect, flatten } from '../../helpers/collect.ts';
import { kernels } from '../../helpers/kernels.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, rows as table } from '../../helpers/table.ts';

// What log-probabilities are the logarithm of is a density. reference.py makes the numbers to compare with.
const scored = table.filter(({ model }) => model !== 'kmeans');
const isVariational = (model: MixtureModel): boolean => model.state.parameters.beta !== undefined;
const grid = join(import.meta.dirname, '..', '..', 'fixtures', 'cases', 'bayes-density.npy');

/** Midpoints of so many parts of (from, to). */
const midpoints = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((i + 0.5) * (to - from)) / count);

/** Points of a plane and the areas that they stand for, dense in the middle, with tails to infinity. */
function plane(covariance: CovarianceName | undefined, scale: number) {
  const count = 300;
  const points: number[] = [];
  const areas: number[] = [];
  const half = Math.PI / 2;
  if (covariance === 'diagonal') {
    for (const a of midpoints(-half, half, count)) {
      for (const b of midpoints(-half, half, count)) {
        points.push(scale * Math.tan(a), scale * Math.tan(b));
        areas.push((scale * Math.PI) ** 2 / count ** 2 / (Math.cos(a) * Math.cos(b)) ** 2);
      }
    }
  } else {
    // what is not a product of its dimensions has tails that are alike in all directions
    for (const a of midpoints(0, half, count)) {
      for (const angle of midpoints(0, 2 * Math.PI, count)) {
        const radius = scale * Math.tan(a);
        points.push(radius * Math.cos(angle), radius * Math.sin(angle));
        areas.push((radius * scale * half * 2 * Math.PI) / count ** 2 / Math.cos(a) ** 2);
      }
    }
  }
  return { points: { data: Float64Array.from(points), dimensions: 2 }, areas };
}

async function densities(model: MixtureModel, rows: FlatPoints): Promise<number[]> {
  return flatten(await collect(model.logProbabilities(rows)));
}
type FlatPoints = { readonly data: Float64Array; readonly dimensions: number };

describe.each(scored)('$label', (row) => {
  test.each([8, 300])('integrates to 1 on a line, fitted to %i rows', async (count) => {
    const data = { data: blobs(count, [[-3], [4]], 5), dimensions: 1 };
    const model = await estimator(row, { components: 3, seed: 1, iterations: 5, regCovar: 0.01 }).fit(data);
    const scale = 3;
    const angles = midpoints(-Math.PI / 2, Math.PI / 2, 20_000);
    const along = await densities(model, {
      data: Float64Array.from(angles, (a) => scale * Math.tan(a)),
      dimensions: 1,
    });
    const mass = angles.reduce((sum, a, i) => sum + (scale * Math.exp(along[i]!)) / Math.cos(a) ** 2, 0);
    expect((mass * Math.PI) / angles.length).toBeCloseTo(1, 6);
  });

  test.each([8, 300])('integrates to 1 on a plane, fitted to %i rows; so does what is sampled', async (count) => {
    const centres = [
      [-2, 0],
      [2, 1],
    ];
    const data = { data: blobs(count, centres, 7), dimensions: 2 };
    const model = await estimator(row, { init: { means: centres }, iterations: 3, regCovar: 0.05 }).fit(data);
    const { points, areas } = plane(row.covariance, 3);
    const over = await densities(model, points);
    expect(over.reduce((sum, value, i) => sum + areas[i]! * Math.exp(value), 0)).toBeCloseTo(1, 3);
    // of the rows that are sampled as many lie where the density is high as its integral there says
    const drawn = [...model.sample(20_000, { seed: 3 })][0]!;
    const ofDrawn = await densities(model, { data: drawn.data as Float64Array, dimensions: 2 });
    for (const level of [-3, -5, -8, -11]) {
      const expected = over.reduce((sum, value, i) => sum + (value > level ? areas[i]! * Math.exp(value) : 0), 0);
      const share = ofDrawn.filter((value) => value > level).length / drawn.rows;
      const deviation = Math.sqrt(Math.max(expected * (1 - expected), 1e-3) / drawn.rows);
      expect(Math.abs(share - expected), `level ${level}`).toBeLessThan(5 * deviation + 1e-3);
    }
  });

  test('the same bits for any number of threads; of a gmm the log normalisers', async () => {
    const data = { data: blobs(900, [[0, 0, 0, 1, 2, 3, 4, 5, 6]], 9), dimensions: 9 };
    const model = await estimator(row, { components: 5, seed: 1, iterations: 2 }).fit(data);
    const options = { chunkBytes: 8000 };
    for (const kernel of kernels) {
      const one = flatten(await collect(model.logProbabilities(data, { ...options, kernel, threads: 1 })));
      const two = flatten(await collect(model.logProbabilities(data, { ...options, kernel, threads: 2 })));
      const normalisers = flatten(await collect(model.logNormalisers(data, { ...options, kernel, threads: 1 })));
      expect(two).toEqual(one);
      if (!isVariational(model)) expect(normalisers).toEqual(one);
      else expect(normalisers).not.toEqual(one);
      const score = await model.score(data, { ...options, kernel, threads: 2 });
      const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(score.logProbPerRow).toBeCloseTo(mean(one), 10);
      expect(score.criterion + compile(model.state.mixture, model.state.parameters).divergence).toBeCloseTo(
        900 * mean(normalisers),
        6,
      );
    }
  });
});

test('whatever compares densities of a variational model takes this one, rows counted by their weights', async () => {
  const rows = [
    [1, 2],
    [0, -1],
    [3, 3],
    [-2, 4],
    [5, 0],
    [1, 1],
  ];
  const model = await new Estimator('vbgmm', { components: 2, seed: 1, iterations: 2 }).fit(rows);
  const each = flatten(await collect(model.logProbabilities(rows)));
  const weights = [1, 0, 2.5, 1, 3, 0.5];
  const mean = weights.reduce((sum, weight, n) => sum + weight * each[n]!, 0) / 8;
  const weighted = { data: Float64Array.from(rows.flat()), dimensions: 2, weights: Float64Array.from(weights) };
  expect((await model.score(weighted)).logProbPerRow).toBeCloseTo(mean, 12);
  const [identified] = await collect(identify({ model }, weighted));
  expect(identified!.scores.model).toBeCloseTo(mean, 12);
  expect((await model.predict(rows)).logProbabilities).toEqual(Float64Array.from(each));
  const scorer = model.scorer();
  for (const row of rows) scorer.write(row);
  scorer.end();
  const told = await collect(scorer as AsyncIterable<{ logProbability: number }>);
  for (const [n, { logProbability }] of told.entries()) expect(logProbability).toBeCloseTo(each[n]!, 12);
});

test.each(['vbgmm', 'dpgmm'] as const)(
  '%s of sixteen rows: all of the mass, that in the far tails too',
  async (name) => {
    const model = await new Estimator(name, { components: 4 }).fit(grid);
    const step = 0.01;
    const near = midpoints(-100, 100, 20_000);
    const ofNear = await densities(model, { data: Float64Array.from(near), dimensions: 1 });
    const inside = ofNear.reduce((sum, value) => sum + step * Math.exp(value), 0);
    const inverse = midpoints(-0.01, 0.01, 20_000);
    const ofFar = await densities(model, { data: Float64Array.from(inverse, (value) => 1 / value), dimensions: 1 });
    const outside = inverse.reduce((sum, value, i) => sum + (1e-6 * Math.exp(ofFar[i]!)) / value ** 2, 0);
    expect(inside).toBeGreaterThan(0.999);
    expect(inside + outside).toBeCloseTo(1, 6);
  },
);

interface Extreme {
  readonly covarianceType: CovarianceName;
  readonly nu: number;
  readonly beta: number;
  readonly mean: number[];
  readonly covariance: number[];
  readonly rows: number[][];
  readonly logDensities: number[];
}

const { extreme }: { extreme: Extreme[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'reference.json'), 'utf8'),
);

describe.each(kernels)('kernel %s', (kernel) => {
  test.each(extreme)('$covarianceType, ν = $nu, β = $beta', ({ covarianceType, nu, beta, ...one }) => {
    const mixture: Mixture = {
      model: 'vbgmm',
      covariance: covarianceType,
      components: 1,
      dimensions: 2,
      regCovar: 0,
      weightPrior: { alpha0: 1, discount: 0 },
      componentPrior: { beta0: 1, nu0: 2, mean: new Float64Array(2), scale: Float64Array.from(one.covariance) },
    };
    const parameters: Parameters = {
      counts: Float64Array.of(1),
      logWeights: Float64Array.of(0),
      concentration: Float64Array.of(1),
      means: Float64Array.from(one.mean),
      covariances: Float64Array.from(one.covariance),
      beta: Float64Array.of(beta),
      nu: Float64Array.of(nu),
    };
    const scorer = densityScorer(mixture, parameters, compile(mixture, parameters));
    const rows = one.rows.length;
    const found = new Float64Array(rows);
    const computing = kernelFor({ scorer, assignment: 'soft' }, { kernel, precision: 'f64' });
    computing.logNormalise({ data: Float64Array.from(one.rows.flat()), rows, dimensions: 2, part: NO_PART }, found);
    computing.close();
    for (const [n, expected] of one.logDensities.entries()) {
      // terms of the constant are at most about 60: some roundings of each; else a relative error
      expect(Math.abs(found[n]! - expected), `row ${n}`).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
    }
  });
});
