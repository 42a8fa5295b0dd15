// The types of the public API, checked by `npm run types`; nothing here is run.
import type { Matrix } from 'ml-matrix';
import { expectTypeOf } from 'vitest';
import {
  type AlgorithmName,
  type Chunk,
  type CovarianceName,
  type DataError,
  DPVariationalGaussianMixture,
  type ErrorCode,
  Estimator,
  type FileError,
  type FitError,
  type FitResult,
  type FitSettings,
  GaussianMixture,
  type GaussianMixtureSettings,
  type GaussianModel,
  type Identification,
  type InitName,
  type Iteration,
  identify,
  type KernelName,
  KMeans,
  type KMeansModel,
  type KMeansSettings,
  type MegaMixError,
  MixtureModel,
  type ModelName,
  type OnlineFit,
  openData,
  type Precision,
  type Prediction,
  PYPVariationalGaussianMixture,
  type PYPVariationalGaussianMixtureSettings,
  partition,
  type RowScore,
  randomHoldOut,
  type Sample,
  type Score,
  type SettingError,
  type Source,
  type StopReason,
  type VariationalGaussianMixture,
} from '../src/index.ts';

// Which settings each model takes.

type CommonSetting =
  | 'components'
  | 'update'
  | 'init'
  | 'seed'
  | 'restarts'
  | 'tolerance'
  | 'patience'
  | 'maxIterations'
  | 'iterations'
  | 'algorithm'
  | 'blocks'
  | 'momentum'
  | 'blockMemory'
  | 'window'
  | 'stepwisePasses'
  | 'stepSize';
type PointSetting = 'covariance' | 'start' | 'boost' | 'regCovar' | 'varianceFloor';
type PriorSetting = 'alpha0' | 'beta0' | 'nu0' | 'meansPrior' | 'inversePrecisionPrior';
type ProcessSetting = 'sortComponents';

type SettingsOf<T extends new (settings: never) => Estimator> = keyof ConstructorParameters<T>[0];

expectTypeOf<SettingsOf<typeof KMeans>>().toEqualTypeOf<CommonSetting | 'distance'>();
expectTypeOf<SettingsOf<typeof GaussianMixture>>().toEqualTypeOf<CommonSetting | PointSetting>();
expectTypeOf<SettingsOf<typeof VariationalGaussianMixture>>().toEqualTypeOf<
  CommonSetting | PointSetting | PriorSetting
>();
expectTypeOf<SettingsOf<typeof DPVariationalGaussianMixture>>().toEqualTypeOf<
  CommonSetting | PointSetting | PriorSetting | ProcessSetting
>();
expectTypeOf<SettingsOf<typeof PYPVariationalGaussianMixture>>().toEqualTypeOf<
  Exclude<keyof FitSettings, 'distance'>
>();
expectTypeOf<keyof FitSettings>().toEqualTypeOf<
  CommonSetting | PointSetting | PriorSetting | ProcessSetting | 'discount' | 'distance'
>();

// @ts-expect-error: K-means has no covariance
new KMeans({ components: 2, covariance: 'full' });
// @ts-expect-error: a Gaussian mixture has no discount
new GaussianMixture({ components: 2, discount: 0.5 });
// @ts-expect-error: nor a prior
new GaussianMixture({ components: 2, alpha0: 1 });
// @ts-expect-error: a Dirichlet process has no discount
new DPVariationalGaussianMixture({ components: 2, discount: 0.5 });
// @ts-expect-error: settings have names
new GaussianMixture({ component: 2 });
// @ts-expect-error: and types
new GaussianMixture({ components: '2' });
// @ts-expect-error: diag is another library's word
new GaussianMixture({ components: 2, covariance: 'diag' });
// @ts-expect-error: there is no such start
new KMeans({ components: 2, init: 'kmeans++' });
new PYPVariationalGaussianMixture({ components: 2, discount: 0.5, covariance: 'tied', sortComponents: true });

// Which settings each algorithm takes.

