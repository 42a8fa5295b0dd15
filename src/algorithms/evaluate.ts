import { expectBoth, type PassOptions } from '../expect.ts';
import { type Compiled, compile, type Mixture, type Parameters, rowOf } from '../mixture.ts';
import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import type { Evaluation, Task } from './type.ts';

/** The criterion of a stream, from its Σ log normaliser. */
export const criterionOf = (mixture: Mixture, { divergence }: Compiled, logNormaliser: number): number =>
  rowOf(mixture).criterionScale * logNormaliser - divergence;

/** The E-step at parameters, with moments about their means. */
export const passAt = (mixture: Mixture, { scorer }: Compiled, { means }: Parameters): Pass => ({
  scorer,
  assignment: rowOf(mixture).assignment,
  moments: { covariance: mixture.covariance, means },
});

/** Reads all rows once, at the same parameters; with statistics about their means if they are asked for. */
export async function evaluate(
  { pool, mixture, source, heldOut }: Task,
  parameters: Parameters,
  withStatistics: boolean,
  options: PassOptions,
): Promise<{ readonly evaluation: Evaluation; readonly statistics: Statistics }> {
  const compiled = compile(mixture, parameters);
  const pass = passAt(mixture, compiled, parameters);
  const asked = withStatistics ? pass : { ...pass, moments: undefined };
  const { training, heldOut: unseen } = await expectBoth(pool, source, heldOut, asked, options);
  const evaluation = {
    parameters,
    criterion: criterionOf(mixture, compiled, training.logNormaliser),
    heldOutCriterion: unseen ? criterionOf(mixture, compiled, unseen.logNormaliser) : null,
    rows: training.rows,
    heldOutRows: unseen?.rows ?? 0,
    weight: (unseen ?? training).weight,
  };
  return { evaluation, statistics: training };
}
