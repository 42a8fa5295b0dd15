import { describe, expect, test } from 'vitest';
import * as megamix from '../src/index.ts';
import type { CommonSetting, PointSetting, PriorSetting, ProcessSetting } from './public-types.ts';

const { Estimator, SettingError } = megamix;

test('what the package exports', () => {
  expect(Object.keys(megamix).toSorted()).toEqual([
    'DPVariationalGaussianMixture',
    'DataError',
    'Estimator',
    'FeatureTransform',
    'FitError',
    'GaussianMixture',
    'KMeans',
    'MegaMixError',
    'MixtureModel',
    'OnlineFit',
    'PYPVariationalGaussianMixture',
    'SettingError',
    'VariationalGaussianMixture',
    'identify',
    'openData',
    'partition',
    'randomHoldOut',
    'writeRows',
  ]);
});

// The same lists that public-types.ts holds the constructors' types to, with a value that is right.
const common: Record<CommonSetting, unknown> = {
  components: 2,
  init: 'random',
  seed: 1,
  restarts: 2,
  tolerance: 1e-3,
  patience: 1,
  maxIterations: 5,
  iterations: 5,
  algorithm: 'batch',
  blocks: 3,
  momentum: 0.5,
  blockMemory: 0,
  window: 10,
  stepwisePasses: 1,
  stepSize: { constant: 0.5 },
};
const point: Record<PointSetting, unknown> = { covariance: 'tied', start: 'labels', boost: 2, regCovar: 0 };
const prior: Record<PriorSetting, unknown> = {
  alpha0: 1,
  beta0: 1,
  nu0: 9,
  meansPrior: [[0, 0]],
  inversePrecisionPrior: [
    [1, 0],
    [0, 1],
  ],
};
const process: Record<ProcessSetting, unknown> = { sortComponents: true };
const pitmanYor = { discount: 0.25 };
const all = { ...common, ...point, ...prior, ...process, ...pitmanYor };
const taken = {
  kmeans: common,
  gmm: { ...common, ...point },
  vbgmm: { ...common, ...point, ...prior },
  dpgmm: { ...common, ...point, ...prior, ...process },
  pypgmm: all,
};
/** Settings that mean something to another algorithm only. */
const algorithmOf: Record<string, 'incremental' | 'stepwise'> = {
  blocks: 'incremental',
  momentum: 'incremental',
  blockMemory: 'incremental',
  window: 'stepwise',
  stepwisePasses: 'stepwise',
  stepSize: 'stepwise',
};

describe.each(Object.entries(taken))('%s', (model, own) => {
  test.each(Object.entries(all))('%s', (name, value) => {
    const algorithm = algorithmOf[name];
    const settings = { components: 2, ...(algorithm ? { algorithm } : {}), [name]: value };
    const make = () => new Estimator(model as keyof typeof taken, settings);
    if (name in own) expect(make).not.toThrow();
    else expect(make).toThrow(new SettingError(`${name}: a ${model} has no such setting`));
  });
});
