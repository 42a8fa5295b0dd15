// The interface of a covariance type.
/**
 * Rows are worked on in tiles of this many: number `q` of dimension `j` of a tile is at `j * LANES + q`, so that one
 * element of a matrix, once loaded, serves all rows of the tile.
 */
export const LANES = 8;

/**
 * Everything that the models need to know of a kind of covariance. A *group* is the run of `size` numbers that holds one
 * covariance, or one scatter (sum of weighted outer products); there is one for each component, or one for all.
 * A *factor* is a group-sized run that holds P with PᵀP = covariance⁻¹.
 */
export interface CovarianceType {
  /** Whether one group serves all components. */
  readonly shared: boolean;
  /** The type that factors are of in a scorer, one for each component; or 'whitened': rows are whitened by the one factor. */
  readonly scored: 'full' | 'diagonal' | 'spherical' | 'whitened';
  /** Numbers in a group. */
  size(dimensions: number): number;
  /** The shape of one group in files. */
  shape(dimensions: number): readonly number[];
  /**
   * The precision as random variables: `factors` independent Wishart matrices of order `order`, each of which stands for
   * `repeats` dimensions (a row then adds `repeats` degrees of freedom).
   */
  wishart(dimensions: number): { readonly order: number; readonly factors: number; readonly repeats: number };
  /** group += weight · v vᵀ, projected on this kind. */
  addOuter(group: Float64Array, vector: Float64Array, weight: number): void;
  /** group += value · I, projected on this kind. */
  addIdentity(group: Float64Array, dimensions: number, value: number): void;
  /** The variance of one column. */
  variance(group: Float64Array, column: number): number;
  /** One element of the D × D matrix. */
  element(group: Float64Array, row: number, column: number): number;
  /** The group of this kind that is nearest to a symmetric D × D matrix, given by its elements: variances are kept, or their mean. */
  project(element: (row: number, column: number) => number, dimensions: number): Float64Array;
  /** Writes the factor of a covariance; returns log |covariance|, or the column that makes it singular. */
  factorise(covariance: Float64Array, dimensions: number, factor: Float64Array): Factorisation;
  /**
   * The columns that are linear combinations of others up to rounding, in ascending order; those in `constant` are left out. Only
   * matrices have any.
   */
  dependentColumns(covariance: Float64Array, dimensions: number, constant: readonly number[]): number[];
  /** out = P⁻¹ v. */
  unwhiten(factor: Float64Array, vector: Float64Array, out: Float64Array): void;
  /** out = P v; the rest of `out` is left alone. */
  whiten(factor: Float64Array, vector: Float64Array, out: Float64Array): void;
  /** trace(PᵀP · scale). */
  trace(factor: Float64Array, scale: Float64Array, dimensions: number): number;
  /** The D × D matrix, row-major. */
  toMatrix(group: Float64Array, dimensions: number): Float64Array;
  /** The numbers of one group as files hold them, `shape` in row-major order. */
  toFile(group: Float64Array, dimensions: number): Float64Array;
  /** The reverse of `toFile`. */
  fromFile(values: Float64Array, dimensions: number): Float64Array;
  /**
   * For the rows of `tiles` tiles: out[offset + row] = constant − ½ ‖P (x − mean)‖². `scratch` holds a tile.
   */
  density(
    points: Float64Array,
    tiles: number,
    mean: Float64Array,
    factor: Float64Array,
    constant: number,
    out: Float64Array,
    offset: number,
    scratch: Float64Array,
  ): void;
  /** group += Σ over the tile's rows of weighted · deltaᵀ, where weighted = r (x − mean) and delta = x − mean. */
  addMoments(delta: Float64Array, weighted: Float64Array, dimensions: number, group: Float64Array): void;
}

/** The logarithm of a determinant, or the column at which the matrix proved not to be positive definite. */
export type Factorisation =
  | { readonly logDeterminant: number; readonly singularColumn?: never }
  | { readonly singularColumn: number; readonly logDeterminant?: never };

/** Writes the log densities of the rows of a tile, constant − scale · s. */
export function store(
  out: Float64Array,
  at: number,
  constant: number,
  scale: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  s4: number,
  s5: number,
  s6: number,
  s7: number,
): void {
  out[at] = constant - scale * s0;
  out[at + 1] = constant - scale * s1;
  out[at + 2] = constant - scale * s2;
  out[at + 3] = constant - scale * s3;
  out[at + 4] = constant - scale * s4;
  out[at + 5] = constant - scale * s5;
  out[at + 6] = constant - scale * s6;
  out[at + 7] = constant - scale * s7;
}