new GaussianMixture({ components: 2, algorithm: 'incremental', blocks: 3, momentum: 0, blockMemory: 0 });
new KMeans({
  components: 2,
  algorithm: 'stepwise',
  window: 3,
  stepSize: { constant: 0.1 },
  stepwisePasses: 2,
  blocks: 3,
});
new DPVariationalGaussianMixture({ components: 2, algorithm: 'batch', sortComponents: true });
new GaussianMixture({ components: 2, algorithm: null as unknown as AlgorithmName });
// @ts-expect-error: a batch fit has no blocks
new GaussianMixture({ components: 2, algorithm: 'batch', blocks: 3 });
// @ts-expect-error: nor has one that is so by default
new KMeans({ components: 2, blocks: 3 });
// @ts-expect-error: nor a momentum
new DPVariationalGaussianMixture({ components: 2, momentum: 0.5 });
// @ts-expect-error: nor windows
new PYPVariationalGaussianMixture({ components: 2, algorithm: 'batch', window: 100 });
// @ts-expect-error: nor steps
new GaussianMixture({ components: 2, stepSize: { constant: 0.1 } });
// @ts-expect-error: an incremental fit has no windows
new GaussianMixture({ components: 2, algorithm: 'incremental', window: 100 });
// @ts-expect-error: and no order of components
new DPVariationalGaussianMixture({ components: 2, algorithm: 'incremental', sortComponents: true });
// @ts-expect-error: where it is open which algorithm it will be, only what all take
new GaussianMixture({ components: 2, algorithm: null as unknown as AlgorithmName, blocks: 3 });

// The same of a model by its name.

new Estimator('kmeans', { components: 2, algorithm: 'stepwise', window: 3 });
new Estimator('dpgmm', { components: 2, alpha0: 1 });
new Estimator(null as unknown as ModelName, null as unknown as FitSettings);
// @ts-expect-error: K-means has no covariance
new Estimator('kmeans', { components: 2, covariance: 'full' });
// @ts-expect-error: nor a start, a boost, or what is added to covariances
new Estimator('kmeans', { components: 2, regCovar: 1 });
// @ts-expect-error: a Gaussian mixture has no prior
new Estimator('gmm', { components: 2, nu0: 5 });
// @ts-expect-error: a batch fit has no blocks
new Estimator('gmm', { components: 2, blocks: 3 });
expectTypeOf(new KMeans({ components: 2 }).model).toEqualTypeOf<'kmeans'>();
expectTypeOf<KMeansSettings>().toExtend<GaussianMixtureSettings>();
expectTypeOf<PYPVariationalGaussianMixtureSettings>().toExtend<FitSettings>();

// What can be named.

expectTypeOf<ModelName>().toEqualTypeOf<'kmeans' | 'gmm' | 'vbgmm' | 'dpgmm' | 'pypgmm'>();
expectTypeOf<CovarianceName>().toEqualTypeOf<
  'full' | 'diagonal' | 'spherical' | 'tied' | 'tied-diagonal' | 'tied-spherical'
>();
expectTypeOf<AlgorithmName>().toEqualTypeOf<'batch' | 'incremental' | 'stepwise'>();
expectTypeOf<KernelName>().toEqualTypeOf<'blas' | 'wasm' | 'js'>();
expectTypeOf<Precision>().toEqualTypeOf<'f64' | 'f32'>();
expectTypeOf<InitName>().toEqualTypeOf<
  'k-means' | 'k-means++' | 'afk-mc2' | 'random' | 'random-responsibilities' | 'gmm' | 'vbgmm' | 'splitting'
>();

// What fits, models and scores give.

const estimator = new GaussianMixture({ components: 2 });
expectTypeOf(estimator).toExtend<Estimator>();
expectTypeOf(estimator.fit).returns.resolves.toEqualTypeOf<GaussianModel<'gmm'>>();
expectTypeOf(estimator.fitWithReport).returns.resolves.toEqualTypeOf<FitResult<GaussianModel<'gmm'>>>();
expectTypeOf(estimator.initialize).returns.resolves.toEqualTypeOf<GaussianModel<'gmm'>>();
expectTypeOf<GaussianModel>().toExtend<MixtureModel>();
expectTypeOf(estimator.fit).returns.resolves.toHaveProperty('logProbabilities').toBeFunction();

// K-means does not offer what throws.

const kMeans = new KMeans({ components: 2 });
expectTypeOf(kMeans).toExtend<Estimator>();
expectTypeOf(kMeans.fit).returns.resolves.toEqualTypeOf<KMeansModel>();
expectTypeOf<KMeansModel>().toExtend<MixtureModel>();
expectTypeOf<
  KMeansModel[
    | 'logProbabilities'
    | 'logNormalisers'
    | 'logResponsibilities'
    | 'covariance'
    | 'covariances'
    | 'sample'
    | 'adapt']
