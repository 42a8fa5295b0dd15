import { describe, expect, test } from 'vitest';
import { OnlineFit } from '../../src/fitting/online/online-fit.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { type Part, parts } from '../../src/mixture/constraints.ts';
import type { Parameters } from '../../src/mixture/mixture.ts';
import { models } from '../../src/mixture/model-table.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { parametersOf } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Parts of the parameters that M-steps leave as they are.
const CENTRES = [
  [0, 0, 0],
  [4, -3, 2],
  [-3, 3, 1],
];
const data = { data: blobs(400, CENTRES, 3), dimensions: 3 };
const init = {
  means: [
    [0.5, 1, -1],
    [3, -2, 1],
    [-2, 2, 2],
  ],
};
const path = temporaryDirectory();

const subsets: readonly (readonly Part[])[] = [
  ['means'],
  ['weights'],
  ['covariances'],
  ['means', 'weights'],
  ['weights', 'covariances'],
  ['means', 'covariances'],
];
const ofParts: Readonly<Record<Part, readonly (keyof Parameters)[]>> = {
  weights: ['logWeights', 'concentration'],
  means: ['means', 'beta'],
  covariances: ['covariances', 'nu'],
};

function expectOnly(update: readonly Part[], model: MixtureModel, start: MixtureModel): void {
  for (const part of parts) {
    for (const name of ofParts[part]) {
      const [now, before] = [model.state.parameters[name], start.state.parameters[name]];
      if (!update.includes(part)) expect(now, name).toEqual(before);
      else if (before?.length) expect(now, name).not.toEqual(before);
    }
  }
}

/** Of shared covariances ν, of K-means everything but means and weights, stays whatever is updated. */
const changes = (row: Row, update: readonly Part[]): readonly Part[] =>
  update.filter((part) => part !== 'covariances' || row.covariance !== undefined);

describe.each(rows)('$label', (row) => {
  const isShared = row.covariance?.startsWith('tied') === true;
  test.each(subsets)('only %s %s', async (...update) => {
    const given = update.filter((part): part is Part => part !== undefined);
    const start = await estimator(row, { init, components: 3 }).initialize(data);
    const sign = Math.sign(models[row.model].criterionScale);
    const settings = row.covariance ? { regCovar: 0 } : {};
    const algorithms: FitSettings[] = [
      {},
      { algorithm: 'incremental', blocks: 5, momentum: 0 },
      { algorithm: 'incremental', blocks: 5 },
      { algorithm: 'stepwise', window: 60 },
    ];
    for (const algorithm of algorithms) {
      const model = await estimator(row, { init, ...settings, ...algorithm, update: given, iterations: 5 }).fit(data);
      const begun = await estimator(row, { init, ...settings }).initialize(data);
      const seen = parts.filter((part) => !given.includes(part));
      for (const part of seen)
        for (const name of ofParts[part]) expect(model.state.parameters[name]).toEqual(begun.state.parameters[name]);
      if (algorithm.algorithm === 'stepwise') continue;
      for (const [t, value] of model.criterion.entries()) {
        if (t > 0) expect(sign * (value - model.criterion[t - 1]!)).toBeGreaterThan(-1e-9 * Math.abs(value));
      }
      if (given.includes('means')) expect(sign * (model.criterion.at(-1)! - model.criterion[0]!)).toBeGreaterThan(0);
    }
    const fitted = await estimator(row, { init, update: given, iterations: 5 }).fit(data);
    if (!isShared && !(row.model === 'kmeans' && !given.includes('means'))) {
      expectOnly(changes(row, given), fitted, start);
    }
    expect(fitted.state.mixture).toEqual(start.state.mixture);
  });

  test('two fits of one M-step are one fit of two', async () => {
    const update = ['weights', 'covariances'] as const;
    const half = await estimator(row, { init, update, iterations: 1 }).fit(data);
    const twice = await estimator({ ...row, covariance: undefined }, { init: half, update, iterations: 1 }).fit(data);
    const once = await estimator(row, { init, update, iterations: 2 }).fit(data);
    expect(parametersOf(twice)).toEqual(parametersOf(once));
  });

  test('online, saved and resumed', async () => {
    const update = ['weights', 'covariances'] as const;
    const start = await estimator(row, { init }).initialize(data);
    const begin = () => estimator({ ...row, covariance: undefined }, { init: start, update }).online({ window: 40 });
    const [one, two] = [begin(), begin()];
    await one.add(data);
    await two.add({ ...data, data: data.data.subarray(0, 600) });
    const file = path(`${row.label}.h5`);
    await two.save(file);
    two.destroy();
    const resumed = await OnlineFit.resume(file);
    await resumed.add({ ...data, data: data.data.subarray(600) });
    const [whole, parted] = [await one.finish(), await resumed.finish()];
    expect(parametersOf(parted)).toEqual(parametersOf(whole));
    expect(whole.state.parameters.means).toEqual(start.state.parameters.means);
    expect(whole.state.parameters.counts).not.toEqual(start.state.parameters.counts);
  });
});

describe('covariances are about the means that stay', () => {
  const few = { data: Float64Array.of(1, 2, 3, 6), dimensions: 1 };
  const start = { init: { means: [[2]] }, start: 'parameters', iterations: 1, regCovar: 0 } as const;

  test('of maximum likelihood', async () => {
    const row: Row = { label: '', model: 'gmm', covariance: 'full' };
    const model = await estimator(row, { ...start, update: ['covariances'] }).fit(few);
    expect(model.means.get(0, 0)).toBe(2);
    expect(model.covariance(0).get(0, 0)).toBeCloseTo((1 + 0 + 1 + 16) / 4, 12);
  });

  test('of a posterior: W⁻¹ = W₀⁻¹ + Σ (x − m)² + β₀ (m − m₀)², ν = ν₀ + N', async () => {
    const row: Row = { label: '', model: 'vbgmm', covariance: 'diagonal' };
    const prior = { beta0: 2, nu0: 3, meansPrior: [[0]], inversePrecisionPrior: [[5]] };
    const model = await estimator(row, { ...start, ...prior, update: ['covariances'] }).fit(few);
    const begun = await estimator(row, { ...start, ...prior }).initialize(few);
    expect(model.means.get(0, 0)).toBe(begun.means.get(0, 0));
    expect(model.state.parameters.nu).toEqual(Float64Array.of(7));
    expect(model.covariance(0).get(0, 0)).toBeCloseTo((5 + 18 + 2 * 4) / 7, 12);
  });
});

test('components that stay are not sorted', () => {
  const settings = { components: 2, sortComponents: true, update: ['means'] } as const;
  const row: Row = { label: '', model: 'dpgmm', covariance: 'full' };
  expect(() => estimator(row, settings)).toThrow('sortComponents: what update (means) leaves as it is');
});

test('what is no part is refused', () => {
  const row: Row = { label: '', model: 'gmm', covariance: 'full' };
  expect(() => estimator(row, { components: 2, update: ['medians' as 'means'] })).toThrow(
    'update: received "medians", expected some of weights, means, covariances',
  );
  expect(() => estimator(row, { components: 2, update: [] })).toThrow('update: received');
});
