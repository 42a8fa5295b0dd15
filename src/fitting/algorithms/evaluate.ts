// A pass at fixed parameters, and the criterion from its sums.
import { eStep, eStepWithHeldOut, type PassOptions } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { type Compiled, compile } from '../../mixture/compile.ts';
import { refillable } from '../../mixture/components/refill.ts';
import { countsOf, criterionScaleOf, type Mixture, type Parameters, refills, rowOf } from '../../mixture/mixture.ts';
import type { Pass } from '../../mixture/pass.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import type { Source } from '../../sources/source.ts';
import type { Evaluation, FitTask } from './algorithm.ts';

/** The criterion of a stream, from its Σ log normaliser. */
export const criterionOf = (mixture: Mixture, { divergence }: Compiled, logNormaliser: number): number =>
  0 - divergence + criterionScaleOf(mixture) * logNormaliser;

/** The E-step of a model, without moments. */
export const scoringPass = (mixture: Mixture, { scorer }: Compiled): Pass => ({
  scorer,
  assignment: rowOf(mixture).assignment,
});

/** More rows than this are not kept for components that hold none: further ones move in the next pass. */
const MOST_FARTHEST = 16;

/** The same with moments about the parameters' means. */
export function passAt(mixture: Mixture, compiled: Compiled, { means }: Parameters): Pass {
  const { covariance, components } = mixture;
  const farthest = refills(mixture) ? Math.min(components, MOST_FARTHEST) : undefined;
  return { ...scoringPass(mixture, compiled), moments: { covariance, means, farthest } };
}

/** The criterion of parameters on a stream, which is read once. */
export async function criterionOn(
  pool: Pool,
  mixture: Mixture,
  parameters: Parameters,
  source: Source,
  options: PassOptions,
): Promise<{ readonly criterion: number; readonly rows: number }> {
  const compiled = compile(mixture, parameters);
  const { logNormaliser, rows } = await eStep(pool, source, scoringPass(mixture, compiled), options);
  return { criterion: criterionOf(mixture, compiled, logNormaliser), rows };
}

/** How parameters are evaluated. */
interface EvaluationOptions extends PassOptions {
  /** Whether the fit began with them. */
  readonly isStart: boolean;
  /** Whether statistics about their means are asked for. */
  readonly withStatistics: boolean;
}

/** Reads all rows once, at the same parameters. */
export async function evaluate(
  { pool, mixture, source, heldOut, isAssumed }: FitTask,
  parameters: Parameters,
  { isStart, withStatistics, ...options }: EvaluationOptions,
): Promise<{ readonly evaluation: Evaluation; readonly statistics: Statistics }> {
  const compiled = compile(mixture, parameters);
  const mayRefill = refills(mixture);
  const isFirst = isStart && isAssumed;
  const isCounted = withStatistics || (mayRefill && isFirst);
  const pass = isCounted ? passAt(mixture, compiled, parameters) : scoringPass(mixture, compiled);
  const { training, heldOut: unseen } = await eStepWithHeldOut(pool, source, heldOut, pass, options);
  const evaluation = {
    parameters: mayRefill && isFirst ? { ...parameters, ...countsOf(mixture, training) } : parameters,
    criterion: criterionOf(mixture, compiled, training.logNormaliser),
    heldOutCriterion: unseen ? criterionOf(mixture, compiled, unseen.logNormaliser) : null,
    rows: training.rows,
    heldOutRows: unseen?.rows ?? 0,
    weight: (unseen ?? training).weight,
    ...(mayRefill && isCounted && { empty: training.empty.length, moves: withStatistics ? refillable(training) : 0 }),
  };
  return { evaluation, statistics: training };
}
