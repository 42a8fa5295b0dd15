import { expect, test } from 'vitest';
import { Estimator, GaussianMixture, KMeans } from '../../src/estimator.ts';
import type { FitSettings } from '../../src/fitting/settings.ts';
import type { ModelName } from '../../src/mixture/model-table.ts';

test.each([
  ['gmm', {}, 'components: received nothing'],
  ['gmm', { components: 0 }, 'components: received 0, expected a whole number ≥ 1'],
  ['gmm', { components: 2.5 }, 'components: received 2.5'],
  ['gmm', { components: '3' }, 'components: received "3"'],
  ['gmm', { components: Number.NaN }, 'components: received NaN'],
  [
    'gmm',
    { components: 3, covariance: 'round' },
    'covariance: received "round", expected full, diagonal, spherical, tied',
  ],
  ['gmm', { components: 3, init: 'best' }, 'init: received "best", expected k-means, k-means++, afk-mc2, random'],
  ['gmm', null as never, 'settings: received null'],
  ['gmm', { components: 3, init: {} as never }, 'init: received an object'],
  ['gmm', { components: 3, init: null as never }, 'init: received null'],
  ['gmm', { components: 3, start: 'end' }, 'start: received "end", expected labels, parameters'],
  ['gmm', { components: 3, regCovar: -1 }, 'regCovar: received -1, expected a finite number ≥ 0'],
  ['gmm', { components: 3, seed: -1 }, 'seed: received -1'],
  ['gmm', { components: 3, alpha0: 1 }, 'alpha0: a gmm has no such setting'],
  ['gmm', { components: 3, colour: 1 }, 'there is no setting colour'],
  ['gmm', { components: 3, toString: 1 }, 'there is no setting toString'],
  ['gmm', { components: 3, tolerance: Number.NaN }, 'tolerance: received NaN, expected a finite number'],
  ['gmm', { components: 3, patience: 0.5 }, 'patience: received 0.5'],
  ['gmm', { components: 3, maxIterations: -1 }, 'maxIterations: received -1'],
  ['gmm', { components: 3, iterations: 3, patience: 2 }, 'iterations: asks for exactly 3, which patience contradicts'],
  ['kmeans', { components: 3, covariance: 'full' }, 'covariance: a kmeans has no such setting'],
  ['kmeans', { components: 3, regCovar: 1 }, 'regCovar: a kmeans has no such setting'],
  ['vbgmm', { components: 3, alpha0: 0 }, 'alpha0: received 0, expected a finite number > 0'],
  ['vbgmm', { components: 3, beta0: -1 }, 'beta0: received -1'],
  ['vbgmm', { components: 3, nu0: Number.POSITIVE_INFINITY }, 'nu0: received Infinity'],
  ['dpgmm', { components: 3, discount: 0.5 }, 'discount: a dpgmm has no such setting'],
  ['pypgmm', { components: 3, discount: 1 }, 'discount: received 1, expected a number from 0 up to, but not, 1'],
  ['pypgmm', { components: 3, discount: -0.1 }, 'discount: received -0.1'],
] as [ModelName, FitSettings, string][])('%s %j is refused', (model, settings, message) => {
  expect(() => new Estimator(model, settings)).toThrow(message);
  expect(() => new Estimator(model, settings)).toThrow(expect.objectContaining({ name: 'SettingError' }));
});

test('ν₀ is checked against the dimensions of the data', async () => {
  const data = [
    [1, 2],
    [3, 5],
    [2, 2.5],
    [0, 1],
  ];
  const fitted = (covariance: FitSettings['covariance'], nu0: number) =>
    new Estimator('vbgmm', { components: 2, covariance, nu0, iterations: 1 }).fit(data);
  await expect(fitted('full', 1)).rejects.toThrow('nu0: received 1, expected more than 1 for 2 dimensions');
  await expect(fitted('tied', 0.5)).rejects.toThrow('nu0: received 0.5, expected more than 1');
  await expect(fitted('diagonal', 0.5)).resolves.toBeDefined();
});

test('a model is fitted on with what it was made with', async () => {
  const data = [
    [1, 2],
    [3, 5],
    [2, 2.5],
    [0, 1],
  ];
  const init = await new GaussianMixture({ components: 2, covariance: 'diagonal', iterations: 1 }).fit(data);
  expect(() => new KMeans({ init })).toThrow('received a gmm, which can be fitted on as a gmm only');
  expect(() => new GaussianMixture({ init, components: 3 })).toThrow(
    'components: received 3, but the model to fit on from has 2',
  );
  expect(() => new GaussianMixture({ init, covariance: 'full' })).toThrow("covariance: received 'full'");
  expect(() => new GaussianMixture({ init, regCovar: 1 })).toThrow('regCovar: the model to fit on from has its own');
  await expect(new GaussianMixture({ init }).fit([[1, 2, 3]])).rejects.toThrow(
    'has 3 columns, but the model to fit on from has 2',
  );
  expect(
    (await new GaussianMixture({ init, components: 2, covariance: 'diagonal', iterations: 3 }).fit(data)).iterations,
  ).toBe(4);
});

test('what needs more memory than there can be is refused at once', async () => {
  const wide = { data: new Float64Array(200_000), dimensions: 100_000 };
  await expect(new GaussianMixture({ components: 1, init: 'random' }).fit(wide)).rejects.toThrow(
    /components: 1 of 100000 dimensions need \d+ GiB/,
  );
});
