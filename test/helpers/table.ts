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

/** What stands for all in short runs: each model, each covariance type, and the two most used ones with priors and without. */
const chosen: Partial<Record<ModelName, readonly CovarianceName[]>> = {
  gmm: ['full', 'diagonal', 'tied-spherical'],
  vbgmm: ['full', 'tied'],
  dpgmm: ['diagonal', 'tied-diagonal'],
  pypgmm: ['spherical'],
};

/** Those, and K-means; all rows in long runs (`npm run test:long`). */
export const rows: readonly Row[] =
  process.env.MEGAMIX_TEST_RUNS !== undefined
    ? allRows
    : allRows.filter(({ model, covariance }) => covariance === undefined || chosen[model]?.includes(covariance));

export const estimator = ({ model, covariance }: Row, settings: FitSettings): Estimator =>
  new Estimator(model, { ...settings, covariance });
