import { describe, expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { type CovarianceName, covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { blobs, normals } from '../helpers/random.ts';

const types = Object.keys(covarianceTypes) as CovarianceName[];
const rowsOf = (values: Float64Array, dimensions: number): number[][] =>
  Array.from({ length: values.length / dimensions }, (_, n) => [
    ...values.subarray(n * dimensions, (n + 1) * dimensions),
  ]);
const one = rowsOf(blobs(200, [[1, -2, 3]], 6), 3);
const overlapping = rowsOf(
  blobs(
    300,
    [
      [0, 0, 0],
      [2, 1, -1],
    ],
    9,
  ),
  3,
);

/** Moments of some rows, as the textbook has them. */
function moments(data: readonly number[][]): { readonly mean: number[]; readonly covariance: number[][] } {
  const indices = data[0]!.map((_, j) => j);
  const average = (value: (row: number[]) => number): number =>
    data.reduce((sum, row) => sum + value(row), 0) / data.length;
  const mean = indices.map((j) => average((row) => row[j]!));
  const covariance = indices.map((i) =>
    indices.map((j) => average((row) => (row[i]! - mean[i]!) * (row[j]! - mean[j]!))),
  );
  return { mean, covariance };
}

type Kept = (covariance: number[][]) => number[][];
const whole: Kept = (covariance) => covariance;
const diagonal: Kept = (covariance) => covariance.map((row, i) => row.map((value, j) => (i === j ? value : 0)));
const spherical: Kept = (covariance) => {
  const variance = covariance.reduce((sum, row, i) => sum + row[i]!, 0) / covariance.length;
  return covariance.map((row, i) => row.map((_, j) => (i === j ? variance : 0)));
};

/** What a covariance type keeps of a covariance. */
const kept: Readonly<Record<CovarianceName, Kept>> = {
  full: whole,
  tied: whole,
  diagonal,
  'tied-diagonal': diagonal,
  spherical,
  'tied-spherical': spherical,
};

describe.each(types)('%s', (covariance) => {
  test('one component is the mean and the covariance of the rows, after any number of iterations', async () => {
    const expected = moments(one);
    for (const iterations of [1, 4]) {
      const model = await new GaussianMixture({ components: 1, covariance, iterations, regCovar: 0 }).fit(one);
      // sums of 200 products, twice, and a count that is given 10 roundings more
      const rounding = 2 * (200 + 20) * Number.EPSILON;
      for (const [j, mean] of expected.mean.entries())
        expect(Math.abs(model.means.get(0, j) - mean)).toBeLessThan(5 * rounding);
      for (const [i, row] of kept[covariance](expected.covariance).entries()) {
        for (const [j, value] of row.entries()) {
          const scale = Math.sqrt(expected.covariance[i]![i]! * expected.covariance[j]![j]!);
          expect(Math.abs(model.covariance(0).get(i, j) - value)).toBeLessThan(2 * scale * rounding);
        }
      }
      expect([...model.weights]).toEqual([1]);
    }
  });

  test('regCovar is what is added to variances', async () => {
    const fitted = (regCovar: number) =>
      new GaussianMixture({ components: 1, covariance, iterations: 1, regCovar }).fit(one);
    const [without, with_] = [(await fitted(0)).covariance(0), (await fitted(0.5)).covariance(0)];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) expect(with_.get(i, j) - without.get(i, j)).toBeCloseTo(i === j ? 0.5 : 0, 12);
    }
  });

  test('numbers that can be chosen are counted', async () => {
    const data = rowsOf(
      blobs(
        80,
        [
          [0, 0, 0, 0, 0],
          [4, 4, 4, 4, 4],
        ],
        2,
      ),
      5,
    );
    const model = await new GaussianMixture({ components: 2, covariance, iterations: 1 }).fit(data);
    const means = 2 * 5;
    const weights = 1;
    const covariances = {
      full: 2 * 15,
      diagonal: 2 * 5,
      spherical: 2,
      tied: 15,
      'tied-diagonal': 5,
      'tied-spherical': 1,
    }[covariance];
    expect(model.parameterCount).toBe(means + weights + covariances);
  });

  test('scores are what they say', async () => {
    const model = await new GaussianMixture({ components: 2, covariance, iterations: 3 }).fit(overlapping);
    const { criterion, logProbPerRow, aic, bic, rows } = await model.score(overlapping);
    const { logProbabilities } = await model.predict(overlapping);
    const sum = logProbabilities!.reduce((total, value) => total + value, 0);
    const rounding = 300 * Number.EPSILON * logProbabilities!.reduce((total, value) => total + Math.abs(value), 0);
    expect(rows).toBe(300);
    expect(Math.abs(criterion - sum)).toBeLessThan(rounding);
    expect(Math.abs(logProbPerRow! - sum / 300)).toBeLessThan(rounding);
    expect(Math.abs(aic! - (2 * model.parameterCount - 2 * sum))).toBeLessThan(4 * rounding);
    expect(Math.abs(bic! - (Math.log(300) * model.parameterCount - 2 * sum))).toBeLessThan(4 * rounding);
  });

  test('responsibilities sum to 1, and labels are the highest', async () => {
    const model = await new GaussianMixture({ components: 3, covariance, iterations: 3 }).fit(overlapping);
    const { labels, responsibilities } = await model.predict(overlapping);
    for (const [n, row] of responsibilities!.to2DArray().entries()) {
      expect(Math.abs(row.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(1e-12); // exponentials of differences of about 10²
      expect(labels[n]).toBe(row.indexOf(Math.max(...row)));
    }
  });

  test('the likelihood never falls, one iteration at a time, however many there are', async () => {
    let model = await new GaussianMixture({ components: 3, covariance, regCovar: 0, iterations: 0 }).fit(overlapping);
    let before = Number.NEGATIVE_INFINITY;
    for (let t = 0; t < 60; t++) {
      model = await new GaussianMixture({ init: model, iterations: 1 }).fit(overlapping);
      const { criterion } = await model.score(overlapping);
      // a sum of 300 log-probabilities of a few roundings each
      expect(criterion - before).toBeGreaterThan(-300 * 10 * Number.EPSILON * Math.abs(criterion));
      before = criterion;
    }
  });

  test('the parameters that rows were drawn from are found', async () => {
    const normal = normals(4);
    const isRound = covariance.endsWith('spherical');
    const deviations = [isRound ? [1, 1] : [1, 2], isRound ? [3, 3] : [3, 1]];
    const truth = [
      { weight: 0.3, mean: [0, 0], deviations: deviations[0]! },
      { weight: 0.7, mean: [20, -10], deviations: deviations[covarianceTypes[covariance].shared ? 0 : 1]! },
    ];
    const ROWS = 4000;
    const drawn = Array.from({ length: ROWS }, (_, n) => {
      const { mean, deviations } = truth[n % 10 < 3 ? 0 : 1]!;
      return mean.map((value, j) => value + deviations[j]! * normal());
    });
    const model = await new GaussianMixture({ components: 2, covariance }).fit(drawn);
    const first = model.means.get(0, 0) < 10 ? 0 : 1;
    for (const [i, { weight, mean, deviations }] of truth.entries()) {
      const k = i === 0 ? first : 1 - first;
      expect(Math.abs(model.weights[k]! - weight)).toBeLessThan(5 * Math.sqrt((weight * (1 - weight)) / ROWS));
      for (const [j, value] of mean.entries()) {
        const error = deviations[j]! / Math.sqrt(ROWS * weight);
        expect(Math.abs(model.means.get(k, j) - value)).toBeLessThan(5 * error);
        const variance = deviations[j]! ** 2;
        expect(Math.abs(model.covariance(k).get(j, j) - variance)).toBeLessThan(
          (5 * Math.SQRT2 * variance) / Math.sqrt(ROWS * weight),
        );
      }
    }
  });

  test('two points, each of many rows, have no variance but what is added', async () => {
    const points = Array.from({ length: 20 }, (_, n) => (n % 2 ? [1, 1, 1] : [0, 0, 0]));
    const fitted = (regCovar: number) => new GaussianMixture({ components: 2, covariance, regCovar }).fit(points);
    await expect(fitted(0)).rejects.toThrow(/singular.*regCovar|singular.*reg-covar/);
    const model = await fitted(1e-6);
    for (let j = 0; j < 3; j++) expect(model.covariance(0).get(j, j)).toBeCloseTo(1e-6, 12);
    expect(model.means.to2DArray().toSorted((a, b) => a[0]! - b[0]!)).toEqual(
      [
        [0, 0, 0],
        [1, 1, 1],
      ].map((mean) => mean.map((value) => expect.closeTo(value, 12))),
    );
  });
});

test('in one dimension, all covariance types of one component are the same model', async () => {
  const line = rowsOf(blobs(100, [[3]], 5), 1);
  const scores = await Promise.all(
    types.map(async (covariance) => (await new GaussianMixture({ components: 1, covariance }).fit(line)).score(line)),
  );
  for (const { bic, aic } of scores) {
    expect(bic).toBeCloseTo(scores[0]!.bic!, 9);
    expect(aic).toBeCloseTo(scores[0]!.aic!, 9);
  }
});

test.each([
  ['full', 'tied'],
  ['diagonal', 'tied-diagonal'],
  ['spherical', 'tied-spherical'],
] as const)('of %s covariances the mean, by count, is %s', async (own, shared) => {
  const settings = {
    init: {
      means: [
        [0, 0, 0],
        [2, 1, -1],
      ],
    },
    iterations: 0,
    regCovar: 0,
  };
  const full = await new GaussianMixture({ ...settings, covariance: own }).fit(overlapping);
  const tied = await new GaussianMixture({ ...settings, covariance: shared }).fit(overlapping);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const mean = [0, 1].reduce((sum, k) => sum + (full.counts[k]! / 300) * full.covariance(k).get(i, j), 0);
      expect(tied.covariance(1).get(i, j)).toBeCloseTo(mean, 11);
    }
  }
});

test('a richer covariance is no less likely', async () => {
  const settings = {
    init: {
      means: [
        [0, 0, 0],
        [2, 1, -1],
      ],
    },
    regCovar: 0,
    maxIterations: 500,
    tolerance: 1e-9,
  };
  const likelihood = async (covariance: CovarianceName): Promise<number> =>
    (await new GaussianMixture({ ...settings, covariance }).fit(overlapping)).criterion.at(-1)!;
  const [full, diagonal, spherical] = [
    await likelihood('full'),
    await likelihood('diagonal'),
    await likelihood('spherical'),
  ];
  expect(full).toBeGreaterThan(diagonal);
  expect(diagonal).toBeGreaterThan(spherical);
});

test('the criteria choose the number of components that there are', async () => {
  const data = rowsOf(
    blobs(
      600,
      [
        [0, 0],
        [9, 9],
        [-9, 8],
      ],
      3,
    ),
    2,
  );
  const bics: number[] = [];
  for (const components of [1, 2, 3, 4, 5]) {
    bics.push((await (await new GaussianMixture({ components, restarts: 3 }).fit(data)).score(data)).bic!);
  }
  expect(bics.indexOf(Math.min(...bics))).toBe(2);
});
