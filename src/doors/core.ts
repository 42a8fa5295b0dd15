// megamix/core: all of the mathematics on data in memory, in one file that needs no Node.js; the build puts it together.
export type { Chunk } from '../chunk.ts';
export { DataError, FitError, MegaMixError, SettingError } from '../errors.ts';
export {
  DPVariationalGaussianMixture,
  Estimator,
  type FitOptions,
  type FitResult,
  GaussianMixture,
  KMeans,
  PYPVariationalGaussianMixture,
  VariationalGaussianMixture,
} from '../estimator.ts';
export type { FitSettings } from '../fitting/settings-types.ts';
export { MixtureModel } from '../inference/model.ts';
export type { Prediction } from '../inference/prediction.ts';
export type { Score } from '../inference/score.ts';
export type { RowData, SourceOptions } from '../sources/data.ts';
export { partition, randomHoldOut } from '../sources/partition.ts';
export { openData, type Source } from '../sources/source.ts';
