// Criterion, mean log-probability, AIC and BIC of data.
import { eStepOfEach } from '../e-step/e-step.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { checkComputing } from '../kernels/index.ts';
import { centroids } from '../mixture/components/centroids.ts';
import { criterionScaleOf, freeParameters, type Mixture, rowOf } from '../mixture/mixture.ts';
import type { Statistics } from '../mixture/statistics.ts';
import type { RowData } from '../sources/data.ts';
import { openOnce } from '../sources/source.ts';
import type { InferenceOptions } from './options.ts';
import { checkRows, type Scoring } from './row-results.ts';

/** Result of `MixtureModel.score`. */
export interface Score {
  /** Number of rows. */
  readonly rows: number;
  /** Criterion of these rows, as a fit of them would report it. */
  readonly criterion: number;
  /** Criterion divided by the sum of the row weights. */
  readonly criterionPerRow: number;
  /**
   * Mean log-probability per row, in nats; for variational models of the posterior predictive density; null for
   * K-means.
   */
  readonly logProbPerRow: number | null;
  /** Akaike's information criterion, lower is better; null for models that are not fitted by maximum likelihood. */
  readonly aic: number | null;
  /** Bayesian information criterion of Schwarz (1978), lower is better; null likewise. */
  readonly bic: number | null;
}

/** Score of data, in one reading. */
export async function scoreRows(
  model: Scoring,
  mixture: Mixture,
  divergence: number,
  data: RowData,
  options: InferenceOptions,
): Promise<Score> {
  const pool = new Pool(checkComputing(options));
  const source = await openOnce(data, { ...options, rowsFor: model });
  try {
    checkRows(model, source);
    const { pass, densityPass } = model;
    const passes = densityPass.scorer === pass.scorer ? [pass] : [pass, densityPass];
    const [sums, ofDensity = sums] = await eStepOfEach(pool, source, passes, options);
    return scoreOf(mixture, sums!, ofDensity!, divergence);
  } finally {
    await pool.close();
    if (source !== data) await source.close();
  }
}

/** Score of data from two sums over them: of the model's pass, and of its density's pass. */
export function scoreOf(
  mixture: Mixture,
  { rows, weight, logNormaliser }: Statistics,
  density: Statistics,
  divergence: number,
): Score {
  const { components } = rowOf(mixture);
  const hasDensity = components !== centroids;
  const criterion = criterionScaleOf(mixture) * logNormaliser - divergence;
  const logProbPerRow = hasDensity ? density.logNormaliser / weight : null;
  const isLikelihood = hasDensity && !components.variational;
  const penalised = (price: number): number | null =>
    isLikelihood ? -2 * logNormaliser + price * freeParameters(mixture) : null;
  const [aic, bic] = [penalised(2), penalised(Math.log(weight))];
  return { rows, criterion, criterionPerRow: criterion / weight, logProbPerRow, aic, bic };
}
