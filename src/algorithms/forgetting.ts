import { recentre } from '../components/recentre.ts';
import { imply, type Mixture, type Parameters, reduce } from '../mixture.ts';
import type { Statistics } from '../statistics.ts';

/**
 * Parameters and the mean statistics of a row that they follow from, in which older rows fade: stepwise EM, Cappé & Moulines
 * (2009), equation 8; for variational models stochastic variational inference, Hoffman et al. (2013), figure 4; for K-means,
 * with steps 1/t, MacQueen's (1967). It changes in place.
 */
export class Forgetting {
  readonly #mixture: Mixture;
  /** Of one row, about the parameters' means. */
  readonly statistics: Statistics;
  parameters: Parameters;

  /** Without statistics it begins with those that the parameters imply. */
  constructor(mixture: Mixture, parameters: Parameters, statistics?: Statistics) {
    this.#mixture = mixture;
    this.parameters = parameters;
    this.statistics = statistics ?? imply(mixture, parameters);
    if (!statistics) this.statistics.scale(1 / this.statistics.weight);
  }

  /** Lets the rows of a window, with statistics about the parameters' means, replace a part of what was; `rows` is how many there are in all. */
  learn(window: Statistics, step: number, rows: number): void {
    if (window.weight === 0) return;
    const { means } = this.parameters;
    this.statistics.scale(1 - step).merge(window, step / window.weight);
    this.parameters = reduce(this.#mixture, this.statistics.copy().scale(rows), means);
    recentre(this.statistics, means, this.parameters.means);
  }
}
