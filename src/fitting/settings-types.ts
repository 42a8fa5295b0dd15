// The settings of fits and online fits, for TypeScript; made by `npm run generate`.
import type { MixtureModel } from '../inference/model.ts';
import type { CovarianceName } from '../mixture/covariance/index.ts';
import type { DistanceName } from '../mixture/distance.ts';
import type { RowData } from '../sources/data.ts';
import type { AlgorithmName } from './algorithms/index.ts';
import type { StepSize } from './algorithms/step-size.ts';
import type { InitName } from './initialization/initializers.ts';

/** Settings of an estimator. A model, and an algorithm, takes only the settings that belong to it. */
export interface FitSettings {
  /**
   * How many components the mixture has; needed unless `init` gives means or a model, which have as many. More
   * describe finer structure, and take time and memory in proportion; Bayesian models leave components empty that
   * they do not need.
   *
   * Range: a whole number ≥ 1. On the command line: `--components`.
   */
  readonly components?: number | undefined;
  /**
   * The kind of covariances: 'full', one D × D matrix a component; 'diagonal', D variances a component; 'spherical',
   * one variance a component; 'tied', 'tied-diagonal' and 'tied-spherical', the same, one for all. The fewer numbers,
   * the fewer rows a component needs, and the faster the fit.
   *
   * Range: full, diagonal, spherical, tied, tied-diagonal, tied-spherical. Of: gmm, vbgmm, dpgmm, pypgmm. On the
   * command line: `--covariance`.
   *
   * @defaultValue full
   */
  readonly covariance?: CovarianceName | undefined;
  /**
   * The distance of rows from centres: 'euclidean', or 'cosine', 1 − cos of the angle between them (spherical
   * k-means): rows and centres are normalised to length 1, and the criterion is the sum of those distances.
   *
   * Range: euclidean, cosine. Of: kmeans. On the command line: `--distance`.
   *
   * @defaultValue euclidean
   */
  readonly distance?: DistanceName | undefined;
  /**
   * What is added to the diagonal of every covariance, in squared units of the data. Raise it where covariances
   * become singular; lower it where columns vary by less than its root (0.001 by default).
   *
   * Range: a finite number ≥ 0. Of: gmm, vbgmm, dpgmm, pypgmm. On the command line: `--reg-covar`.
   *
   * @defaultValue 1e-6
   */
  readonly regCovar?: number | undefined;
  /**
   * The least that a variance may be, as a part of the variance that the column has over all rows; of one variance
   * (spherical), of their mean; of a matrix, its least eigenvalue where columns are scaled to variance 1. 0.01 is
   * usual for speech. It keeps components of few rows from shrinking, whatever the units of the columns. Not kept in
   * the model: give it again to fit on.
   *
   * Range: a number from 0 up to, but not, 1. Of: gmm, vbgmm, dpgmm, pypgmm. On the command line: `--variance-floor`.
   *
   * @defaultValue 0
   */
  readonly varianceFloor?: number | undefined;
  /**
   * What M-steps change; the rest stays as it began, its posterior included. Covariances are about the means that
   * stay. Means and weights of few rows can be fitted under covariances that were fitted to many.
   *
   * Range: some of weights, means, covariances. On the command line: `--update`.
   *
   * @defaultValue weights,means,covariances
   */
  readonly update?: readonly ('weights' | 'means' | 'covariances')[] | undefined;
  /**
   * Where the first means are from, or the first components. Means: 'k-means', 'k-means++', 'afk-mc2' or 'random'
   * rows; components: another model fitted to a sample first ('gmm', 'vbgmm'), components 'splitting' until there are
   * enough, or 'random-responsibilities'. Or `{ means }` (rows of K × D numbers), or a model: one of the same kind
   * and covariance type is fitted on exactly; any other gives its components, with their covariances as the type
   * asked for has them, or the means alone.
   *
   * Range: k-means, k-means++, afk-mc2, random, random-responsibilities, gmm, vbgmm, splitting; { means }; or a
   * model. On the command line: `--init`, `--grow`, `--init-means`, `--init-model`, `--rows`.
   *
   * @defaultValue k-means
   */
  readonly init?: InitName | { readonly means: RowData } | MixtureModel | undefined;
  /**
   * How a fit continues from the first means: 'labels', one M-step from each row's nearest mean; 'parameters', the
   * covariance of the data and equal weights for all components.
   *
   * Range: labels, parameters. Of: gmm, vbgmm, dpgmm, pypgmm. On the command line: `--start`.
   *
   * @defaultValue labels
   */
  readonly start?: 'labels' | 'parameters' | undefined;
  /**
   * How often to begin, each time fitting the model to a sample of the rows; the best is kept, and attempts that fail
   * are left out. More take longer and find a better optimum, or the same.
   *
   * Range: a whole number ≥ 1. On the command line: `--restarts`.
   *
   * @defaultValue 1
   */
  readonly restarts?: number | undefined;
  /**
   * What the first covariances are multiplied by. More than 1 lets components overlap and find their places; less
   * keeps them near their first means.
   *
   * Range: a finite number > 0. Of: gmm, vbgmm, dpgmm, pypgmm. On the command line: `--boost`.
   *
   * @defaultValue 1
   */
  readonly boost?: number | undefined;
  /**
   * The seed of everything random: the same seed gives the same fit, on any number of threads.
   *
   * Range: a whole number ≥ 0. On the command line: `--seed`.
   *
   * @defaultValue 0
   */
  readonly seed?: number | undefined;
  /**
   * The least gain from one pass to the next that counts: the rise of the criterion per row, in nats; for K-means its
   * fall as a part of itself. Lower fits longer and closer. A gain of nothing ends the fit whatever the tolerance.
   *
   * Range: a finite number. On the command line: `--tolerance`.
   *
   * @defaultValue 0.001, of kmeans 0.0001
   */
  readonly tolerance?: number | undefined;
  /**
   * How many iterations in a row may gain less than `tolerance`; a gain of exactly 0 ends the fit at once. More get
   * over plateaus, and over noise of held-out data; the best model is returned in any case.
   *
   * Range: a whole number ≥ 0. On the command line: `--patience`.
   *
   * @defaultValue 0
   */
  readonly patience?: number | undefined;
  /**
   * How many M-steps (of `batch`) or passes (of the others) are made at the most.
   *
   * Range: a whole number ≥ 0. On the command line: `--max-iterations`.
   *
   * @defaultValue 100
   */
  readonly maxIterations?: number | undefined;
  /**
   * Exactly this many iterations, instead of `tolerance`, `patience` and `maxIterations`; the last model is returned,
   * not the best.
   *
   * Range: a whole number ≥ 0. On the command line: `--iterations`.
   */
  readonly iterations?: number | undefined;
  /**
   * When M-steps are made: 'batch', after each pass; 'incremental', after each of some blocks, whose statistics are
   * remembered; 'stepwise', after each window, with statistics that fade, in the first pass, then as incremental. The
   * last two need fewer passes.
   *
   * Range: batch, incremental, stepwise. On the command line: `--algorithm`.
   *
   * @defaultValue batch
   */
  readonly algorithm?: AlgorithmName | undefined;
  /**
   * Into how many blocks of equal size the rows are cut. More mean more M-steps a pass, so fewer passes, and more
   * memory for their statistics.
   *
   * Range: a whole number ≥ 1. Of: incremental, stepwise. On the command line: `--blocks`.
   *
   * @defaultValue 20
   */
  readonly blocks?: number | undefined;
  /**
   * How far the E-step is ahead of the statistics, in passes. More gains faster as long as the data agree; 0 is plain
   * incremental EM.
   *
   * Range: a number from 0 to 1. Of: incremental, stepwise. On the command line: `--momentum`.
   *
   * @defaultValue 0.5
   */
  readonly momentum?: number | undefined;
  /**
   * How many bytes of the statistics of blocks are kept in memory; more go to a temporary file. Lower it to save
   * memory; reading them back takes time.
   *
   * Range: a whole number ≥ 0. Of: incremental, stepwise. On the command line: `--block-memory`.
   *
   * @defaultValue 268435456
   */
  readonly blockMemory?: number | undefined;
  /**
   * How many passes are stepwise; those that follow are exact, as incremental ones. More help where the start is bad.
   *
   * Range: a whole number ≥ 0. Of: stepwise. On the command line: `--stepwise-passes`.
   *
   * @defaultValue 1
   */
  readonly stepwisePasses?: number | undefined;
  /**
   * Rows of a window, after which parameters are updated. Smaller windows update more often, from noisier statistics.
   * Also of `online()`, where the default is 256.
   *
   * Range: a whole number ≥ 1. Of: stepwise. On the command line: `--window`.
   *
   * @defaultValue 1 % of the rows
   */
  readonly window?: number | undefined;
  /**
   * How much of what was learned a window replaces: (t + offset)^−kappa at window t = 1, 2, …, or always the same
   * part, `{ constant }`. A larger kappa settles sooner; a larger offset spares a good start; a constant step keeps
   * following data that drift.
   *
   * Range: { kappa, offset } with kappa in (0.5, 1] and offset ≥ 0, or { constant } in (0, 1]. Of: stepwise. On the
   * command line: `--kappa`, `--step-offset`, `--step-size`.
   *
   * @defaultValue { kappa: 0.6, offset: 100 }
   */
  readonly stepSize?: StepSize | undefined;
  /**
   * Whether components are put in order of size after M-steps, where that raises the bound: stick-breaking priors
   * expect large components first.
   *
   * Range: true or false. Of: dpgmm, pypgmm, batch. On the command line: `--sort-components`.
   *
   * @defaultValue false
   */
  readonly sortComponents?: boolean | undefined;
  /**
   * α₀, the prior concentration of the weights, in rows. The smaller, the fewer components are used; large numbers
   * make weights alike.
   *
   * Range: a finite number > 0. Of: vbgmm, dpgmm, pypgmm. On the command line: `--alpha-0`.
   *
   * @defaultValue 1/K
   */
  readonly alpha0?: number | undefined;
  /**
   * β₀, how many rows the prior mean of a component is worth. Raise it to hold the means of small components near the
   * prior mean.
   *
   * Range: a finite number > 0. Of: vbgmm, dpgmm, pypgmm. On the command line: `--beta-0`.
   *
   * @defaultValue 1
   */
  readonly beta0?: number | undefined;
  /**
   * ν₀, the degrees of freedom of the prior of precisions: how many rows the expected covariance is worth; more than
   * D − 1 for full and tied covariances. Raise it to hold the covariances of small components near the prior.
   *
   * Range: a finite number > 0. Of: vbgmm, dpgmm, pypgmm. On the command line: `--nu-0`.
   *
   * @defaultValue number of columns
   */
  readonly nu0?: number | undefined;
  /**
   * m₀, where the prior expects means to be, in the units of the data.
   *
   * Range: D numbers. Of: vbgmm, dpgmm, pypgmm. On the command line: `--means-prior`.
   *
   * @defaultValue the mean of DATA
   */
  readonly meansPrior?: RowData | undefined;
  /**
   * W₀⁻¹, the prior's inverse scale of the precisions: with ν₀ = D about D times the covariance that the prior
   * expects. Larger numbers expect wider components.
   *
   * Range: D × D numbers (full, tied), D (diagonal, tied-diagonal) or 1 (spherical, tied-spherical). Of: vbgmm,
   * dpgmm, pypgmm. On the command line: `--inverse-precision-prior`.
   *
   * @defaultValue the covariance of DATA
   */
  readonly inversePrecisionPrior?: RowData | undefined;
  /**
   * d of the Pitman-Yor process. The larger, the more small components, whose sizes follow a power law; 0 is a
   * Dirichlet process.
   *
   * Range: a number from 0 up to, but not, 1. Of: pypgmm. On the command line: `--discount`.
   *
   * @defaultValue 0.5
   */
  readonly discount?: number | undefined;
}

