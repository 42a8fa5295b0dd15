import { componentPrior, positiveDefinite } from '../components/prior.ts';

import { DataError, SettingError, tooFewRows } from '../errors.ts';
import { expect } from '../expect.ts';
import { fit, type Watch } from '../fit.ts';
import { assume, covarianceOf, distanceScorer, type Mixture, type Parameters, reduce, rowOf } from '../mixture.ts';
import { takes } from '../models.ts';
import type { Pool } from '../parallel/pool.ts';
import { randomFor } from '../random.ts';
import type { CheckedSettings } from '../settings.ts';
import { open, type Source } from '../source.ts';
import { sum } from '../vector.ts';
import { priorOf, readMeans } from './given.ts';
import { type Beginning, type InitName, inits } from './starts.ts';
import { type Survey, survey } from './survey.ts';

/** What a fit begins with. */
export interface Initial {
  readonly mixture: Mixture;
  readonly parameters: Parameters;
}

/** How messages that do not end a fit are passed on. */
export interface Warn {
  readonly onWarning: (message: string) => void;
}

/** Chooses means, sets the prior, and turns both into the parameters that enter the first pass. */
export async function initialize(
  pool: Pool,
  settings: CheckedSettings,
  source: Source,
  watch: Watch & Warn,
): Promise<Initial> {
  const { dimensions } = source;
  const { init, start } = settings;
  const given = typeof init === 'object' && 'means' in init ? await readMeans(init.means, dimensions) : undefined;
  const components = settings.components ?? given!.length / dimensions;
  if (given && given.length !== components * dimensions) {
    throw new DataError(`received ${given.length / dimensions} means for ${components} components: give one for each`);
  }
  const mixture: Mixture = {
    model: settings.model,
    covariance: takes(settings.model, 'covariance') ? settings.covariance : null,
    components,
    dimensions,
    regCovar: settings.regCovar,
    weightPrior: { alpha0: settings.alpha0 ?? 1 / components, discount: settings.discount },
  };
  const type = covarianceOf(mixture);
  checkSize(mixture);
  const row = rowOf(mixture);
  const fromParameters = start === 'parameters' && mixture.covariance !== null;
  const needsSurvey = given === undefined || row.components.variational || fromParameters || source.allowsMissing;
  const seen = needsSurvey
    ? await survey(pool.computing, source, mixture.covariance, settings.seed, reading(source, watch))
    : undefined;
  if (seen && seen.rows < components) throw tooFewRows(source.name, seen.rows, components);
  const needsSpread =
    row.components.variational || fromParameters || (!given && inits[init as InitName].givesComponents);
  const spread = needsSpread
    ? positiveDefinite(type, seen!.mean, seen!.covariance, settings.regCovar, watch.onWarning)
    : new Float64Array(0);
  const prior = row.components.variational
    ? await priorOf(type, componentPrior(type, seen!.mean, spread, settings), settings)
    : undefined;
  const complete: Mixture = { ...mixture, componentPrior: prior };
  const enter = async ({ means, covariances, counts }: Beginning, rows: Source): Promise<Parameters> => {
    const weight = rows === source ? (seen?.weight ?? components) : reservoirRows(seen!);
    if (covariances && counts) {
      const share = weight / sum(counts);
      return assume(
        complete,
        means,
        covariances,
        counts.map((count) => count * share),
      );
    }
    if (mixture.covariance === null || fromParameters) {
      const equal = new Float64Array(components).fill(weight / components);
      return assume(complete, means, repeat(spread, type.shared ? 1 : components), equal);
    }
    const moments = { covariance: mixture.covariance, means };
    const nearest = { scorer: distanceScorer(means, dimensions), assignment: 'hard', moments } as const;
    const statistics = await expect(pool, rows, nearest, rows === source ? reading(source, watch) : watch);
    if (statistics.rows < components) throw tooFewRows(rows.name, statistics.rows, components);
    return reduce(complete, statistics, means);
  };
  const beginning = given
    ? { means: given }
    : await chosen({ pool, settings, seen: seen!, mixture: complete, spread, enter, signal: watch.signal });
  return { mixture: complete, parameters: boosted(await enter(beginning, source), settings.boost) };
}

/** What the choice of a beginning is made of. */
interface Choice {
  readonly pool: Pool;
  readonly settings: CheckedSettings;
  readonly seen: Survey;
  readonly mixture: Mixture;
  readonly spread: Float64Array;
  readonly enter: (beginning: Beginning, rows: Source) => Promise<Parameters>;
  readonly signal: AbortSignal | undefined;
}

/** The beginning that is asked for; of several attempts the one from which a fit of the sample gets furthest. */
async function chosen({ pool, settings, seen, mixture, spread, enter, signal }: Choice): Promise<Beginning> {
  const { dimensions } = mixture;
  const rows = seen.reservoir;
  const sample = await open({ data: rows, dimensions }, { name: 'the sample' });
  const attempt = (index: number): Promise<Beginning> =>
    inits[settings.init as InitName].begin({
      ...{ pool, sample, rows, mean: seen.mean, spread, mixture, signal },
      random: randomFor('seeding', settings.seed, index),
    });
  if (settings.restarts === 1) return attempt(0);
  const { criterionScale } = rowOf(mixture);
  let best: { readonly parameters: Parameters; readonly criterion: number } | undefined;
  for (let index = 0; index < settings.restarts; index++) {
    const start = await enter(await attempt(index), sample);
    const fitted = await fit({ pool, mixture, start, source: sample }, settings.control, { signal });
    const criterion = Math.sign(criterionScale) * fitted.criterion[fitted.iterations]!;
    if (!best || criterion > best.criterion) best = { parameters: fitted.parameters, criterion };
  }
  return best!.parameters;
}

const reservoirRows = ({ reservoir, mean }: Survey): number => reservoir.length / mean.length;

function boosted(parameters: Parameters, boost: number): Parameters {
  return boost === 1
    ? parameters
    : { ...parameters, covariances: parameters.covariances.map((value) => value * boost) };
}

/** Parameters, statistics and factors are each of this size. */
const MOST_BYTES = 4 * 2 ** 30;

function checkSize(mixture: Mixture): void {
  const { components, dimensions } = mixture;
  const type = covarianceOf(mixture);
  const bytes = 8 * components * (dimensions + 1) + 8 * type.size(dimensions) * (type.shared ? 1 : components);
  if (bytes <= MOST_BYTES) return;
  throw new SettingError(
    `components: ${components} of ${dimensions} dimensions need ${Math.round(bytes / 2 ** 30)} GiB several times over: ` +
      'use fewer components, or another covariance type',
  );
}

const reading = (source: Source, { signal, onProgress }: Watch) => ({
  signal,
  onRows: (rows: number) => onProgress?.({ stage: 'reading', iteration: 0, rows, of: source.rows }),
});

function repeat(group: Float64Array, times: number): Float64Array {
  const out = new Float64Array(group.length * times);
  for (let i = 0; i < times; i++) out.set(group, i * group.length);
  return out;
}
