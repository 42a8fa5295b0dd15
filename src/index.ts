// The public API.
export type { Chunk, RowPart } from './chunk.ts';
export type { DataErrorCode, ErrorCode, FileErrorCode, FitErrorCode, SettingErrorCode } from './error-codes.ts';
export { errorCodes } from './error-codes.ts';
export { DataError, FileError, FitError, MegaMixError, SettingError } from './errors.ts';
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
export type { AlgorithmName } from './fitting/algorithms/index.ts';
export type { StepSize } from './fitting/algorithms/step-size.ts';
export type { CheckpointOptions, Resumption } from './fitting/checkpoint/options.ts';
export type { Iteration, Progress } from './fitting/fit.ts';
export type { InitName } from './fitting/initialization/initializers.ts';
export type {
  DPVariationalGaussianMixtureSettings,
  GaussianMixtureSettings,
  KMeansSettings,
  PYPVariationalGaussianMixtureSettings,
  SettingsOf,
  VariationalGaussianMixtureSettings,
} from './fitting/model-settings.ts';
export { OnlineFit } from './fitting/online/online-fit.ts';
export type { OnlineCheck, OnlineOptions, OnlineSaveOptions } from './fitting/online/settings.ts';
export type { ModelSaving, SpacingName } from './fitting/saving.ts';
export type { FitSettings, OnlineSettings } from './fitting/settings-types.ts';
export type { AdaptOptions } from './inference/adapt.ts';
export type { Adaptable } from './inference/adaptation.ts';
export { type ExportFormatName, type ExportOptions, exportModel } from './inference/export.ts';
export { type Identification, identify } from './inference/identify.ts';
export { importModel } from './inference/import.ts';
export { MixtureModel } from './inference/model.ts';
export type { GaussianModel, KMeansModel } from './inference/model-kinds.ts';
export type { InferenceOptions } from './inference/options.ts';
export type { PartScore, PartScoreOptions } from './inference/part-scores.ts';
export type { DensityPrediction, NearestPrediction, Prediction } from './inference/prediction.ts';
export type { Predictor, PredictorOptions } from './inference/predictor.ts';
export type { RowOutput, RowOutputName, RowOutputOptions } from './inference/row-outputs.ts';
export type { Responsibility, RowScore } from './inference/row-scores.ts';
export type { Sample, SampleOptions } from './inference/sample.ts';
export type { Score } from './inference/score.ts';
export type { ScoreOutput, ScorerOptions } from './inference/score-stream.ts';
export type { Adaptation } from './inference/settings-types.ts';
export type { StopReason } from './inference/stop-reason.ts';
export type { ComputeOptions, KernelName } from './kernels/index.ts';
export type { Precision } from './kernels/precision.ts';
export type { CovarianceName } from './mixture/covariance/index.ts';
export type { DistanceName } from './mixture/distance.ts';
export type { ModelName } from './mixture/model-table.ts';
export type { RowData, RowSource, SourceOptions } from './sources/data.ts';
export type { FormatName } from './sources/formats.ts';
export { type IsHeldOut, partition, randomHoldOut } from './sources/partition.ts';
export type { FlatRows, Row, Rows, ShapedNumbers } from './sources/rows.ts';
export { openData, type Source } from './sources/source.ts';
export type { Bytes, HasBody } from './sources/values/inputs.ts';
export type { NamedRow } from './sources/values/named-rows.ts';
export type { Cell, NumberArray } from './sources/values/numbers.ts';
export type { FrontEnd, FrontEndSettings, RowFrontEnd, SoundFrontEnd } from './speech/front-end.ts';
export type { EncodingName } from './speech/pcm.ts';
export { FeatureTransform, type FeatureTransformSettings } from './speech/transform.ts';
export type { WindowName } from './speech/window.ts';
export type { LoadOptions, ModelState, SaveOptions } from './storage/model-file.ts';
export type { ModelFormatName } from './storage/models/formats.ts';
export type { GaussianNumbers, PitmanYorNumbers, VariationalNumbers } from './storage/models/from-numbers.ts';
export type { GivenCovariances } from './storage/models/given-covariances.ts';
export type { ModelJson } from './storage/models/json.ts';
export type { NumberTable } from './storage/models/number-table.ts';
export type { ImportOptions } from './storage/models/read.ts';
export {
  type RowFormatName,
  type WideRows,
  type WritableRows,
  type WriteOptions,
  writeRows,
} from './storage/rows/write.ts';
