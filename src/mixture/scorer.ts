// Scorer: a model as the E-step sees it.
import { type CovarianceName, covarianceTypes } from './covariance/index.ts';

/**
 * A model as the E-step sees it: log density of component k = constant − ½ ‖P_k (x − mean_k)‖². Where all components
 * share P, rows are whitened once (z = P (x − centre)), and means and factors are those of the whitened space.
 */
export interface Scorer {
  readonly components: number;
  readonly dimensions: number;
  /** Whether densities are −½ times squared distances: unit factors, no constants. */
  readonly isDistance?: boolean | undefined;
  /** Whether rows are normalised to length 1 first. */
  readonly isOfDirections?: boolean | undefined;
  /** The covariance type that the factors are of. */
  readonly form: CovarianceName;
  /** K × D. */
  readonly means: Float64Array;
  /** K groups of the covariance type, one after the other. */
  readonly factors: Float64Array;
  /** K numbers. */
  readonly constants: Float64Array;
  /** Spread of the components in the data: K × D standard deviations, and each component's fraction of the rows. */
  readonly evidence?: { readonly deviations: Float64Array; readonly shares: Float64Array } | undefined;
  /**
   * Components with heavy tails, K numbers each: log density of component k = constant − exponent · log1p(rate · ‖P_k (x − mean_k)‖²),
   * a Student-t distribution; where dimensions are independent (diagonal), log1p of each one's square, added up.
   */
  readonly tails?: { readonly rates: Float64Array; readonly exponents: Float64Array } | undefined;
  readonly whitening?: { readonly factor: Float64Array; readonly centre: Float64Array } | undefined;
}

/** A scorer whose components are Student-t distributions. */
export type HeavyTailed = Scorer & { readonly tails: NonNullable<Scorer['tails']> };

export const isHeavyTailed = (scorer: Scorer): scorer is HeavyTailed => scorer.tails !== undefined;

/** Whether the components are products of Student-t distributions, one for each dimension. */
export const isProduct = ({ tails, form, dimensions }: Scorer): boolean =>
  tails !== undefined && covarianceTypes[form].wishart(dimensions).factors > 1;

/** The degrees of freedom of component k. */
export function freedomOf(scorer: HeavyTailed, k: number): number {
  return 2 * scorer.tails.exponents[k]! - (isProduct(scorer) ? 1 : scorer.dimensions);
}

/** The scorer whose log densities are −½ ‖P (x − mean)‖². */
export const squaresOf = (scorer: Scorer): Scorer => ({
  ...scorer,
  constants: new Float64Array(scorer.components),
  tails: undefined,
});
