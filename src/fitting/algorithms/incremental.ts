// Incremental EM: an M-step after each block, whose statistics are remembered.
import type { PassOptions } from '../../e-step/e-step.ts';
import { DataError, FitError } from '../../errors.ts';
import { compile, expectedLogDensity } from '../../mixture/compile.ts';
import { recentre } from '../../mixture/components/recentre.ts';
import { refilled } from '../../mixture/components/refill.ts';
import { covarianceOf, mStep, rowOf } from '../../mixture/mixture.ts';
import { Statistics } from '../../mixture/statistics.ts';
import type { Algorithm, Evaluation, FitTask } from './algorithm.ts';
import { BlockMemory } from './block-memory.ts';
import { criterionOf, criterionOn, evaluate } from './evaluate.ts';
import { ahead } from './momentum.ts';
import { learnInWindows, type Ready, rowCount } from './windows.ts';

/** Settings of the incremental algorithm. */
export interface IncrementalSettings {
  /** Into how many blocks of equal size the rows are cut. */
  readonly blocks: number;
  /** How far the E-step is ahead of the statistics, in passes; 0: not at all. */
  readonly momentum: number;
  /** Bytes of statistics that are kept in memory; more are kept in a temporary file. */
  readonly blockMemory: number;
}

/** An M-step, and the bound after it. */
interface Best extends Ready {
  readonly bound: number;
}

/** The part of all rows that is no more than what sums leave when they cancel. */
const ROUNDING = 1e-14;

/**
 * Every block's statistics are remembered, and replaced when the block is visited again, with an M-step after each: Neal &
 * Hinton (1998); for variational models memoized variational inference, Hughes & Sudderth (2013). The criterion is the bound
 * at the remembered responsibilities, Σ E[log p(x, z)] + their entropy − divergences, which no block lowers (but for
 * regCovar, and rounding).
 *
 * With momentum the E-step is done at parameters that are ahead, in the direction of the last pass. Where that would lower the
 * bound, the block keeps the statistics that it had, and every block is visited once without.
 */
export class Incremental implements Algorithm {
  readonly #task: FitTask;
  readonly #settings: IncrementalSettings;
  #memory: BlockMemory | undefined;
  #blocks = 0;
  #rows = 0;
  #rowsPerBlock = 0;
  /** Best for the statistics as they are. */
  #best: Ready;
  /** Parameters of the next block's E-step. */
  #entering: Ready;
  /** Of all rows, about the entering means; in place of Σ log normaliser, the entropy of their responsibilities. */
  #total: Statistics;
  /** Change of the total statistics in the last pass; older changes decay. */
  #velocity: Statistics;
  #bound = Number.NEGATIVE_INFINITY;
  /** Visits that are still to be without momentum. */
  #plainVisits = 0;
  #last: Evaluation | undefined;

