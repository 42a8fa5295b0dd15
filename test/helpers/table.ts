import { Estimator } from '../../src/estimator.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import { type CovarianceName, covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { type ModelName, models, takes } from '../../src/mixture/model-table.ts';

/** A model with a covariance type, or K-means: what every law is tried on. */
export interface Row {
  readonly label: string;
  readonly model: ModelName;
  readonly covariance: CovarianceName | undefined;
}

const names = Object.keys(models) as ModelName[];

/** All rows of the model table times all covariance types: laws hold for each. */
export const allRows: readonly Row[] = names.flatMap((model): Row[] => {
  if (!takes(model, 'covariance')) return [{ label: model, model, covariance: undefined }];
  return (Object.keys(covarianceTypes) as CovarianceName[]).map((covariance) => ({
    label: `${model} ${covariance}`,
    model,
    covariance,
  }));
});

const covariances = Object.keys(covarianceTypes);
const bayesian = names.filter((model) => models[model].components.variational);

/** Whether a Bayesian model has this covariance type in short runs: each type is that of one of them. */
const isChosen = ({ model, covariance }: Row): boolean =>
  !models[model].components.variational || bayesian[covariances.indexOf(covariance!) % bayesian.length] === model;

/** Each model, and each covariance type with and without priors; all rows in long runs (`npm run test:long`). */
export const rows: readonly Row[] = process.env.MEGAMIX_TEST_RUNS === undefined ? allRows.filter(isChosen) : allRows;

export const estimator = ({ model, covariance }: Row, settings: FitSettings): Estimator =>
  new Estimator(model, { ...settings, covariance });
