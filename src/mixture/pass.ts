// Pass: what is computed of the rows of a stream, as plain data.
import type { AssignmentName } from './assignment.ts';
import { type CovarianceName, covarianceNamed } from './covariance/index.ts';
import type { Scorer } from './scorer.ts';
import { Statistics, type StatisticsShape } from './statistics.ts';

/** Computation on the rows of a stream: plain data, so that it can be sent to another thread. */
export interface Pass {
  readonly scorer: Scorer;
  readonly assignment: AssignmentName;
  /** Which moments are summed about which means (K × D); none if only the log normalisers are asked for. */
  readonly moments?: MomentsAsked | undefined;
}

/** Which moments are summed, about which means (K × D). */
export interface MomentsAsked {
  readonly covariance: CovarianceName | null;
  readonly means: Float64Array;
  /** How many of the rows that are farthest from their centres are kept; none where absent. */
  readonly farthest?: number | undefined;
}

/** Room for what a pass adds up. */
export const statisticsOf = (pass: Pass): Statistics => new Statistics(shapeOf(pass));

/** The shape of what a pass adds up. */
export function shapeOf({ scorer, moments }: Pass): StatisticsShape {
  const { components, dimensions } = scorer;
  return moments
    ? { components, dimensions, covariance: covarianceNamed(moments.covariance), farthest: moments.farthest }
    : { components: 0, dimensions: 0, covariance: covarianceNamed(null) };
}
