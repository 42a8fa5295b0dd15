// When an online fit tries to move components.
import type { Chunk } from '../../chunk.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import type { Mixture } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { randomFor } from '../../util/random.ts';
import type { Forgetting } from '../algorithms/forgetting.ts';
import type { PriorityState } from '../initialization/priority-sample.ts';
import { FadedSample } from './faded-sample.ts';
import { improve } from './relocation.ts';

/** With fewer different rows there is nothing to choose by. */
const FEWEST_ROWS = 16;
/** Rows of the sample by which components are moved. */
const SAMPLE_ROWS = 16_384;
/** It is looked again when so much of what was learned has been replaced, */
const REPLACED = 0.5;
/** and, if the last attempt failed and no component was abandoned, this many samples of rows have arrived. */
const SAMPLES_IN_VAIN = 16;
/** A component that lately has less than this part of the rows that it had is abandoned. */
const ABANDONED = 0.1;
/** Components are left where they are until so little is left of what was learned from rows that the sample has not seen. */
const OLDER = 0.1;
/** At the end it is looked until that was in vain a few times, each with other draws, but not more often than that. */
const VAIN_LOOKS = 4;
const MOST_LOOKS = 16;

/** Fractions that a window replaces: of the statistics, and of the rows that count. */
export interface Replaced {
  readonly step: number;
  readonly share: number;
}

/** State for continuing exactly. */
export interface MoverState {
  readonly sample: PriorityState & { readonly growth: number };
  /** Of each component, of the rows since the last look. */
  readonly counts: Float64Array;
  /** The part of what was learned that is older than the last look. */
  readonly left: number;
  /** The part of what was learned that is from rows before the first window. */
  readonly older: number;
  readonly rows: number;
  readonly wasInVain: boolean;
  readonly moved: number;
  /** Each has its own randomness. */
  readonly looks: number;
}

/** The state of a mover of a model that began on rows that it will see. */
export const freshState = (): Partial<MoverState> => ({ older: 0 });

/** Decides when to look for components that would be better elsewhere, and moves them. */
export class Mover {
  readonly #pool: Pool;
  readonly #mixture: Mixture;
  readonly #sample: FadedSample;
  readonly #counts: Float64Array;
  #left: number;
  #older: number;
  #rows: number;
  #wasInVain: boolean;
  #moved: number;
  #looks: number;

  constructor(pool: Pool, mixture: Mixture, state: Partial<MoverState> = {}) {
    this.#pool = pool;
    this.#mixture = mixture;
    this.#sample = new FadedSample(SAMPLE_ROWS, mixture.dimensions, state.sample);
    this.#counts = state.counts?.slice() ?? new Float64Array(mixture.components);
    this.#left = state.left ?? 1;
    this.#older = state.older ?? 1;
    this.#rows = state.rows ?? 0;
    this.#wasInVain = state.wasInVain ?? false;
    this.#moved = state.moved ?? 0;
    this.#looks = state.looks ?? 0;
  }

  /** How many components were moved so far. */
  get moved(): number {
    return this.#moved;
  }

  get state(): MoverState {
    return {
      sample: this.#sample.state,
      counts: this.#counts.slice(),
      left: this.#left,
      older: this.#older,
      rows: this.#rows,
      wasInVain: this.#wasInVain,
      moved: this.#moved,
      looks: this.#looks,
    };
  }

  /**
   * Takes the rows of a window that was learned from, which replaced the part `step` of what was; `share` is what they are of all
   * rows that count for what is looked for.
   */
  see(rows: Chunk, { counts, weight }: Statistics, { step, share }: Replaced, window: number): void {
    if (weight > 0) this.#sample.learn(rows, weight, share, randomFor('window', 0, window));
    for (let k = 0; k < counts.length; k++) this.#counts[k]! += counts[k]!;
    this.#left *= 1 - share;
    this.#older *= 1 - step;
    this.#rows += rows.rows;
  }

  /** Moves components if it is time to look for that and it helps; returns how many. `weight` is what the statistics stand for. */
  async move(learned: Forgetting, weight: number, isEnd: boolean, signal: AbortSignal): Promise<number> {
    if (this.#mixture.constraints?.frozen) return 0;
    if (this.#older > OLDER || !(isEnd || this.#isDue(learned))) return 0;
    let moved = 0;
    let hasHelped = false;
    let vain = 0;
    for (let look = 0; look < (isEnd ? MOST_LOOKS : 1) && vain < VAIN_LOOKS; look++) {
      const sample = this.#sample.sample;
      const random = randomFor('relocation', this.#looks++);
      const ground = { pool: this.#pool, mixture: this.#mixture, sample, weight, random, signal };
      const isEnough = sample.weights.length >= Math.max(FEWEST_ROWS, 2 * this.#mixture.components);
      const better = isEnough ? await improve(ground, learned) : undefined;
      if (!better) {
        vain++;
        continue;
      }
      learned.adopt(better.parameters, better.statistics);
      moved += better.moved;
      hasHelped = true;
    }
    this.#moved += moved;
    this.#wasInVain = !hasHelped;
    this.#left = 1;
    this.#rows = 0;
    this.#counts.fill(0);
    return moved;
  }

  #isDue({ statistics }: Forgetting): boolean {
    if (this.#left > REPLACED) return false;
    if (!this.#wasInVain || this.#rows >= SAMPLES_IN_VAIN * SAMPLE_ROWS) return true;
    const lately = this.#counts.reduce((total, count) => total + count, 0);
    const had = statistics.counts.reduce((total, count) => total + count, 0);
    return this.#counts.some((count, k) => count * had < ABANDONED * statistics.counts[k]! * lately);
  }
}
