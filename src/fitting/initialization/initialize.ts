// The initialization of a fit.
import { eStep, type PassOptions } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { DataError, FitError, SettingError, withoutDirection } from '../../errors.ts';
import { MixtureModel } from '../../inference/model.ts';
import { distanceScorer } from '../../mixture/compile.ts';
import { componentPrior, positiveDefinite } from '../../mixture/components/prior.ts';
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import { covarianceNamed } from '../../mixture/covariance/index.ts';
import { distances, normaliseRows } from '../../mixture/distance.ts';
import {
  covarianceOf,
  type Mixture,
  mStep,
  type Parameters,
  parametersFrom,
  raised,
  rowOf,
} from '../../mixture/mixture.ts';
import { models, takes } from '../../mixture/model-table.ts';
import { openAgain, type Source } from '../../sources/source.ts';
import { revived, type SentError, sent } from '../../util/error-transfer.ts';
import { Journal } from '../../util/journal.ts';
import { randomFor } from '../../util/random.ts';
import { sum } from '../../util/vector.ts';
import { fit, type Watch } from '../fit.ts';
import type { CheckedSettings } from '../settings.ts';
import { lastGain } from '../stopping.ts';
import { converted } from './converted.ts';
import { type Survey, survey } from './data-summary.ts';
import { priorOf, readMeans } from './given.ts';
import { type Beginning, type InitName, inits } from './initializers.ts';
import { countOf, scaled, weightOf } from './row-sample.ts';

/** Model and parameters that enter the first pass. */
export interface Initial {
  readonly mixture: Mixture;
  readonly parameters: Parameters;
}

/** How messages that do not end a fit are passed on. */
export interface Warn {
  readonly onWarning: (message: string) => unknown;
}

/** Chooses means, sets the prior, and turns both into the parameters that enter the first pass. */
export async function initialize(
  pool: Pool,
  settings: CheckedSettings,
  source: Source,
  watch: Watch & Warn,
  journal: Journal = new Journal(),
): Promise<Initial> {
  const { dimensions } = source;
  const { init, start } = settings;
  const covariance = takes(settings.model, 'covariance') ? settings.covariance : null;
  const type = covarianceNamed(covariance);
  const { isOfDirections } = distances[takes(settings.model, 'distance') ? settings.distance : 'euclidean'];
  if (isOfDirections && source.allowsMissing) throw missingDirections(source.name);
  const given = directed(await givenBeginning(init, type, dimensions, watch.signal), isOfDirections, dimensions);
  const asked = settings.components ?? given!.means.length / dimensions;
  if (given && given.means.length !== asked * dimensions) {
    throw new DataError(
      'bad-parameters',
      `received ${given.means.length / dimensions} means for ${asked} components: give one for each`,
    );
  }
  checkSize(type, asked, dimensions);
  const { variational } = models[settings.model].components;
  const fromParameters = start === 'parameters' && covariance !== null;
  const hasFloor = covariance !== null && settings.varianceFloor > 0;
  const needsSurvey =
    given === undefined || variational || fromParameters || hasFloor || isOfDirections || source.allowsMissing;
  const question = {
    covariance,
    isUnbiased: variational,
    isOfDirections,
    different: given ? 0 : asked,
    seed: settings.seed,
  };
  const seen = needsSurvey
    ? await journal.step('survey', (own) =>
        survey(pool.computing, source, question, { ...reading(source, watch), journal: own }),
      )
    : undefined;
  const components = given ? asked : seen!.different;
  if (components < asked) watch.onWarning(fewerDifferent(source.name, components, asked));

  const needsSpread = variational || fromParameters || (!given && inits[init as InitName].givesComponents);
  const spread = needsSpread
    ? positiveDefinite(type, seen!.mean, seen!.covariance, settings.regCovar, watch.onWarning)
    : new Float64Array(0);
  const mixture: Mixture = {
    model: settings.model,
    covariance,
    ...(isOfDirections && { distance: settings.distance }),
    components,
    dimensions,
    regCovar: settings.regCovar,
    weightPrior: { alpha0: settings.alpha0 ?? 1 / components, discount: settings.discount },
    componentPrior: variational
      ? await priorOf(type, componentPrior(type, seen!.mean, spread, settings), settings, watch.signal)
      : undefined,
    constraints: hasFloor ? { floors: floorsOf(type, seen!, settings) } : undefined,
  };
  const weight = seen?.weight ?? (given?.counts ? sum(given.counts) : components);
  const enter = entry(pool, mixture, { spread, weight, fromParameters });
  const beginning =
    given ??
    (await journal.step('beginning', (own) =>
      chosen({ pool, settings, seen: seen!, mixture, spread, enter, watch, journal: own }),
    ));
  const entering = { ...reading(source, watch), journal: journal.inside('pass') };
  const parameters = boosted(await enter(beginning, source, entering), settings.boost);
  return { mixture, parameters: raised(mixture, parameters) };
}