/** How a model learns from an endless stream. */
export interface OnlineSettings {
  /**
   * Rows from which parameters are updated at once. Smaller windows follow the stream sooner, from noisier
   * statistics.
   *
   * Range: a whole number ≥ 1. On the command line: `--window`.
   *
   * @defaultValue 256
   */
  readonly window?: number | undefined;
  /**
   * How much of what was learned a window replaces: (t + offset)^−kappa at window t = 1, 2, …, or always the same
   * part, `{ constant }`. A larger kappa settles sooner; a larger offset spares a good start; a constant step keeps
   * following data that drift.
   *
   * Range: { kappa, offset } with kappa in (0.5, 1] and offset ≥ 0, or { constant } in (0, 1]. On the command line:
   * `--kappa`, `--step-offset`, `--step-size`.
   *
   * @defaultValue { kappa: 0.6, offset: 100 }
   */
  readonly stepSize?: StepSize | undefined;
  /**
   * Rows gathered before the first model. More make a better start, later. Not needed when continuing from a model.
   *
   * Range: a whole number ≥ 1. On the command line: `--warm-up`.
   *
   * @defaultValue 20, or 2 (D + 1), for each component
   */
  readonly warmUp?: number | undefined;
  /**
   * The number of rows that a prior is weighed against, as if the stream had that many. The more, the less the prior
   * counts from the beginning.
   *
   * Range: a whole number ≥ 1. On the command line: `--total-rows`.
   *
   * @defaultValue those so far
   */
  readonly totalRows?: number | undefined;
  /**
   * Windows between two evaluations of held-out data; needs `heldOut`. Fewer find the best model more closely, and
   * take time.
   *
   * Range: a whole number ≥ 1. On the command line: `--check-every`.
   *
   * @defaultValue 100
   */
  readonly checkEvery?: number | undefined;
}
