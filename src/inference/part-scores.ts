// The log-probability of each part of a stream.
import type { Chunk, RowPart } from '../chunk.ts';
import { weightless } from '../errors.ts';
import { callback, type OptionTable } from '../util/options.ts';
import { type InferenceOptions, inferenceOptions } from './options.ts';

/** The log-probability of a file, or of an utterance of one. */
export interface PartScore {
  /** Name of the part. */
  readonly name: string;
  /** Number of rows. */
  readonly frames: number;
  /** Sum of the log-probabilities of the rows, in nats, each times its weight. */
  readonly logProb: number;
  /** That, divided by the sum of the weights. */
  readonly logProbPerRow: number;
}

/** Options of `MixtureModel.scoreParts`. */
export interface PartScoreOptions extends InferenceOptions {
  /** The group that a part is of, such as the speaker of an utterance; default: each part is one by itself. */
  readonly groupOf?: ((part: RowPart) => string) | undefined;
}

export const partScoreOptions = { ...inferenceOptions, groupOf: callback } satisfies OptionTable<PartScoreOptions>;

/** Sums over some rows. */
export class ScoreSum {
  readonly name: string;
  #frames = 0;
  #logProb = 0;
  #weight = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(logProbabilities: Float64Array, weights: Chunk['weights']): void {
    this.#frames += logProbabilities.length;
    for (const [n, logProbability] of logProbabilities.entries()) {
      const weight = weights?.[n] ?? 1;
      if (weight === 0) continue;
      this.#logProb += weight * logProbability;
      this.#weight += weight;
    }
  }

  /** @throws DataError where all weights are 0. */
  get score(): PartScore {
    if (this.#weight === 0) throw weightless(this.name);
    const { name } = this;
    return { name, frames: this.#frames, logProb: this.#logProb, logProbPerRow: this.#logProb / this.#weight };
  }
}

/** Log-probabilities of some rows of a part. */
export interface ScoredRows {
  readonly part: RowPart;
  readonly weights: Chunk['weights'];
  readonly logProbabilities: Float64Array;
}

/** The score of each part, as soon as its last row is there; one is held at a time. */
export async function* partScores(rows: AsyncIterable<ScoredRows>): AsyncGenerator<PartScore> {
  let sum: ScoreSum | undefined;
  let number: number | undefined;
  for await (const { part, weights, logProbabilities } of rows) {
    if (sum && part.number !== number) {
      yield sum.score;
      sum = undefined;
    }
    number = part.number;
    sum ??= new ScoreSum(part.name);
    sum.add(logProbabilities, weights);
  }
  if (sum) yield sum.score;
}

/** The scores of groups of parts, at the end, in the order in which they came first; a few numbers of each are held. */
export async function* groupScores(
  rows: AsyncIterable<ScoredRows>,
  groupOf: (part: RowPart) => string,
): AsyncGenerator<PartScore> {
  const sums = new Map<string, ScoreSum>();
  for await (const { part, weights, logProbabilities } of rows) {
    const group = groupOf(part);
    const sum = sums.get(group) ?? new ScoreSum(group);
    sums.set(group, sum);
    sum.add(logProbabilities, weights);
  }
  for (const { score } of sums.values()) yield score;
}