  constructor(task: FitTask, settings: IncrementalSettings) {
    const { components, dimensions } = task.mixture;
    const shape = { components, dimensions, covariance: covarianceOf(task.mixture) };
    this.#task = task;
    this.#settings = settings;
    this.#best = { parameters: task.start, compiled: compile(task.mixture, task.start) };
    this.#entering = this.#best;
    this.#total = new Statistics(shape);
    this.#velocity = new Statistics(shape);
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    if (isLast) return this.#evaluate(options);
    const isFirst = this.#memory === undefined;
    this.#memory ??= await this.#room(options);
    const bound = this.#bound;
    let block = 0;
    const { evaluation, seen } = await learnInWindows(
      this.#task,
      {
        rowsPerWindow: this.#rowsPerBlock,
        evaluated: this.#best,
        entering: this.#entering,
        learn: async (statistics, { compiled }) => {
          const { mixture } = this.#task;
          const certain = expectedLogDensity(mixture, compiled, statistics);
          statistics.setLogNormaliser(statistics.logNormaliser - certain);
          if (isFirst) await this.#remember(block++, statistics);
          else await this.#replace(block++, statistics);
          return this.#entering;
        },
      },
      options,
    );
    if (isFirst) this.#settle(evaluation.rows, block);
    else if (evaluation.rows !== this.#rows) throw this.#changed();
    const counted = seen && { empty: this.#total.empty.length, moves: this.#refill(seen) };
    this.#last = { ...evaluation, ...counted, ...(!isFirst && { criterion: bound }) };
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#memory?.close();
  }

  /** Only the held-out rows have to be read for it. */
  async #evaluate(options: PassOptions): Promise<Evaluation> {
    const { pool, mixture, heldOut } = this.#task;
    const { parameters } = this.#best;
    if (!this.#last) return (await evaluate(this.#task, parameters, false, options)).evaluation;
    const evaluated = { ...this.#last, parameters, criterion: this.#bound, ...(this.#last.moves && { moves: 0 }) };
    if (!heldOut) return evaluated;
    const { criterion } = await criterionOn(pool, mixture, parameters, heldOut, options);
    return { ...evaluated, heldOutCriterion: criterion };
  }

  async #room(options: PassOptions): Promise<BlockMemory> {
    const { source, mixture } = this.#task;
    const { blocks, blockMemory } = this.#settings;
    this.#rowsPerBlock = Math.ceil((await rowCount(source, options)) / blocks);
    return new BlockMemory(blocks, mixture.components * mixture.dimensions + this.#total.sums.length, blockMemory);
  }

  async #remember(block: number, statistics: Statistics): Promise<void> {
    this.#total.merge(statistics);
    await this.#put(block, statistics);
  }

  /** The first M-step. */
  #settle(rows: number, blocks: number): void {
    this.#rows = rows;
    this.#blocks = blocks;
    const best = this.#mStep(this.#total);
    this.#bound = best.bound;
    this.#best = best;
    this.#enter(best);
  }

  /** Moves components that hold no rows to rows of the last pass; returns how many. */
  #refill({ farthest, shape, meanSquare }: Statistics): number {
    const { parameters: before } = this.#best;
    const emptied = { empty: this.#total.empty, farthest, shape, meanSquare };
    const { means, moves } = refilled(emptied, before.means);
    if (moves === 0) return 0;
    const { mixture } = this.#task;
    for (const k of emptied.empty) {
      this.#velocity.counts[k] = 0;
      this.#velocity.first[k]!.fill(0);
    }
    const parameters = { ...before, means };
    this.#best = { parameters, compiled: compile(mixture, parameters) };
    this.#enter(this.#best);
    return moves;
  }

  async #replace(block: number, statistics: Statistics): Promise<void> {
    if (block >= this.#blocks) throw this.#changed();
    const { mixture } = this.#task;
    const { momentum } = this.#settings;
    const before = await this.#get(block);
    const total = withoutRounding(this.#total.copy().merge(statistics).merge(before, -1));
    const isAhead = this.#entering !== this.#best;
    const best = isAhead ? this.#reduceIfPossible(total) : this.#mStep(total);
    const gain = best ? Math.sign(rowOf(mixture).criterionScale) * (best.bound - this.#bound) : Number.NaN;
    if (!best || (isAhead && !(gain >= 0))) {
      this.#plainVisits = this.#blocks;
      this.#velocity.zero();
      this.#enter(this.#best);
      return;
    }
    this.#total = total;
    this.#bound = best.bound;
    this.#best = best;
    await this.#put(block, statistics);
    this.#velocity.scale(1 - 1 / this.#blocks);
    this.#velocity.merge(statistics).merge(before, -1);
    const isPlain = momentum === 0 || this.#plainVisits > 0;
    this.#plainVisits = Math.max(0, this.#plainVisits - 1);
    if (isPlain) {
      this.#enter(best);
    } else {
      const { means } = this.#entering.parameters;
      const parameters = ahead(mixture, best.parameters, total, this.#velocity, momentum, means);
      this.#enter({ parameters, compiled: compile(mixture, parameters) });
    }
  }

  /** The same; undefined where a component would be singular. */
  #reduceIfPossible(total: Statistics): Best | undefined {
    try {
      return this.#mStep(total);
    } catch (error) {
      if (error instanceof FitError) return undefined;
      throw error;
    }
  }

  /** The M-step, and the bound after it. */
  #mStep(total: Statistics): Best {
    const { mixture } = this.#task;
    const { means } = this.#entering.parameters;
    const parameters = mStep(mixture, total, means);
    const compiled = compile(mixture, parameters);
    const moved = recentre(total.copy(), means, parameters.means);
    const certain = expectedLogDensity(mixture, compiled, moved);
    return { parameters, compiled, bound: criterionOf(mixture, compiled, moved.logNormaliser + certain) };
  }

  /** Sets the parameters of the next block's E-step; the statistics are recentred. */
  #enter(next: Ready): void {
    const [from, to] = [this.#entering.parameters.means, next.parameters.means];
    recentre(this.#total, from, to);
    recentre(this.#velocity, from, to);
    this.#entering = next;
  }

  async #put(block: number, { sums }: Statistics): Promise<void> {
    const { means } = this.#entering.parameters;
    const kept = new Float64Array(means.length + sums.length);
    kept.set(means);
    kept.set(sums, means.length);
    await this.#memory!.put(block, kept);
  }

  /** A block's statistics, about the entering means. */
  async #get(block: number): Promise<Statistics> {
    const { means } = this.#entering.parameters;
    const kept = await this.#memory!.get(block);
    const statistics = new Statistics(this.#total.shape);
    statistics.sums.set(kept.subarray(means.length));
    return recentre(statistics, kept.subarray(0, means.length), means);
  }

  #changed(): DataError {
    return new DataError(
      'source-changed',
      `${this.#task.source.name} gave ${this.#rows} rows, then others: its rows must stay the same from pass to pass`,
      { source: this.#task.source.name },
    );
  }
}

/** A component that has lost its last row has exactly nothing. */
function withoutRounding(statistics: Statistics): Statistics {
  for (const [k, count] of statistics.counts.entries()) {
    if (count > ROUNDING * statistics.weight) continue;
    statistics.counts[k] = 0;
    statistics.first[k]!.fill(0);
    if (!statistics.shape.covariance.shared) statistics.second[k]!.fill(0);
  }
  return statistics;
}
