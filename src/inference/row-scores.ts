// Scores of rows as they arrive.
import type { Chunk } from '../chunk.ts';
import { SettingError, wrongWidth } from '../errors.ts';
import { type Computing, kernelFor } from '../kernels/index.ts';
import { BATCH, type Kernel } from '../kernels/kernel.ts';
import type { ModelName } from '../mixture/model-table.ts';
import type { Pass } from '../mixture/pass.ts';
import type { Source } from '../sources/source.ts';
import type { HasFrontEnd } from '../speech/front-end.ts';
import { pieces } from '../util/blocks.ts';
import { breathe } from '../util/event-loop.ts';
import { shown } from '../util/shown.ts';
import { Largest } from './largest.ts';
import { unscorable } from './row-results.ts';

/** A component and its responsibility for a row. */
export interface Responsibility {
  /** Index of the component, from 0. */
  readonly component: number;
  /** Its responsibility, in [0, 1]. */
  readonly responsibility: number;
}

/** Score of one row. */
export interface RowScore {
  /** Log density, in nats; null for K-means. */
  readonly logProbability: number | null;
  /** Index of the most probable component, from 0; ties go to the first. */
  readonly label: number;
  /** Largest responsibilities, in descending order; only with `top`. */
  readonly responsibilities?: readonly Responsibility[];
  /** Mean log-probability of the last rows, this one included; only with `window`. */
  readonly meanLogProbability?: number;
}

/** Further results for every row, beside log-probability and label. */
export interface RowScoreOptions {
  /** How many of the largest responsibilities to report; default none. */
  readonly top?: number | undefined;
  /** How many of the last rows the mean log-probability is taken over; default: no mean. */
  readonly window?: number | undefined;
}

/** Parts of a model that scoring rows needs. */
export interface RowScorer extends HasFrontEnd {
  readonly kind: ModelName;
  readonly components: number;
  readonly dimensions: number;
  readonly hasDensity: boolean;
  readonly pass: Pass;
  readonly densityPass: Pass;
}

const LONGEST_WINDOW = 2 ** 24;

/**
 * Checks the options once.
 *
 * @throws SettingError that names the option, what was received and what was expected.
 */
export function checkRowScores({ top, window }: RowScoreOptions, model: RowScorer): void {
  for (const [name, value, most] of [
    ['top', top, model.components],
    ['window', window, LONGEST_WINDOW],
  ] as const) {
    if (value === undefined) continue;
    if (!model.hasDensity)
      throw new SettingError('not-offered', `${name}: a ${model.kind} gives labels only: leave it out`, {
        setting: name,
      });
    if (!(Number.isSafeInteger(value) && value >= 1 && value <= most)) {
      const bound = name === 'top' ? `${most}, the components of the model` : `${most}`;
      throw new SettingError(
        'bad-setting',
        `${name}: received ${shown(value)}, expected a whole number from 1 to ${bound}`,
        { setting: name },
      );
    }
  }
}

/**
 * Scores the rows of a source as they come, on this thread, with one kernel: all densities of a row are computed once, and all is read off
 * them. A row has the same scores, to the last bit, whatever rows are scored with it.
 */
export async function* rowScores(
  source: Source,
  model: RowScorer,
  { computing, ...options }: RowScoreOptions & { readonly computing: Computing },
): AsyncGenerator<RowScore[]> {
  const { name, dimensions } = source;
  if (dimensions !== model.dimensions) throw wrongWidth(name, dimensions, model.dimensions);
  const { pass, densityPass } = model;
  const kernel = kernelFor(pass, computing);
  const predictive = densityPass.scorer === pass.scorer ? undefined : kernelFor(densityPass, computing);
  const read = model.hasDensity ? densityReader(kernel, predictive, model.components, options) : labelReader(kernel);
  let rows = 0;
  try {
    for await (const chunk of source.arriving()) {
      for (const piece of pieces(chunk, BATCH)) {
        await breathe();
        const { scores, farRow } = read(piece);
        if (scores.length > 0) yield scores;
        if (farRow >= 0) throw unscorable(pass.scorer)(name, rows + farRow + 1);
        rows += piece.rows;
      }
      chunk.release?.();
    }
  } finally {
    kernel.close();
    predictive?.close();
  }
}

/** Scores of the rows of a batch, up to the first that is too far from all components, if there is one (else −1). */
type Reader = (chunk: Chunk) => { readonly scores: RowScore[]; readonly farRow: number };

function labelReader(kernel: Kernel): Reader {
  const labels = new Float64Array(BATCH);
  const nearness = new Float64Array(BATCH);
  return (chunk) => {
    kernel.label(chunk, labels, nearness);
    const farRow = farRowOf(nearness, chunk.rows);
    const near = labels.subarray(0, farRow < 0 ? chunk.rows : farRow);
    return { scores: Array.from(near, (label) => ({ logProbability: null, label })), farRow };
  };
}

/** With a kernel for the posterior predictive density, if that is what rows have. */
function densityReader(
  kernel: Kernel,
  predictive: Kernel | undefined,
  components: number,
  { top, window }: RowScoreOptions,
): Reader {
  const densities = new Float64Array(BATCH * components);
  const logNormalisers = new Float64Array(BATCH);
  const logProbabilities = predictive ? new Float64Array(BATCH) : logNormalisers;
  const largest = new Largest(top ?? 1);
  const mean = window === undefined ? undefined : new RunningMean(window);
  return (chunk) => {
    predictive?.logDensities(chunk, densities, logProbabilities);
    kernel.logDensities(chunk, densities, logNormalisers);
    const farRow = farRowOf(logNormalisers, chunk.rows);
    const scores: RowScore[] = [];
    for (let n = 0; n < chunk.rows && n !== farRow; n++) {
      const logProbability = logProbabilities[n]!;
      largest.find(densities, n * components, components);
      scores.push({
        logProbability,
        label: largest.places[0]!,
        ...(top === undefined ? {} : { responsibilities: responsibilitiesOf(largest, logNormalisers[n]!) }),
        ...(mean ? { meanLogProbability: mean.add(logProbability) } : {}),
      });
    }
    return { scores, farRow };
  };
}

const farRowOf = (nearness: Float64Array, rows: number): number =>
  nearness.subarray(0, rows).findIndex((value) => !Number.isFinite(value));

/** Of numbers that are log densities. */
const responsibilitiesOf = ({ places, values }: Largest, logNormaliser: number): Responsibility[] =>
  Array.from(places, (component, i) => ({ component, responsibility: Math.exp(values[i]! - logNormaliser) }));

/** The mean of the last numbers, as many as the window is long; its sum is taken anew once a window, lest roundings add up. */
class RunningMean {
  readonly #window: number;
  readonly #last: number[] = [];
  #at = 0;
  #sum = 0;

  constructor(window: number) {
    this.#window = window;
  }

  add(value: number): number {
    this.#sum += value - (this.#last[this.#at] ?? 0);
    this.#last[this.#at] = value;
    if (++this.#at === this.#window) {
      this.#at = 0;
      this.#sum = this.#last.reduce((sum, each) => sum + each, 0);
    }
    return this.#sum / this.#last.length;
  }
}
