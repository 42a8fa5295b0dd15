import { expect } from '../e-step/e-step.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { SettingError } from '../errors.ts';
import { checkComputing } from '../kernels/index.ts';
import { compile, type Mixture, type Parameters, rowOf } from '../mixture/mixture.ts';
import { type Data, openAgain, openOnce, type Source } from '../sources/source.ts';
import type { ModelState } from '../storage/model-file.ts';
import { anything, checkValue, type OptionTable, whole } from '../util/options.ts';
import { shown } from '../util/shown.ts';
import type { InferenceOptions } from './model.ts';
import { adapted } from './relevance.ts';

/** What of a mixture can be adapted. */
export const adaptable = ['means', 'weights', 'covariances'] as const;

/** means, weights or covariances. */
export type Adaptable = (typeof adaptable)[number];

/** How a mixture is adapted. */
export interface Adaptation {
  /** r > 0: how many rows what is known of a component is worth; default 16. */
  readonly relevance?: number | undefined;
  /** What is adapted; the rest stays. Default: the means. */
  readonly adapt?: readonly Adaptable[] | undefined;
  /** Passes over the data, each from what the one before gave; default 1. */
  readonly iterations?: number | undefined;
}

/** What they may be. */
export const adaptationOptions = {
  relevance: anything,
  adapt: anything,
  iterations: whole(1),
} satisfies OptionTable<Adaptation>;

/** The same, checked. */
export interface CheckedAdaptation {
  readonly relevance: number;
  readonly adapts: ReadonlySet<Adaptable>;
  readonly iterations: number;
}

/**
 * Checks the settings once.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkAdaptation({ relevance = 16, adapt = ['means'], iterations = 1 }: Adaptation): CheckedAdaptation {
  if (!(typeof relevance === 'number' && relevance > 0 && relevance < Number.POSITIVE_INFINITY)) {
    throw new SettingError(`relevance: received ${shown(relevance)}, expected a number > 0`);
  }
  const isSome = Array.isArray(adapt) && adapt.length > 0;
  const odd = isSome ? adapt.find((each) => !adaptable.includes(each)) : adapt;
  if (odd !== undefined || !isSome) {
    throw new SettingError(`adapt: received ${shown(odd ?? adapt)}, expected some of ${adaptable.join(', ')}`);
  }
  checkValue('iterations', iterations, adaptationOptions.iterations);
  return { relevance, adapts: new Set(adapt), iterations };
}

/** How a mixture is adapted, data are read, and a model computed of them. */
export interface AdaptOptions extends InferenceOptions, Adaptation {}

/** The state of a model, adapted to data: a pass of the E-step over them for each iteration. */
export async function adaptState(
  state: ModelState,
  data: Data,
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
      const statistics = await expect(pool, source, { scorer, assignment, moments }, options);
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
