import type { CovarianceName } from './covariance/index.ts';

/**
 * What any model is during the E-step: log density of component k = constant − ½ ‖P_k (x − mean_k)‖². Where all components
 * share P, rows are whitened once (z = P (x − centre)), and means and factors are those of the whitened space.
 */
export interface Scorer {
  readonly components: number;
  readonly dimensions: number;
  /** Whether densities are −½ times squared distances: unit factors, no constants. */
  readonly isDistance?: boolean | undefined;
  /** The covariance type that the factors are of. */
  readonly form: CovarianceName;
  /** K × D. */
  readonly means: Float64Array;
  /** K groups of the covariance type, one after the other. */
  readonly factors: Float64Array;
  /** K numbers. */
  readonly constants: Float64Array;
  /** What the data say of the components: K × D standard deviations, and each one's share of the rows. */
  readonly evidence?: { readonly deviations: Float64Array; readonly shares: Float64Array } | undefined;
  readonly whitening?: { readonly factor: Float64Array; readonly centre: Float64Array } | undefined;
}
