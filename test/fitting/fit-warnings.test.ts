import { expect, test } from 'vitest';
import { Estimator, GaussianMixture } from '../../src/estimator.ts';
import { blobs } from '../helpers/random.ts';

const CENTRES = [
  [0, 0, 0],
  [9, 9, -9],
];
const data = blobs(200, CENTRES, 3);
/** The second column is hardly spread at all. */
const narrow = data.map((value, i) => (i % 3 === 1 ? 5 + 1e-3 * value : value));

async function warningsOf(model: 'gmm' | 'vbgmm', settings: object, rows: Float64Array): Promise<string[]> {
  const warnings: string[] = [];
  await new Estimator(model, { components: 2, ...settings }).fit(
    { data: rows, dimensions: 3 },
    { onWarning: (message) => void warnings.push(message) },
  );
  return warnings;
}

test.each(['gmm', 'vbgmm'] as const)(
  '%s: regCovar that rules variances is told of once, with the columns',
  async (model) => {
    for (const covariance of ['full', 'diagonal', 'tied'] as const) {
      const whose = covariance === 'tied' ? 'the shared covariance' : '[12] of 2 components';
      expect(await warningsOf(model, { covariance, regCovar: 1e-4 }, narrow)).toEqual([
        expect.stringMatching(
          new RegExp(
            `^regCovar \\(0.0001\\) is more than a tenth of the variances of ${whose} in column 2: lower regCovar`,
          ),
        ),
      ]);
      expect(await warningsOf(model, { covariance, regCovar: 1e-9 }, narrow)).toEqual([]);
    }
  },
);

test('a message names five columns at most', async () => {
  const wide = Float64Array.from({ length: 300 }, (_, i) => Math.floor(i / 10) + 1e-4 * Math.sin(i));
  const warnings: string[] = [];
  await new GaussianMixture({ components: 1, regCovar: 1e6 }).fit(
    { data: wide, dimensions: 10 },
    { onWarning: (message) => void warnings.push(message) },
  );
  expect(warnings).toEqual([expect.stringContaining('in 10 columns (1, 2, 3, 4, 5, …): ')]);
});

test('a component that no row belongs to is told of, but not of a Bayesian model', async () => {
  const init = { means: [...CENTRES, [1e3, 1e3, 1e3]] };
  for (const [model, count] of [
    ['gmm', 1],
    ['vbgmm', 0],
  ] as const) {
    const warnings = await warningsOf(model, { components: undefined, init }, data);
    expect(warnings.filter((message) => message.includes('1 of the 3 components holds no rows')).length).toBe(count);
  }
});
