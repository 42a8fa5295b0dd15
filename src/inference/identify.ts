// Which of several models explains an utterance best.
import { type Chunk, rowsPerChunk } from '../chunk.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { DataError, SettingError, tooLarge, weightless } from '../errors.ts';
import { checkComputing } from '../kernels/index.ts';
import { statisticsOf } from '../mixture/pass.ts';
import type { Statistics } from '../mixture/statistics.ts';
import type { RowData } from '../sources/data.ts';
import { expand } from '../sources/files.ts';
import type { FormatName } from '../sources/formats.ts';
import { openOnce, type Source } from '../sources/source.ts';
import { checkSameFrontEnd, type HasFrontEnd } from '../speech/front-end.ts';
import { checkOptionsBy } from '../util/options.ts';
import { shown } from '../util/shown.ts';
import { MixtureModel } from './model.ts';
import { type InferenceOptions, inferenceOptions } from './options.ts';

/** Which of several models explains an utterance best. */
export interface Identification {
  /** Name of the utterance: its file; in a file of several, `file:utterance`. */
  readonly data: string;
  /** Name of the model with the highest score; ties go to the first. */
  readonly best: string;
  /** Mean log-probability per row of every model, by its name. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A chunk, the utterance that it is of, and the number of the model that is to score it. */
interface UtteranceChunk extends Chunk {
  readonly data: Chunk['data'];
  readonly of: string;
  /** The number of the utterance: two may have one name. */
  readonly number: number;
  readonly model: number;
}

/**
 * Identifies, for each utterance, the model with the highest mean log-probability per row.
 *
 * An utterance is a file (several files are several utterances), or what a file of utterances calls one, or else the
 * whole of the data. Data are read once, chunk by chunk, and every chunk is scored by every model.
 *
 * @param models - mixtures of any kind but K-means, by name, all with the same number of dimensions.
 * @throws SettingError for models that cannot be compared; DataError, while iterating, for data that do not fit them.
 *
 * @example
 * ```js
 * import { identify, MixtureModel } from 'megamix';
 *
 * const [anna, ben] = await Promise.all(['anna.h5', 'ben.h5'].map((path) => MixtureModel.load(path)));
 * for await (const { data, best, scores } of identify({ anna, ben }, ['anna.npy', 'ben.npy'])) console.log(data, best, scores);
 * ```
 */
export function identify(
  models: Readonly<Record<string, MixtureModel>>,
  data: RowData,
  options: InferenceOptions = {},
): AsyncGenerator<Identification> {
  checkOptionsBy(inferenceOptions, options);
  return identified(models, data, options);
}

async function* identified(
  models: Readonly<Record<string, MixtureModel>>,
  data: RowData,
  options: InferenceOptions,
): AsyncGenerator<Identification> {
  const dimensions = checkModels(models);
  const names = Object.keys(models);
  const jobs = Object.values(models).map(({ densityPass }) => ({ pass: densityPass, result: 'statistics' as const }));
  const pool = new Pool(checkComputing(options));
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const chunks = everyChunk(await utterancesOf(data, options.format), models, { ...options, signal });
  const mostRows = rowsPerChunk(dimensions, options.chunkBytes);
  const sums = jobs.map(({ pass }) => statisticsOf(pass));
  let current: UtteranceChunk | undefined;
  try {
    for await (const { chunk, values } of pool.run({ chunks, jobs, jobOf: ({ model }) => model, mostRows, signal })) {
      if (current && chunk.number !== current.number) yield told(current.of, names, sums);
      current = chunk;
      sums[chunk.model]!.merge({ values });
    }
    options.signal?.throwIfAborted();
    if (current) yield told(current.of, names, sums);
  } finally {
    left.abort(); // a stream that is read ahead may never give its next row
    await pool.close();
  }
}

/** Returns the dimensions that all have. */
function checkModels(models: Readonly<Record<string, MixtureModel>>): number {
  const [first, ...others] = Object.entries(models ?? {});
  if (!first)
    throw new SettingError('missing-setting', 'models: received none, expected at least one', { setting: 'models' });
  for (const [name, each] of [first, ...others]) {
    if (!(each instanceof MixtureModel)) {
      throw new SettingError('bad-setting', `models: received ${shown(each)} for ${name}, expected a model`, {
        setting: 'models',
      });
    }
    const { hasDensity, kind: model } = each;
    if (!hasDensity)
      throw new SettingError(
        'not-offered',
        `models: ${name} is a ${model}, which has no log-probabilities: leave it out`,
        { setting: 'models' },
      );
  }
  const [name, { dimensions }] = first;
  const other = others.find(([, model]) => model.dimensions !== dimensions);
  if (!other) return dimensions;
  throw new SettingError(
    'setting-conflict',
    `models: ${other[0]} has ${other[1].dimensions} dimensions, but ${name} has ${dimensions}: all must have the same`,
    { setting: 'models' },
  );
}

async function utterancesOf(data: RowData, format: FormatName | undefined): Promise<readonly RowData[]> {
  const paths = typeof data === 'string' ? [data] : data;
  if (!(Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === 'string'))) return [data];
  return (await Promise.all(paths.map((path) => expand(path, format)))).flat();
}

/** The chunks of all utterances, each once for every model. */
async function* everyChunk(
  utterances: readonly RowData[],
  models: Readonly<Record<string, MixtureModel>>,
  options: InferenceOptions,
): AsyncGenerator<UtteranceChunk> {
  const all = Object.entries(models).map(([name, { frontEnd, dimensions }]) => ({ name, frontEnd, dimensions }));
  const rowsFor = all.find(({ frontEnd }) => frontEnd) ?? all[0]!;
  let before = 0;
  for (const each of utterances) {
    const source = await openOnce(each, { ...options, rowsFor });
    try {
      if (source.dimensions !== rowsFor.dimensions) {
        throw new DataError(
          'wrong-width',
          `${source.name} has ${source.dimensions} columns, but the models have ${rowsFor.dimensions} dimensions`,
          { source: source.name },
        );
      }
      for (const model of all) checkFrontEnd(source, model, options);
      let number = before;
      for await (const chunk of source.arriving()) {
        const { utterance } = chunk.part;
        const of = utterance === undefined ? source.name : `${source.name}:${utterance}`;
        if (utterance !== undefined) number = before + 1 + chunk.part.number;
        for (let model = 0; model < all.length; model++) yield { ...chunk, release: undefined, of, number, model };
      }
      before = number + 1;
    } finally {
      if (source !== each) await source.close();
    }
  }
}

/** Rows of sound must be those that each of the models knows. */
function checkFrontEnd(source: Source, model: HasFrontEnd, { frontEnd }: InferenceOptions): void {
  if (source.frontEnd && !model.frontEnd && !frontEnd) {
    throw new DataError(
      'mismatch',
      `${source.name} is sound, but ${model.name} does not say what front end its rows are from: make rows by megamix features`,
      { source: source.name },
    );
  }
  checkSameFrontEnd(source, model);
}

/** Makes the result of an utterance from its sums, and zeroes them. */
function told(data: string, names: readonly string[], sums: readonly Statistics[]): Identification {
  const means = sums.map(({ logNormaliser, weight }) => logNormaliser / weight);
  if (sums[0]!.weight === 0) throw weightless(data);
  if (!means.every(Number.isFinite)) throw tooLarge(data);
  for (const sum of sums) sum.zero();
  return {
    data,
    best: names[means.indexOf(Math.max(...means))]!,
    scores: Object.fromEntries(names.map((name, i) => [name, means[i]!])),
  };
}