/** The mixture of a model that is fitted on, with the floors of its variances, which follow from a reading of the rows, if any are asked for. */
export async function withFloors(
  pool: Pool,
  settings: CheckedSettings,
  source: Source,
  mixture: Mixture,
  watch: Watch,
  journal: Journal,
): Promise<Mixture> {
  const { covariance } = mixture;
  if (covariance === null || settings.varianceFloor === 0) return mixture;
  const isUnbiased = rowOf(mixture).components.variational;
  const question = { covariance, isUnbiased, different: 0, seed: settings.seed };
  const seen = await journal.step('survey', (own) =>
    survey(pool.computing, source, question, { ...reading(source, watch), journal: own }),
  );
  return { ...mixture, constraints: { floors: floorsOf(covarianceOf(mixture), seen, settings) } };
}

/** The least variance of every column. */
const floorsOf = (type: CovarianceType, { mean, covariance }: Survey, settings: CheckedSettings): Float64Array =>
  mean.map((_, j) => settings.varianceFloor * type.variance(covariance, j));

/** Means, or the components of another model, that were given to begin with; undefined where they are to be chosen. */
async function givenBeginning(
  init: CheckedSettings['init'],
  type: CovarianceType,
  dimensions: number,
  signal: AbortSignal | undefined,
): Promise<Beginning | undefined> {
  if (init instanceof MixtureModel) return converted(init.state, type);
  return typeof init === 'object' ? { means: await readMeans(init.means, dimensions, signal) } : undefined;
}

/** The same with means of length 1, where only directions count. */
function directed(given: Beginning | undefined, isOfDirections: boolean, dimensions: number): Beginning | undefined {
  if (!given || !isOfDirections) return given;
  const means = new Float64Array(given.means.length);
  const [without] = normaliseRows(given.means, dimensions, means);
  if (without === undefined) return { ...given, means };
  throw withoutDirection('the initial means', without + 1);
}

const missingDirections = (name: string): SettingError =>
  new SettingError(
    'setting-conflict',
    `distance: of rows with missing numbers (${name}) no direction is known: use 'euclidean', or skip them`,
    { setting: 'distance' },
  );

/** Turns an initialization into parameters for the rows of a source. */
type Enter = (beginning: Beginning, rows: Source, options: PassOptions) => Promise<Parameters>;

function entry(
  pool: Pool,
  mixture: Mixture,
  { spread, weight, fromParameters }: { spread: Float64Array; weight: number; fromParameters: boolean },
): Enter {
  const { covariance, components, dimensions } = mixture;
  return async ({ means, covariances, counts }, rows, options) => {
    if (covariances && counts) {
      const share = weight / sum(counts);
      return parametersFrom(
        mixture,
        means,
        covariances,
        counts.map((count) => count * share),
      );
    }
    if (covariance === null || fromParameters) {
      const equal = new Float64Array(components).fill(weight / components);
      return parametersFrom(mixture, means, repeat(spread, covarianceOf(mixture).shared ? 1 : components), equal);
    }
    const nearest = {
      scorer: distanceScorer(means, dimensions),
      assignment: 'hard',
      moments: { covariance, means },
    } as const;
    return mStep(mixture, await eStep(pool, rows, nearest, options), means);
  };
}

/** Input of the choice of an initialization. */
interface Choice {
  readonly pool: Pool;
  readonly settings: CheckedSettings;
  readonly seen: Survey;
  readonly mixture: Mixture;
  readonly spread: Float64Array;
  readonly enter: Enter;
  readonly watch: Watch & Warn;
  readonly journal: Journal;
}

