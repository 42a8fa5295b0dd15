export type { Adaptable, Adaptation, AdaptOptions } from './adaptation/adapt.ts';
export type { AlgorithmName, AlgorithmSettings } from './algorithms/index.ts';
export type { StepSize } from './algorithms/step-size.ts';
export type { Chunk } from './chunk.ts';
export type { CovarianceName } from './covariance/index.ts';
export { DataError, FitError, MegaMixError, SettingError } from './errors.ts';
export {
  DPVariationalGaussianMixture,
  Estimator,
  type FitOptions,
  type FitResult,
  GaussianMixture,
  KMeans,
  PYPVariationalGaussianMixture,
  VariationalGaussianMixture,
} from './estimator.ts';
export type { Iteration, Progress } from './fit.ts';
export type { ComputeOptions, KernelName } from './kernels/index.ts';
export type { Precision } from './kernels/precision.ts';
export {
  type DensityPrediction,
  type InferenceOptions,
  MixtureModel,
  type NearestPrediction,
  type Prediction,
} from './model.ts';
export type { ModelName } from './models.ts';
export { OnlineFit } from './online/online-fit.ts';
export type { Check, OnlineOptions, OnlineSettings } from './online/settings.ts';
export { type IsHeldOut, partition, randomly } from './partition.ts';
export type { Sample, SampleOptions } from './sample.ts';
export type { Saving, SpacingName } from './saving.ts';
export { type Identification, identify } from './scoring/identify.ts';
export type { Responsibility, RowScore } from './scoring/row-scores.ts';
export type { Score } from './scoring/score.ts';
export type { ScoreOutput, ScorerOptions } from './scoring/score-stream.ts';
export type { Settings, StartName } from './settings.ts';
export { type Data, open, type RowSource, type Source, type SourceOptions } from './source.ts';
export type { FormatName } from './sources/formats.ts';
export type { Bytes, HasBody } from './sources/inputs.ts';
export type { NamedRow } from './sources/named-rows.ts';
export type { Cell, NumberArray } from './sources/numbers.ts';
export type { FlatRows, Row, Rows, ShapedNumbers } from './sources/rows.ts';
export type { FrontEnd, FrontEndSettings } from './speech/front-end.ts';
export type { EncodingName } from './speech/pcm.ts';
export { FeatureTransform, type FeatureTransformSettings } from './speech/transform.ts';
export type { WindowName } from './speech/window.ts';
export type { InitName } from './start/starts.ts';
export type { StopReason } from './stopping.ts';
export type { LoadOptions, ModelState, SaveOptions } from './storage/model-file.ts';
export { writeNpy } from './storage/npy.ts';
