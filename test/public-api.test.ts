import { expect, test } from 'vitest';
import * as megamix from '../src/index.ts';

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
    'writeNpy',
  ]);
});
