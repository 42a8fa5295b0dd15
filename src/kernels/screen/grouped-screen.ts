// Screen that bounds log densities of products of Student-t distributions, by groups of dimensions.
import type { Scorer } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import type { BatchRows } from '../batch-group.ts';
import { BATCH } from '../kernel.ts';
import type { RoundingBounds } from './rounding.ts';
import type { Screen } from './screen.ts';

/** Of three groups of 39 dimensions, bounds let through hardly more pairs than the density itself would. */
const GROUPS = 3;

/** Bounds log densities of products: −½ q of groups of dimensions, each by a screen of its own; the runs of a group are adjacent. */
export class GroupedScreen implements Screen {
  readonly groups: number = GROUPS;
  /** Of the sum over the groups. */
  readonly bounds: readonly RoundingBounds[];
  readonly #components: number;
  readonly #groups: readonly { readonly from: number; readonly screen: Screen }[];

  /** `screenOf` makes the screen of a group's scorer, which has the columns of its dimensions. */
  constructor(scorer: Scorer, screenOf: (scorer: Scorer) => Screen) {
    const edge = (group: number): number => Math.round((group * scorer.dimensions) / GROUPS);
    this.#components = scorer.components;
    this.#groups = Array.from({ length: GROUPS }, (_, group) => {
      const [from, to] = [edge(group), edge(group + 1)];
      return { from, screen: screenOf(columnsOf(scorer, from, to)) };
    });
    this.bounds = Array.from({ length: scorer.components }, (_, k) => {
      const each = this.#groups.map(({ screen }) => screen.bounds[k]!);
      return {
        error0: each.reduce((sum, { error0 }) => sum + error0, 0),
        errorSlope: Math.max(...each.map(({ errorSlope }) => errorSlope)),
      };
    });
  }

  begin(): void {
    for (const { screen } of this.#groups) screen.begin();
  }

  score(batch: BatchRows, out: number): void {
    for (const [group, { from, screen }] of this.#groups.entries()) {
      const at = batch.at + (from * batch.bits) / 8;
      screen.score({ ...batch, at }, out + group * this.#components * BATCH * 4);
    }
  }
}

/** Some dimensions of a scorer whose factors are diagonals. */
function columnsOf(scorer: Scorer, from: number, to: number): Scorer {
  const { dimensions, means, factors, evidence } = scorer;
  const columns = (rows: Float64Array): Float64Array => {
    const out = new Float64Array(scorer.components * (to - from));
    for (const [k, row] of rowsOf(rows, dimensions).entries()) out.set(row.subarray(from, to), k * (to - from));
    return out;
  };
  return {
    ...scorer,
    dimensions: to - from,
    means: columns(means),
    factors: columns(factors),
    evidence: evidence && { ...evidence, deviations: columns(evidence.deviations) },
  };
}
