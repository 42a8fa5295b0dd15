// The settings of adaptation, for TypeScript; made by `npm run generate`.

/** How a mixture is adapted. */
export interface Adaptation {
  /**
   * r, how many rows what is known of a component is worth. The larger, the more rows it takes to move a component
   * away from the model.
   *
   * Range: a number > 0. On the command line: `--relevance`.
   *
   * @defaultValue 16
   */
  readonly relevance?: number | undefined;
  /**
   * What is adapted; the rest stays. Few rows are enough for means; weights and covariances take more.
   *
   * Range: some of means, weights, covariances. On the command line: `--adapt`.
   *
   * @defaultValue means
   */
  readonly adapt?: readonly ('means' | 'weights' | 'covariances')[] | undefined;
  /**
   * Passes over the data, each from what the one before gave. More follow the data further.
   *
   * Range: a whole number ≥ 1. On the command line: `--iterations`.
   *
   * @defaultValue 1
   */
  readonly iterations?: number | undefined;
}
