// The interface of a model of the components.
import type { CovarianceType } from '../covariance/covariance-type.ts';
import type { Statistics } from '../statistics.ts';

/** The part of statistics that components follow from. */
export type Moments = Pick<Statistics, 'shape' | 'counts' | 'first' | 'second'>;

/** Prior of the components. */
export interface ComponentPrior {
  /** β₀ > 0: how many rows the prior mean is worth. */
  readonly beta0: number;
  /** ν₀: degrees of freedom of the prior precision. */
  readonly nu0: number;
  /** m₀, D numbers. */
  readonly mean: Float64Array;
  /** W₀⁻¹: one group of the covariance type. */
  readonly scale: Float64Array;
}

/** Components as the E-step uses them, and the posterior that they are expectations of. */
export interface ComponentParameters {
  /** K × D. */
  readonly means: Float64Array;
  /** Groups of the covariance type, one after the other: Σ, or E[Λ]⁻¹; none where nothing is estimated. */
  readonly covariances: Float64Array;
  /** β, K numbers; of variational models only. */
  readonly beta?: Float64Array | undefined;
  /** ν, one for each group; of variational models only. */
  readonly nu?: Float64Array | undefined;
}

/** Input of the M-step beside the statistics. */
export interface ComponentSettings {
  readonly covariance: CovarianceType;
  readonly dimensions: number;
  readonly regCovar: number;
  /** Of variational models only. */
  readonly prior?: ComponentPrior | undefined;
  /** Whether means stay where they are: covariances are about them then. */
  readonly keepsMeans?: boolean | undefined;
  /** Whether centres have length 1. */
  readonly isOfDirections?: boolean | undefined;
}

/** A model of the components. */
export interface Components {
  /** Whether it takes a prior, and gives β and ν. */
  readonly variational: boolean;
  /** Whether components that hold no rows move to rows that are far from their centres. */
  readonly refills?: boolean | undefined;
  /** The M-step: from moments about `means` (K × D), the means that entered the pass. */
  update(moments: Moments, means: Float64Array, settings: ComponentSettings): ComponentParameters;
  /** Parameters with these means and covariances, as if the components had been given these counts. */
  parametersFrom(
    means: Float64Array,
    covariances: Float64Array,
    counts: Float64Array,
    settings: ComponentSettings,
  ): ComponentParameters;
  /** Writes the moments about their own means that `update` would turn into these parameters; the counts are there. */
  addImpliedMoments(parameters: ComponentParameters, statistics: Statistics, settings: ComponentSettings): void;
  /** Constant of component k's log density: ½ E[log|Λ|] and everything else that does not depend on the row. */
  constant(parameters: ComponentParameters, k: number, logDeterminant: number, settings: ComponentSettings): number;
  /**
   * The posterior predictive density of a row under component k, a Student-t distribution: what `Scorer` calls its constant, rate
   * and exponent. Absent where the density of the E-step is that of a row: for point estimates.
   */
  readonly predictive?: (
    parameters: ComponentParameters,
    k: number,
    logDeterminant: number,
    settings: ComponentSettings,
  ) => StudentT;
  /** KL(posterior ‖ prior) ≥ 0; 0 for point estimates. */
  divergence(parameters: ComponentParameters, factorised: FactorisedGroups, settings: ComponentSettings): number;
}

/** log density = constant − exponent · log1p(rate · q), where q is the squared distance of a row in units of the covariance. */
export interface StudentT {
  readonly constant: number;
  readonly rate: number;
  readonly exponent: number;
}

/** Covariances taken apart: one entry for each group. */
export interface FactorisedGroups {
  readonly factors: readonly Float64Array[];
  /** log |covariance|, over all D dimensions. */
  readonly logDeterminants: readonly number[];
}
