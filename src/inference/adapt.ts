// Passes of MAP adaptation.
import { eStep } from '../e-step/e-step.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { checkComputing } from '../kernels/index.ts';
import { compile } from '../mixture/compile.ts';
import { type Mixture, type Parameters, rowOf } from '../mixture/mixture.ts';
import type { RowData } from '../sources/data.ts';
import { openAgain, openOnce, type Source } from '../sources/source.ts';
import type { ModelState } from '../storage/model-file.ts';
import { checkAdaptation } from './adaptation.ts';
import type { InferenceOptions } from './options.ts';
import { adapted } from './relevance.ts';
import type { Adaptation } from './settings-types.ts';

/** Options of `MixtureModel.adapt`: how much to adapt, how data are read, and computation. */
export interface AdaptOptions extends InferenceOptions, Adaptation {}

/** The state of a model, adapted to data: a pass of the E-step over them for each iteration. */
export async function adaptState(
  state: ModelState,
  data: RowData,
  checkDimensions: (source: Source) => void,
  options: AdaptOptions,
): Promise<ModelState> {
  const adaptation = checkAdaptation(options);
  const { adapts, iterations } = adaptation;
  const { mixture, parameters: known } = asGaussianMixture(state);
  const { assignment } = rowOf(mixture);
  const pool = new Pool(checkComputing(options));
  const source = await (iterations > 1 ? openAgain : openOnce)(data, { ...options, rowsFor: state });
  try {
    checkDimensions(source);
    const criterion: number[] = [];
    let parameters = known;
    for (let done = 0; done < iterations; done++) {
      const { scorer } = compile(mixture, parameters);
      const { means } = parameters;
      const moments = { covariance: adapts.has('covariances') ? mixture.covariance : null, means };
      const statistics = await eStep(pool, source, { scorer, assignment, moments }, options);
      criterion.push(statistics.logNormaliser);
      parameters = adapted(mixture, known, statistics, means, adaptation);
    }
    return {
      mixture,
      parameters,
      iterations: state.iterations + iterations,
      criterion,
      heldOutCriterion: null,
      frontEnd: state.frontEnd,
    };
  } finally {
    await pool.close();
    if (source !== data) await source.close();
  }
}

/** The Gaussian mixture of a model's expected weights, means and covariances, which adaptation begins with. */
export function asGaussianMixture({ mixture, parameters }: ModelState): { mixture: Mixture; parameters: Parameters } {
  if (!mixture.componentPrior) return { mixture, parameters };
  const { covariance, components, dimensions, regCovar } = mixture;
  const { means, covariances, counts } = parameters;
  const logWeights = rowOf(mixture).weights.expected(parameters).map(Math.log);
  const weightPrior = { alpha0: 1 / components, discount: 0 };
  return {
    mixture: { model: 'gmm', covariance, components, dimensions, regCovar, weightPrior },
    parameters: { means, covariances, counts, logWeights },
  };
}