>().toBeNever();
expectTypeOf(estimator.online).returns.toEqualTypeOf<OnlineFit>();
expectTypeOf<FitResult['model']>().toEqualTypeOf<MixtureModel>();
expectTypeOf<FitResult['kernel']>().toEqualTypeOf<KernelName>();
expectTypeOf<Iteration['gain']>().toEqualTypeOf<number | null>();

expectTypeOf(MixtureModel.load).returns.resolves.toEqualTypeOf<MixtureModel>();
expectTypeOf<MixtureModel['means']>().toEqualTypeOf<Matrix>();
expectTypeOf<MixtureModel['covariances']>().toEqualTypeOf<Matrix[]>();
expectTypeOf<MixtureModel['covarianceType']>().toEqualTypeOf<CovarianceName | null>();
expectTypeOf<MixtureModel['weights']>().toEqualTypeOf<Float64Array>();
expectTypeOf<MixtureModel['stopReason']>().toEqualTypeOf<StopReason | null>();
expectTypeOf<MixtureModel['heldOutCriterion']>().toEqualTypeOf<readonly number[] | null>();
expectTypeOf<MixtureModel['labels']>().returns.toEqualTypeOf<AsyncGenerator<Int32Array>>();
expectTypeOf<MixtureModel['logProbabilities']>().returns.toEqualTypeOf<AsyncGenerator<Float64Array>>();
expectTypeOf<MixtureModel['logResponsibilities']>().returns.toEqualTypeOf<AsyncGenerator<Chunk>>();
expectTypeOf<MixtureModel['predict']>().returns.resolves.toEqualTypeOf<Prediction>();
expectTypeOf<MixtureModel['score']>().returns.resolves.toEqualTypeOf<Score>();
expectTypeOf<MixtureModel['sample']>().returns.toEqualTypeOf<Generator<Sample>>();
expectTypeOf<Extract<Prediction, { distances: null }>>().toEqualTypeOf<{
  readonly labels: Int32Array;
  readonly logProbabilities: Float64Array;
  readonly responsibilities: Matrix;
  readonly distances: null;
}>();
expectTypeOf<Extract<Prediction, { distances: Float64Array }>>().toEqualTypeOf<{
  readonly labels: Int32Array;
  readonly logProbabilities: null;
  readonly responsibilities: null;
  readonly distances: Float64Array;
}>();
expectTypeOf<Score['bic']>().toEqualTypeOf<number | null>();
expectTypeOf<RowScore['logProbability']>().toEqualTypeOf<number | null>();
expectTypeOf(identify).returns.toExtend<AsyncIterable<Identification>>();
expectTypeOf(openData).returns.resolves.toEqualTypeOf<Source>();
expectTypeOf(partition).returns.toEqualTypeOf<[training: Source, heldOut: Source]>();
expectTypeOf(randomHoldOut(0.1)(3)).toBeBoolean();
// @ts-expect-error: a model never changes
(null as unknown as MixtureModel).state = null;

// Data can be many things, but not all.

declare const floats: Float32Array;
declare const stream: AsyncIterable<number[]>;
declare const matrix: Matrix;
for (const data of ['rows.npy', ['a.csv', 'b.csv'], new URL('file:///rows.npy'), [[1, 2]], matrix, stream] as const) {
  expectTypeOf(estimator.fit).toBeCallableWith(data);
}
estimator.fit({ data: floats, dimensions: 2, weights: new Float64Array(3) });
// @ts-expect-error: a flat array says how many columns it has
estimator.fit({ data: floats });
// @ts-expect-error: a number is no data
estimator.fit(7);
// @ts-expect-error: null neither
estimator.fit(null);
// @ts-expect-error: there is no such kernel
estimator.fit('rows.npy', { kernel: 'gpu' });

expectTypeOf<DataError | FileError | FitError | SettingError>().toExtend<MegaMixError>();
expectTypeOf<MegaMixError>().toExtend<Error>();
expectTypeOf<
  DataError['code'] | FileError['code'] | FitError['code'] | SettingError['code']
>().toEqualTypeOf<ErrorCode>();
expectTypeOf<DataError['column']>().toEqualTypeOf<string | number | undefined>();
// @ts-expect-error: a code of data is none of a setting
expectTypeOf<SettingError['code']>().toExtend<DataError['code']>();
