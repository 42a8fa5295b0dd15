import { expect, test } from 'vitest';
import * as megamix from '../src/index.ts';

test('what the package exports', () => {
  expect(Object.keys(megamix).toSorted()).toEqual([
    'DPVariationalGaussianMixture',
    'DataError',
    'Estimator',
    'FeatureTransform',
    'FileError',
    'FitError',
    'GaussianMixture',
    'KMeans',
    'MegaMixError',
    'MixtureModel',
    'OnlineFit',
    'PYPVariationalGaussianMixture',
    'SettingError',
    'VariationalGaussianMixture',
    'errorCodes',
    'exportModel',
    'identify',
    'importModel',
    'openData',
    'partition',
    'randomHoldOut',
    'writeRows',
  ]);
});
