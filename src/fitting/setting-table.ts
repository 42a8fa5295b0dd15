// The table of a fit's settings: everything that is said of one is said here.
import { SettingError } from '../errors.ts';
import { MixtureModel } from '../inference/model.ts';
import { DEFAULT_BETA0 } from '../mixture/components/prior.ts';
import { type Part, parts } from '../mixture/constraints.ts';
import { covarianceTypes } from '../mixture/covariance/index.ts';
import { distances } from '../mixture/distance.ts';
import { fallOfCriterion, risePerRow } from '../mixture/gain.ts';
import { DEFAULT_REG_COVAR } from '../mixture/mixture.ts';
import type { SettingFamily } from '../mixture/model-table.ts';
import {
  atLeastZero,
  belowOne,
  choice,
  type DefinitionTable,
  finite,
  number,
  numbersOf,
  onOrOff,
  positive,
  several,
  share,
} from '../util/definition.ts';
import { anything, checkValue, oneOf, whole } from '../util/options.ts';
import { type AlgorithmName, algorithms } from './algorithms/index.ts';
import { checkStepSize, usualStepSize } from './algorithms/step-size.ts';
import { inits } from './initialization/initializers.ts';
import type { FitSettings } from './settings-types.ts';

/** Definition of a setting of a fit. */
export interface OfFits {
  /** Which models it belongs to: those of this family; without one to all. */
  readonly family?: SettingFamily;
  /** Which algorithms it belongs to; without any to all. */
  readonly algorithms?: readonly AlgorithmName[];
  /** A model to continue from has its own, which holds. */
  readonly isOfModel?: boolean;
  /** It may change where a fit is resumed. */
  readonly mayChange?: boolean;
}

/** The headings of help and documents. */
export const groups = {
  model: 'The model',
  beginning: 'How it begins',
  end: 'When it ends',
  algorithm: 'When M-steps are made',
  prior: 'Priors of the Bayesian models',
} as const;

/** Flags that say how much a window of a stream replaces of what was learned. */
const stepFlags = [
  {
    name: 'kappa',
    argument: '<k>',
    reads: 'number',
    help: `window t replaces (t + offset)^−k of what was learned; 0.5 < k ≤ 1 (default: ${usualStepSize.kappa})`,
  },
  {
    name: 'stepOffset',
    argument: '<n>',
    reads: 'number',
    help: `windows that the beginning is worth (default: ${usualStepSize.offset})`,
  },
  {
    name: 'stepSize',
    argument: '<x>',
    reads: 'number',
    help: 'every window replaces this part, for data that drift',
    conflicts: ['kappa', 'stepOffset'],
  },
] as const;

/** How much of what was learned a window replaces, in fits and online fits. */
export const stepSize = {
  ...anything,
  check: checkStepSize,
  expected: '{ kappa, offset } with kappa in (0.5, 1] and offset ≥ 0, or { constant } in (0, 1]',
  type: 'StepSize',
  default: usualStepSize,
  help: 'how much of what was learned a window replaces',
  meaning:
    'How much of what was learned a window replaces: (t + offset)^−kappa at window t = 1, 2, …, or always the same part, `{ constant }`. ' +
    'A larger kappa settles sooner; a larger offset spares a good start; a constant step keeps following data that drift.',
  argument: '<x>',
  reads: 'number',
  flags: stepFlags,
} as const;

