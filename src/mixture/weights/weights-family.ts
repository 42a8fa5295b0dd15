// The interface of a model of the weights.
/** Prior of the weights. */
export interface WeightPrior {
  /** α₀ > 0. */
  readonly alpha0: number;
  /** d in [0, 1); 0 is the Dirichlet process. */
  readonly discount: number;
}

/** Weights as the E-step uses them, and the posterior that they are expectations of. */
export interface WeightParameters {
  /** log π, or E[log π]; one for each component. */
  readonly logWeights: Float64Array;
  /** Dirichlet: α, one for each component; sticks: pairs of Beta parameters; else absent. */
  readonly concentration?: Float64Array | undefined;
}

/** A model of the weights. */
export interface Weights {
  /** Whether the weights take part in the densities of the E-step. */
  readonly scored: boolean;
  /** Numbers of the concentration for each component: 0 where there is none. */
  readonly concentrationSize: 0 | 1 | 2;
  /** From the counts of the components, whatever their number; `rows` is the total weight of the rows counted. */
  update(counts: Float64Array, rows: number, prior: WeightPrior): WeightParameters;
  /** E[π], which sums to 1. */
  expected(parameters: WeightParameters): Float64Array;
  /** KL(posterior ‖ prior) ≥ 0; 0 for point estimates. */
  divergence(parameters: WeightParameters, prior: WeightPrior): number;
}
