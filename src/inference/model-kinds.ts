// The types of fitted models: what each kind offers.
import type { CovarianceName } from '../mixture/covariance/index.ts';
import type { ModelName } from '../mixture/model-table.ts';
import type { RowData } from '../sources/data.ts';
import type { MixtureModel } from './model.ts';
import type { InferenceOptions } from './options.ts';
import type { DensityPrediction, NearestPrediction } from './prediction.ts';
import type { Score } from './score.ts';

/** A fitted K-means model: labels, distances and the criterion. What needs densities, which it does not have, is of type never. */
export type KMeansModel = {
  readonly kind: 'kmeans';
  readonly hasDensity: false;
  readonly covarianceType: null;
  readonly logProbabilities: never;
  readonly logNormalisers: never;
  readonly logResponsibilities: never;
  readonly covariances: never;
  readonly covariance: never;
  readonly sample: never;
  readonly adapt: never;
  readonly impute: never;
  /** The nearest centre of each row, and how far it is, for data whose results fit in memory. */
  predict(rows: RowData, options?: InferenceOptions): Promise<NearestPrediction>;
  /** Reads the data once; the criterion is the sum of squared distances to the nearest centres. */
  score(data: RowData, options?: InferenceOptions): Promise<Score & { readonly logProbPerRow: null }>;
  /** The same model without the centres that no row is nearest to. */
  simplify(data: RowData, options?: InferenceOptions): Promise<KMeansModel>;
} & MixtureModel;

/** A fitted Gaussian mixture of any kind: it has densities. */
export type GaussianModel<M extends GaussianModelName = GaussianModelName> = {
  readonly kind: M;
  readonly hasDensity: true;
  readonly covarianceType: CovarianceName;
  /** Labels, log-probabilities and responsibilities, for data whose results fit in memory. */
  predict(rows: RowData, options?: InferenceOptions): Promise<DensityPrediction>;
  /** Reads the data once: criterion, mean log-probability, and of a gmm AIC and BIC. */
  score(data: RowData, options?: InferenceOptions): Promise<Score & { readonly logProbPerRow: number }>;
  /** The same model without the components that are no row's most probable one; the weights follow from the counts left. */
  simplify(data: RowData, options?: InferenceOptions): Promise<GaussianModel<M>>;
} & MixtureModel;

/** All but K-means. */
export type GaussianModelName = Exclude<ModelName, 'kmeans'>;

/** The model that an estimator gives; MixtureModel while it is open which. */
export type ModelOf<M extends ModelName> = [ModelName] extends [M]
  ? MixtureModel
  : M extends 'kmeans'
    ? KMeansModel
    : M extends GaussianModelName
      ? GaussianModel<M>
      : never;
