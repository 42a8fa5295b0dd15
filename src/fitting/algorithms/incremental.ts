// Incremental EM: an M-step after each block, whose statistics are remembered.
import type { PassOptions } from '../../e-step/e-step.ts';
import { DataError, FitError } from '../../errors.ts';
import { compile, expectedLogDensity } from '../../mixture/compile.ts';
import { recentre } from '../../mixture/components/recentre.ts';
import { refilled } from '../../mixture/components/refill.ts';
import { mStep, type Parameters, rowOf, statisticsFor } from '../../mixture/mixture.ts';
import { Statistics } from '../../mixture/statistics.ts';
import type { Algorithm, Evaluation, FitTask } from './algorithm.ts';
import { type BlockMemory, type BlockPlaces, KeptBlocks, PassingBlocks } from './block-memory.ts';
import { criterionOf, criterionOn, evaluate } from './evaluate.ts';
import { ahead } from './momentum.ts';
import { learnInWindows, type Ready, ready, rowCount } from './windows.ts';

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

/** A pass under way: the parameters and the bound that entered it, and the block that is next. */
interface Passing {
  readonly parameters: Parameters;
  readonly bound: number;
  block: number;
}

/** State of the algorithm. */
interface IncrementalState {
  readonly blocks: number;
  readonly rows: number;
  readonly rowsPerBlock: number;
  readonly best: Parameters;
  /** If they are not the best. */
  readonly entering: Parameters | undefined;
  readonly total: Float64Array;
  readonly velocity: Float64Array;
  readonly bound: number;
  readonly plainVisits: number;
  readonly last: Evaluation | undefined;
  readonly passing: Passing | undefined;
  readonly places: BlockPlaces | undefined;
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
  /** How many there are; 0 until the first pass is over. */
  #blocks: number;
  #rows: number;
  #rowsPerBlock: number;
  /** Best for the statistics as they are. */
  #best: Ready;
  /** Parameters of the next block's E-step. */
  #entering: Ready;
  /** Of all rows, about the entering means; in place of Σ log normaliser, the entropy of their responsibilities. */
  #total: Statistics;
  /** Change of the total statistics in the last pass; older changes decay. */
  #velocity: Statistics;
  #bound: number;
  /** Visits that are still to be without momentum. */
  #plainVisits: number;
  #last: Evaluation | undefined;
  #passing: Passing | undefined;
  /** Where a resumed fit has its blocks. */
  #places: BlockPlaces | undefined;

  constructor(task: FitTask, settings: IncrementalSettings) {
    const { mixture, journal, start } = task;
    const kept = journal.resume<IncrementalState>();
    this.#task = task;
    this.#settings = settings;
    this.#best = ready(mixture, kept?.best ?? start);
    this.#entering = kept?.entering ? ready(mixture, kept.entering) : this.#best;
    this.#total = statisticsFor(mixture, kept?.total);
    this.#velocity = statisticsFor(mixture, kept?.velocity);
    this.#blocks = kept?.blocks ?? 0;
    this.#rows = kept?.rows ?? 0;
    this.#rowsPerBlock = kept?.rowsPerBlock ?? 0;
    this.#bound = kept?.bound ?? Number.NEGATIVE_INFINITY;
    this.#plainVisits = kept?.plainVisits ?? 0;
    this.#last = kept?.last;
    this.#passing = kept?.passing;
    this.#places = kept?.places;
    this.#keep();
  }

  async pass(isLast: boolean, options: PassOptions): Promise<Evaluation> {
    if (isLast) return this.#evaluate(options);
    this.#memory ??= await this.#room(options);
    const { mixture, journal } = this.#task;
    this.#passing ??= { parameters: this.#best.parameters, bound: this.#bound, block: 0 };
    const passing = this.#passing;
    const isFirst = this.#blocks === 0;
    const isUnchanged = passing.parameters === this.#best.parameters;
    const { evaluation, seen } = await learnInWindows(
      this.#task,
      {
        rowsPerWindow: this.#rowsPerBlock,
        evaluated: isUnchanged ? this.#best : ready(mixture, passing.parameters),
        entering: this.#entering,
        learn: async (statistics, { compiled }) => {
          const certain = expectedLogDensity(mixture, compiled, statistics);
          statistics.setLogNormaliser(statistics.logNormaliser - certain);
          if (isFirst) await this.#remember(passing.block++, statistics);
          else await this.#replace(passing.block++, statistics);
          return this.#entering;
        },
      },
      { ...options, journal: journal.inside('pass') },
    );
    journal.end('pass');
    this.#passing = undefined;
    if (isFirst) this.#settle(evaluation.rows, passing.block);
    else if (evaluation.rows !== this.#rows) throw this.#changed();
    const counted = seen && { empty: this.#total.empty.length, moves: this.#refill(seen) };
    this.#last = { ...evaluation, ...counted, ...(!isFirst && { criterion: passing.bound }) };
    return this.#last;
  }

  async close(): Promise<void> {
    await this.#memory?.close();
  }

  #keep(): void {
    const memory = this.#memory instanceof KeptBlocks ? this.#memory : undefined;
    this.#task.journal.keep(
      (): IncrementalState => ({
        blocks: this.#blocks,
        rows: this.#rows,
        rowsPerBlock: this.#rowsPerBlock,
        best: this.#best.parameters,
        entering: this.#entering === this.#best ? undefined : this.#entering.parameters,
        total: this.#total.values,
        velocity: this.#velocity.values,
        bound: this.#bound,
        plainVisits: this.#plainVisits,
        last: this.#last,
        passing: this.#passing && { ...this.#passing },
        places: memory ? memory.places : this.#places,
      }),
      memory,
    );
  }

  /** Only the held-out rows have to be read for it. */
  async #evaluate(options: PassOptions): Promise<Evaluation> {
    const { pool, mixture, heldOut, journal } = this.#task;
    const { parameters } = this.#best;
    if (!this.#last) {
      const asked = { isStart: true, withStatistics: false, journal: journal.inside('pass') };
      const { evaluation } = await evaluate(this.#task, parameters, { ...options, ...asked });
      journal.end('pass');
      return evaluation;
    }
    const evaluated = { ...this.#last, parameters, criterion: this.#bound, ...(this.#last.moves && { moves: 0 }) };
    if (!heldOut) return evaluated;
    const own = { ...options, journal: journal.inside('pass') };
    const { criterion } = await criterionOn(pool, mixture, parameters, heldOut, own);
    journal.end('pass');
    return { ...evaluated, heldOutCriterion: criterion };
  }

  async #room(options: PassOptions): Promise<BlockMemory> {
    const { source, mixture, blocksFile } = this.#task;
    const { blocks, blockMemory } = this.#settings;
    if (this.#rowsPerBlock === 0) this.#rowsPerBlock = Math.ceil((await rowCount(source, options)) / blocks);
    const length = mixture.components * mixture.dimensions + this.#total.sums.length;
    if (blocksFile === undefined) return new PassingBlocks(blocks, length, blockMemory);
    this.#memory = await KeptBlocks.open(blocksFile, length, this.#places);
    this.#keep();
    return this.#memory;
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