/** Every setting of a fit, in the order of help. */
export const fitDefinitions = {
  components: {
    ...number(whole(1)),
    default: undefined,
    argument: '<k>',
    help: 'how many components',
    meaning:
      'How many components the mixture has; needed unless `init` gives means or a model, which have as many. More describe finer structure, and take time and memory in proportion; Bayesian models leave components empty that they do not need.',
    group: groups.model,
  },
  covariance: {
    ...choice(Object.keys(covarianceTypes), 'CovarianceName'),
    default: 'full',
    argument: '<type>',
    help: 'kind of covariances',
    meaning:
      "The kind of covariances: 'full', one D × D matrix a component; 'diagonal', D variances a component; 'spherical', one variance a component; 'tied', 'tied-diagonal' and 'tied-spherical', the same, one for all. " +
      'The fewer numbers, the fewer rows a component needs, and the faster the fit.',
    group: groups.model,
    family: 'covariance',
    stored: 'covariance_type',
  },
  distance: {
    ...choice(Object.keys(distances), 'DistanceName'),
    default: 'euclidean',
    help: 'of rows from centres: Euclidean, or 1 − cos of the angle',
    meaning:
      "The distance of rows from centres: 'euclidean', or 'cosine', 1 − cos of the angle between them (spherical k-means): rows and centres are normalised to length 1, and the criterion is the sum of those distances.",
    group: groups.model,
    family: 'distance',
  },
  regCovar: {
    ...number(atLeastZero),
    default: DEFAULT_REG_COVAR,
    argument: '<x>',
    help: 'added to the diagonal of covariances',
    meaning:
      'What is added to the diagonal of every covariance, in squared units of the data. Raise it where covariances become singular; lower it where columns vary by less than its root (0.001 by default).',
    group: groups.model,
    family: 'covariance',
    isOfModel: true,
    stored: 'reg_covar',
  },
  varianceFloor: {
    ...number(belowOne),
    default: 0,
    argument: '<f>',
    help: 'least variance, as a part of the variance of all rows in the column',
    meaning:
      'The least that a variance may be, as a part of the variance that the column has over all rows; of one variance (spherical), of their mean; of a matrix, its least eigenvalue where columns are scaled to variance 1. 0.01 is usual for speech. It keeps components of few rows from shrinking, whatever the units of the columns. Not kept in the model: give it again to fit on.',
    group: groups.model,
    family: 'covariance',
  },
  update: {
    ...several('update', parts),
    default: parts as readonly Part[],
    help: 'what M-steps change; the rest stays as it began',
    meaning:
      'What M-steps change; the rest stays as it began, its posterior included. Covariances are about the means that stay. Means and weights of few rows can be fitted under covariances that were fitted to many.',
    group: groups.model,
  },
  init: {
    ...anything,
    check: checkInit,
    expected: `${Object.keys(inits).join(', ')}; { means }; or a model`,
    type: 'InitName | { readonly means: RowData } | MixtureModel',
    default: 'k-means',
    argument: '<how>',
    reads: 'text',
    help: 'how means are chosen',
    meaning:
      "Where the first means are from, or the first components. Means: 'k-means', 'k-means++', 'afk-mc2' or 'random' rows; components: another model fitted to a sample first ('gmm', 'vbgmm'), components 'splitting' until there are enough, or 'random-responsibilities'. " +
      'Or `{ means }` (rows of K × D numbers), or a model: one of the same kind and covariance type is fitted on exactly; any other gives its components, with their covariances as the type asked for has them, or the means alone.',
    group: groups.beginning,
    flags: [
      {
        name: 'init',
        argument: '<how>',
        reads: 'text',
        help: 'how means are chosen (default: k-means)',
        choices: Object.keys(inits),
        conflicts: ['initMeans', 'initModel', 'grow'],
      },
      {
        name: 'grow',
        argument: '',
        reads: 'nothing',
        help: 'split components until there are enough: --init splitting',
        conflicts: ['initMeans', 'initModel'],
      },
      {
        name: 'initMeans',
        argument: '<file>',
        reads: 'text',
        help: 'means to start from, one a row',
        conflicts: ['initModel'],
      },
      {
        name: 'initModel',
        argument: '<file>',
        reads: 'text',
        help: 'a saved model to fit on from, or to begin another kind with',
      },
      {
        name: 'rows',
        argument: '<n>',
        reads: 'number',
        help: 'rows the saved model was fitted to, if it has no counts (default: those of DATA)',
      },
    ],
  },
  start: {
    ...choice(['labels', 'parameters']),
    default: 'labels',
    argument: '<from>',
    help: "from each row's nearest mean, or from the data's covariance",
    meaning:
      "How a fit continues from the first means: 'labels', one M-step from each row's nearest mean; 'parameters', the covariance of the data and equal weights for all components.",
    group: groups.beginning,
    family: 'covariance',
    isOfModel: true,
  },
  restarts: {
    ...number(whole(1)),
    default: 1,
    help: 'begin so often on a sample of the rows, and keep the best',
    meaning:
      'How often to begin, each time fitting the model to a sample of the rows; the best is kept, and attempts that fail are left out. More take longer and find a better optimum, or the same.',
    group: groups.beginning,
    isOfModel: true,
  },
  boost: {
    ...number(positive),
    default: 1,
    argument: '<x>',
    help: 'multiply the first covariances',
    meaning:
      'What the first covariances are multiplied by. More than 1 lets components overlap and find their places; less keeps them near their first means.',
    group: groups.beginning,
    family: 'covariance',
    isOfModel: true,
  },
  seed: {
    ...number(whole(0)),
    default: 0,
    help: 'of everything random',
    meaning: 'The seed of everything random: the same seed gives the same fit, on any number of threads.',
    group: groups.beginning,
  },
  tolerance: {
    mayChange: true,
    ...number(finite),
    default: undefined,
    byDefault: `${risePerRow.tolerance}, of kmeans ${fallOfCriterion.tolerance}`,
    argument: '<t>',
    help: 'least gain that counts: per row, of kmeans as a part of the criterion',
    meaning:
      'The least gain from one pass to the next that counts: the rise of the criterion per row, in nats; for K-means its fall as a part of itself. Lower fits longer and closer. A gain of nothing ends the fit whatever the tolerance.',
    group: groups.end,
  },
  patience: {
    mayChange: true,
    ...number(whole(0)),
    default: 0,
    help: 'iterations without gain to let pass',
    meaning:
      'How many iterations in a row may gain less than `tolerance`; a gain of exactly 0 ends the fit at once. More get over plateaus, and over noise of held-out data; the best model is returned in any case.',
    group: groups.end,
  },
  maxIterations: {
    mayChange: true,
    ...number(whole(0)),
    default: 100,
    help: 'iterations at the most',
    meaning: 'How many M-steps (of `batch`) or passes (of the others) are made at the most.',
    group: groups.end,
  },
  iterations: {
    mayChange: true,
    ...number(whole(0)),
    default: undefined,
    help: 'exactly so many iterations, and the last model, not the best',
    meaning:
      'Exactly this many iterations, instead of `tolerance`, `patience` and `maxIterations`; the last model is returned, not the best.',
    group: groups.end,
  },
  algorithm: {
    ...choice(Object.keys(algorithms), 'AlgorithmName'),
    default: 'batch',
    help: 'when M-steps are made: after each pass, block, or window',
    meaning:
      "When M-steps are made: 'batch', after each pass; 'incremental', after each of some blocks, whose statistics are remembered; 'stepwise', after each window, with statistics that fade, in the first pass, then as incremental. The last two need fewer passes.",
    group: groups.algorithm,
  },
  blocks: {
    ...number(whole(1)),
    default: 20,
    help: 'incremental, stepwise: blocks that the rows are cut into',
    meaning:
      'Into how many blocks of equal size the rows are cut. More mean more M-steps a pass, so fewer passes, and more memory for their statistics.',
    group: groups.algorithm,
    algorithms: ['incremental', 'stepwise'],
  },
  momentum: {
    ...number(share),
    default: 0.5,
    argument: '<m>',
    help: 'incremental, stepwise: passes that the E-step is ahead',
    meaning:
      'How far the E-step is ahead of the statistics, in passes. More gains faster as long as the data agree; 0 is plain incremental EM.',
    group: groups.algorithm,
    algorithms: ['incremental', 'stepwise'],
  },
  blockMemory: {
    mayChange: true,
    ...number(whole(0)),
    default: 2 ** 28,
    argument: '<bytes>',
    help: 'incremental, stepwise: statistics kept in memory, not on disk',
    meaning:
      'How many bytes of the statistics of blocks are kept in memory; more go to a temporary file. Lower it to save memory; reading them back takes time.',
    group: groups.algorithm,
    algorithms: ['incremental', 'stepwise'],
  },
  stepwisePasses: {
    ...number(whole(0)),
    default: 1,
    help: 'stepwise: passes before exact, incremental ones',
    meaning:
      'How many passes are stepwise; those that follow are exact, as incremental ones. More help where the start is bad.',
    group: groups.algorithm,
    algorithms: ['stepwise'],
  },
  window: {
    ...number(whole(1)),
    default: undefined,
    byDefault: '1 % of the rows',
    argument: '<rows>',
    help: 'stepwise: rows of a window',
    meaning:
      'Rows of a window, after which parameters are updated. Smaller windows update more often, from noisier statistics. Also of `online()`, where the default is 256.',
    group: groups.algorithm,
    algorithms: ['stepwise'],
  },
  stepSize: { ...stepSize, group: groups.algorithm, algorithms: ['stepwise'] },
  sortComponents: {
    ...onOrOff,
    default: false,
    help: 'dpgmm, pypgmm: put components in order of size where that raises the bound',
    meaning:
      'Whether components are put in order of size after M-steps, where that raises the bound: stick-breaking priors expect large components first.',
    group: groups.algorithm,
    family: 'order',
    algorithms: ['batch'],
  },
  alpha0: {
    ...number(positive),
    default: undefined,
    byDefault: '1/K',
    argument: '<x>',
    help: 'prior: the smaller, the fewer components are used',
    meaning:
      'α₀, the prior concentration of the weights, in rows. The smaller, the fewer components are used; large numbers make weights alike.',
    group: groups.prior,
    family: 'prior',
    isOfModel: true,
    stored: 'initial parameters',
  },
  beta0: {
    ...number(positive),
    default: DEFAULT_BETA0,
    argument: '<x>',
    help: 'prior: how many rows the expected mean is worth',
    meaning:
      'β₀, how many rows the prior mean of a component is worth. Raise it to hold the means of small components near the prior mean.',
    group: groups.prior,
    family: 'prior',
    isOfModel: true,
    stored: 'initial parameters',
  },
  nu0: {
    ...number(positive),
    default: undefined,
    byDefault: 'number of columns',
    argument: '<x>',
    help: 'prior: how many rows the expected covariance is worth',
    meaning:
      'ν₀, the degrees of freedom of the prior of precisions: how many rows the expected covariance is worth; more than D − 1 for full and tied covariances. Raise it to hold the covariances of small components near the prior.',
    group: groups.prior,
    family: 'prior',
    isOfModel: true,
    stored: 'initial parameters',
  },
  meansPrior: {
    ...numbersOf('D numbers'),
    default: undefined,
    byDefault: 'the mean of DATA',
    help: 'prior: where means are expected, one row',
    meaning: 'm₀, where the prior expects means to be, in the units of the data.',
    group: groups.prior,
    family: 'prior',
    isOfModel: true,
    stored: 'means prior',
  },
  inversePrecisionPrior: {
    ...numbersOf('D × D numbers (full, tied), D (diagonal, tied-diagonal) or 1 (spherical, tied-spherical)'),
    default: undefined,
    byDefault: 'the covariance of DATA',
    help: 'prior: the expected covariance times nu-0: D rows, one row, or a number',
    meaning:
      "W₀⁻¹, the prior's inverse scale of the precisions: with ν₀ = D about D times the covariance that the prior expects. Larger numbers expect wider components.",
    group: groups.prior,
    family: 'prior',
    isOfModel: true,
    stored: 'inv prec prior',
  },
  discount: {
    ...number(belowOne),
    default: 0.5,
    argument: '<d>',
    help: 'prior of a pypgmm: the larger, the more small components',
    meaning:
      'd of the Pitman-Yor process. The larger, the more small components, whose sizes follow a power law; 0 is a Dirichlet process.',
    group: groups.prior,
    family: 'discount',
    isOfModel: true,
    stored: 'discount',
  },
} satisfies DefinitionTable<FitSettings, OfFits>;

/** The name of a setting of a fit. */
export type FitSettingName = keyof typeof fitDefinitions;

/** A name, means, or a model. */
function checkInit(init: unknown): void {
  if (init instanceof MixtureModel) return;
  if (typeof init !== 'object' || init === null) checkValue('init', init, oneOf(inits));
  else if (!('means' in init)) {
    throw new SettingError('bad-setting', 'init: received an object, expected a name, { means }, or a model', {
      setting: 'init',
    });
  }
}
