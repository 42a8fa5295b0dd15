import { componentPrior, positiveDefinite } from './components/prior.ts';
import { DataError, SettingError, tooFewRows } from './errors.ts';
import { expect } from './expect.ts';
import { fit, type Watch } from './fit.ts';
import { assume, covarianceOf, distanceScorer, type Mixture, type Parameters, reduce, rowOf } from './mixture.ts';
import { takes } from './models.ts';
import type { Pool } from './parallel/pool.ts';
import { type SeedingName, seedings } from './seeding.ts';
import type { CheckedSettings } from './settings.ts';
import { type Data, open, type Source } from './source.ts';
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
  const needsSurvey = given === undefined || row.components.variational || fromParameters;
  const seen = needsSurvey
    ? await survey(pool.computing, source, mixture.covariance, settings.seed, reading(source, watch))
    : undefined;
  if (seen && seen.rows < components) throw tooFewRows(source.name, seen.rows, components);
  const spread =
    row.components.variational || fromParameters
      ? positiveDefinite(type, seen!.mean, seen!.covariance, settings.regCovar, watch.onWarning)
      : new Float64Array(0);
  const prior = row.components.variational ? componentPrior(type, seen!.mean, spread, settings) : undefined;
  const complete: Mixture = { ...mixture, componentPrior: prior };
  const means = given ?? (await seedMeans(pool, init as SeedingName, seen!, components, settings.seed, watch.signal));

  if (mixture.covariance === null || fromParameters) {
    const rows = seen?.weight ?? components;
    const covariances = repeat(spread, type.shared ? 1 : components);
    const counts = new Float64Array(components).fill(rows / components);
    return { mixture: complete, parameters: assume(complete, means, covariances, counts) };
  }
  const moments = { covariance: mixture.covariance, means };
  const nearest = { scorer: distanceScorer(means, dimensions), assignment: 'hard', moments } as const;
  const statistics = await expect(pool, source, nearest, reading(source, watch));
  if (statistics.rows < components) throw tooFewRows(source.name, statistics.rows, components);
  return { mixture: complete, parameters: reduce(complete, statistics, means) };
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

/** Lloyd's iterations on the sample end when they gain less than this share of the data's variance. */
const K_MEANS_TOLERANCE = 1e-4;

async function seedMeans(
  pool: Pool,
  init: SeedingName,
  { reservoir, mean }: Survey,
  components: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const dimensions = mean.length;
  const means = await seedings[init](pool.computing, reservoir, dimensions, components, seed, signal);
  if (init !== 'k-means') return means;
  const mixture: Mixture = {
    model: 'kmeans',
    covariance: null,
    components,
    dimensions,
    regCovar: 0,
    weightPrior: { alpha0: 1, discount: 0 },
  };
  const rows = reservoir.length / dimensions;
  const counts = new Float64Array(components).fill(rows / components);
  const start = assume(mixture, means, new Float64Array(0), counts);
  const sample = await open({ data: reservoir, dimensions }, { name: 'the sample' });
  const control = { tolerance: K_MEANS_TOLERANCE * totalVariance(reservoir, mean), patience: 0, maxIterations: 100 };
  return (await fit(pool, mixture, start, sample, undefined, control, { signal })).parameters.means;
}

function totalVariance(rows: Float64Array, mean: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at++) sum += (rows[at]! - mean[at % mean.length]!) ** 2;
  return (sum * mean.length) / rows.length;
}

async function readMeans(means: Data, dimensions: number): Promise<Float64Array> {
  const source = await open(means, { name: 'the initial means' });
  try {
    if (source.dimensions !== dimensions) {
      throw new DataError(
        `${source.name} has ${source.dimensions} columns, but the data have ${dimensions}: give means of the same dimensions`,
      );
    }
    const chunks: number[] = [];
    for await (const { data } of source) for (const value of data) chunks.push(value);
    return Float64Array.from(chunks);
  } finally {
    await source.close();
  }
}

function repeat(group: Float64Array, times: number): Float64Array {
  const out = new Float64Array(group.length * times);
  for (let i = 0; i < times; i++) out.set(group, i * group.length);
  return out;
}
