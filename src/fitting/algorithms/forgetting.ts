// Decaying statistics, and the parameters that follow from them.
import { type Compiled, compile } from '../../mixture/compile.ts';
import { recentre } from '../../mixture/components/recentre.ts';
import { type Emptied, refilled } from '../../mixture/components/refill.ts';
import { impliedStatistics, type Mixture, mStep, type Parameters } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import type { Ready } from './windows.ts';

/** A component that has less than this part of what it had, after one window, has lost nearly all of its rows. */
const FADED = 1e-4;

/**
 * Parameters and the mean statistics of a row that they follow from, in which older rows fade: stepwise EM, Cappé & Moulines
 * (2009), equation 8; for variational models stochastic variational inference, Hoffman et al. (2013), figure 4; for K-means,
 * with steps 1/t, MacQueen's (1967).
 */
export class Forgetting implements Ready {
  readonly #mixture: Mixture;
  #statistics: Statistics;
  #parameters: Parameters;
  #compiled: Compiled;

  /** Without statistics it begins with those that the parameters imply. */
  constructor(mixture: Mixture, parameters: Parameters, statistics?: Statistics) {
    this.#mixture = mixture;
    this.#parameters = parameters;
    this.#compiled = compile(mixture, parameters);
    this.#statistics = statistics ?? impliedStatistics(mixture, parameters);
    if (!statistics) this.#statistics.scale(1 / this.#statistics.weight);
  }

  get parameters(): Parameters {
    return this.#parameters;
  }

  get compiled(): Compiled {
    return this.#compiled;
  }

  /** Of one row, about the parameters' means. */
  get statistics(): Statistics {
    return this.#statistics;
  }

  /**
   * Lets the rows of a window, with statistics about the parameters' means, replace a part of what was; `rows` is how many there
   * are in all.
   *
   * @throws FitError where they cannot be; then all is as it was.
   */
  learn(window: Statistics, step: number, rows: number): void {
    const { means } = this.#parameters;
    const statistics = this.#statistics.copy().scale(1 - step);
    if (window.weight > 0) statistics.merge(window, step / window.weight);
    this.#keepFaded(statistics);
    const parameters = mStep(this.#mixture, statistics.copy().scale(rows), means);
    const compiled = compile(this.#mixture, parameters);
    this.#statistics = recentre(statistics, means, parameters.means);
    this.#parameters = parameters;
    this.#compiled = compiled;
  }

  /**
   * Components that lose nearly all of their rows at once keep their mean and covariance: what is left of them are sums that were
   * rounded as parts of the larger ones that they had (kernels/screen/rounding.ts).
   */
  #keepFaded(statistics: Statistics): void {
    const before = this.#statistics;
    const lost = [...before.counts.keys()].filter((k) => !(statistics.counts[k]! > FADED * before.counts[k]!));
    if (lost.length === 0) return;
    const implied = impliedStatistics(this.#mixture, this.#parameters);
    const { shared } = statistics.shape.covariance;
    for (const k of lost) {
      const ratio = statistics.counts[k]! / implied.counts[k]!;
      for (let j = 0; j < implied.first[k]!.length; j++) statistics.first[k]![j] = ratio * implied.first[k]![j]!;
      if (shared) continue;
      for (let i = 0; i < implied.second[k]!.length; i++) statistics.second[k]![i] = ratio * implied.second[k]![i]!;
    }
  }

  /** Goes on from other parameters, and the statistics that they follow from. */
  adopt(parameters: Parameters, statistics: Statistics): void {
    this.#compiled = compile(this.#mixture, parameters);
    this.#parameters = parameters;
    this.#statistics = statistics;
  }

  /** Moves components that none of the rows seen were given to; returns how many. */
  refill(seen: Emptied): number {
    const { means: before } = this.#parameters;
    const { means, moves } = refilled(seen, before);
    if (moves === 0) return 0;
    for (const k of seen.empty) {
      this.#statistics.counts[k] = 0;
      this.#statistics.first[k]!.fill(0);
    }
    this.#statistics = recentre(this.#statistics, before, means);
    this.#parameters = { ...this.#parameters, means };
    this.#compiled = compile(this.#mixture, this.#parameters);
    return moves;
  }
}

/** State of the steps: the same weight of rows replaces the same fraction of the statistics, whatever window they come in. */
export class Pace {
  readonly #window: number;
  /** Of all windows so far. */
  rows: number;
  weight: number;

  constructor(window: number, rows = 0, weight = 0) {
    this.#window = window;
    this.rows = rows;
    this.weight = weight;
  }

  /** Counts a window in, and gives its share of a step: its weight by that of a full window of rows as they were so far. */
  take(window: Statistics): number {
    this.rows += window.rows;
    this.weight += window.weight;
    return this.weight === 0 ? 0 : (window.weight / this.weight) * (this.rows / this.#window);
  }
}