/** The chosen initialization; of several attempts, the one whose fit to the sample has the best criterion. */
async function chosen({ pool, settings, seen, mixture, spread, enter, watch, journal }: Choice): Promise<Beginning> {
  const { dimensions } = mixture;
  const { signal } = watch;
  // Without a prior only the proportions of the weights matter.
  const own = weightOf(seen.sample, dimensions);
  const rows = mixture.componentPrior ? seen.sample : scaled(seen.sample, countOf(seen.sample, dimensions) / own);
  const sample = await openAgain({ data: rows.rows, weights: rows.weights, dimensions }, { name: 'the sample' });
  const weight = weightOf(rows, dimensions);
  const attempt = (index: number, own: Journal): Promise<Beginning> =>
    inits[settings.init as InitName].begin({
      ...{ pool, sample, rows, weight, mean: seen.mean, spread, mixture, signal, journal: own },
      random: randomFor('seeding', settings.seed, index),
    });
  if (settings.restarts === 1) return attempt(0, journal);
  const { gain } = rowOf(mixture);
  const isBetter = (one: number, other: number): boolean =>
    lastGain([other, one], weight, gain, pool.computing.precision)! > 0;
  return bestOf(settings.restarts, watch, isBetter, journal, async (index, own) => {
    const start = await own.step('start', async (inner) => enter(await attempt(index, inner), sample, { signal }));
    const task = { pool, mixture, start, source: sample, journal: own.inside('fit') };
    const fitted = await fit(task, settings.control, { signal });
    return { criterion: fitted.criterion[fitted.iterations]!, value: fitted.parameters };
  });
}

/** What an attempt gives. */
interface Attempted<T> {
  readonly criterion: number;
  readonly value: T;
}

/** State of several attempts: which is under way, and what those before it gave. */
interface AttemptsState<T> {
  readonly index: number;
  readonly best: Attempted<T> | undefined;
  readonly failures: readonly SentError[];
}

/**
 * Result of the attempt with the best criterion; of those equal up to rounding, the first. Attempts that fail are left out,
 * with one warning.
 *
 * @throws FitError if all of them fail.
 */
async function bestOf<T>(
  attempts: number,
  { onWarning }: Warn,
  isBetter: (one: number, other: number) => boolean,
  journal: Journal,
  attempt: (index: number, journal: Journal) => Promise<Attempted<T>>,
): Promise<T> {
  const kept = journal.resume<AttemptsState<T>>();
  let best = kept?.best;
  const failures = (kept?.failures ?? []).map((failure) => revived(failure) as FitError);
  let index = kept?.index ?? 0;
  journal.keep((): AttemptsState<T> => ({ index, best, failures: failures.map(sent) }));
  for (; index < attempts; index++) {
    try {
      const one = await attempt(index, journal.inside('attempt'));
      if (!best || isBetter(one.criterion, best.criterion)) best = one;
    } catch (error) {
      if (!(error instanceof FitError)) throw error;
      failures.push(error);
    }
    journal.change();
    journal.end('attempt');
  }
  const [cause] = failures;
  const first = `the first because ${cause?.message}`;
  if (!best) {
    const { code = 'singular', setting } = cause ?? {};
    throw new FitError(code, `all ${attempts} restarts failed, ${first}`, { setting, cause });
  }
  if (failures.length > 0) onWarning(`${failures.length} of ${attempts} restarts failed and were left out, ${first}`);
  return best.value;
}

const fewerDifferent = (name: string, different: number, asked: number): string =>
  `${name} has only ${different} different ${different === 1 ? 'row' : 'rows'}, fewer than the ${asked} components asked for: ` +
  `the model has ${different} ${different === 1 ? 'component' : 'components'}`;

function boosted(parameters: Parameters, boost: number): Parameters {
  return boost === 1
    ? parameters
    : { ...parameters, covariances: parameters.covariances.map((value) => value * boost) };
}

/** Parameters, statistics and factors are each of this size. */
const MOST_BYTES = 4 * 2 ** 30;

function checkSize(type: CovarianceType, components: number, dimensions: number): void {
  const bytes = 8 * components * (dimensions + 1) + 8 * type.size(dimensions) * (type.shared ? 1 : components);
  if (bytes <= MOST_BYTES) return;
  throw new SettingError(
    'bad-setting',
    `components: ${components} of ${dimensions} dimensions need ${Math.round(bytes / 2 ** 30)} GiB several times over: ` +
      'use fewer components, or another covariance type',
    { setting: 'components' },
  );
}

const reading = (source: Source, { signal, onProgress }: Watch) => ({
  signal,
  onRows: (rows: number) => onProgress?.({ stage: 'reading', iteration: 0, rows, of: source.rows }),
  onPassed: (rows: number) => onProgress?.({ stage: 'resuming', iteration: 0, rows, of: undefined }),
});

function repeat(group: Float64Array, times: number): Float64Array {
  const out = new Float64Array(group.length * times);
  for (let i = 0; i < times; i++) out.set(group, i * group.length);
  return out;
}
