import type { CovarianceType } from './covariance/type.ts';

/**
 * What any model is during the E-step: log density of component k = constant − ½ ‖P_k (x − mean_k)‖². Where all components
 * share P, rows are whitened once (z = P (x − centre)), and means and factors are those of the whitened space.
 */
export interface Scorer {
  readonly components: number;
  readonly dimensions: number;
  readonly density: CovarianceType['density'];
  readonly means: readonly Float64Array[];
  readonly factors: readonly Float64Array[];
  readonly constants: Float64Array;
  readonly whitening?: { readonly factor: Float64Array; readonly centre: Float64Array } | undefined;
}
