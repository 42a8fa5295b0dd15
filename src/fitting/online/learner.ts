// Rows become windows, windows become steps.
import { type Chunk, rowsPerChunk } from '../../chunk.ts';
import { eStepOverChunks, finite, StatisticsAccumulator } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { unconstrained } from '../../mixture/constraints.ts';
import type { Mixture, Parameters } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { pieces } from '../../util/blocks.ts';
import { sum } from '../../util/vector.ts';
import { passAt, scoringPass } from '../algorithms/evaluate.ts';
import { Forgetting, Pace } from '../algorithms/forgetting.ts';
import { stepAt } from '../algorithms/step-size.ts';
import { RowBuffer } from './buffer.ts';
import { freshState, Mover, type MoverState } from './mover.ts';
import type { CheckedOnline } from './settings.ts';
import type { WarmUp, WarmUpState } from './warm-up.ts';

/** Name of the arriving rows in error messages. */
export const STREAM = 'the stream';

/** State to continue from. */
export interface Learned {
  /** With what constrains its M-steps, if anything does. */
  readonly mixture: Mixture;
  readonly parameters: Parameters;
  /** Of one row, about the parameters' means; by default those that the parameters imply. */
  readonly statistics?: Statistics | undefined;
  /** Windows so far. */
  readonly windows: number;
  /** Rows so far, those that wait included. */
  readonly rows: number;
  /** How many of them were repeated before it began, which weigh in place of being there. */
  readonly repeats: number;
  /** The sum of the weights of rows in windows so far. */
  readonly weight: number;
  /** The same for what was learned before, such as by an initial model. */
  readonly weightBefore: number;
  /** The least that both are taken for. */
  readonly leastWeight: number;
  /** Rows that wait for their window to be full. */
  readonly waiting?: Chunk | undefined;
  /** State of moving components; default: none yet. */
  readonly mover?: Partial<MoverState> | undefined;
}

/** Chooses parameters for the rows that were gathered. */
export type Begin = (rows: Chunk) => Promise<{ readonly mixture: Mixture; readonly parameters: Parameters }>;

/** Cuts rows, however they come, into windows, and learns from one after the other. */
export class Learner {
  readonly #pool: Pool;
  readonly #settings: CheckedOnline;
  readonly #buffer: RowBuffer;
  #warmUp: WarmUp | undefined;
  readonly #begin: Begin;
  readonly #signal: AbortSignal;
  #mixture: Mixture | undefined;
  #learned: Forgetting | undefined;
  #mover: Mover | undefined;
  /** What was gathered, until it is learned from. */
  #beginning: WarmUpState | undefined;
  #windows = 0;
  #rows = 0;
  #repeats = 0;
  #pace: Pace;
  #weightBefore = 0;
  #leastWeight = 0;

  constructor(
    pool: Pool,
    settings: CheckedOnline,
    dimensions: number,
    warmUp: WarmUp | undefined,
    begin: Begin,
    signal: AbortSignal,
  ) {
    this.#pool = pool;
    this.#settings = settings;
    this.#buffer = new RowBuffer(dimensions);
    this.#warmUp = warmUp;
    this.#begin = begin;
    this.#signal = signal;
    this.#pace = new Pace(settings.window);
    this.#rows = warmUp?.rows ?? 0;
  }

  /** Goes on from what was learned before. */
  resume({ mixture, parameters, statistics, waiting, mover, ...counters }: Learned): void {
    const { windows, rows, repeats, weight, weightBefore, leastWeight } = counters;
    this.#mixture = mixture;
    this.#learned = new Forgetting(mixture, parameters, statistics?.copy());
    this.#mover = new Mover(this.#pool, mixture, mover);
    this.#windows = windows;
    this.#rows = rows;
    this.#repeats = repeats;
    this.#pace = new Pace(this.#settings.window, rows - repeats - (waiting?.rows ?? 0), weight);
    this.#weightBefore = weightBefore;
    this.#leastWeight = leastWeight;
    if (waiting) this.#buffer.add(waiting, 0, waiting.rows);
  }

  get windows(): number {
    return this.#windows;
  }

  get rows(): number {
    return this.#beginning?.came ?? this.#rows;
  }

  /** How many components were moved so far. */
  get moved(): number {
    return this.#mover?.moved ?? 0;
  }

  /** State until the rows of the warm-up are learned from; undefined before the first row, and after. */
  get beginning(): WarmUpState | undefined {
    return this.#beginning ?? (this.#warmUp && this.#warmUp.rows > 0 ? this.#warmUp.state : undefined);
  }

  /** The latest parameters; undefined until there are rows enough. */
  get latest(): { readonly mixture: Mixture; readonly parameters: Parameters } | undefined {
    return this.#learned && { mixture: unconstrained(this.#mixture!), parameters: this.#learned.parameters };
  }

  /** State for continuing exactly; undefined while there is one to begin from. */
  get state():
    | (Learned & {
        readonly floors: Float64Array | undefined;
        readonly statistics: Statistics;
        readonly waiting: Chunk;
        readonly mover: MoverState;
      })
    | undefined {
    if (!this.#learned || this.#beginning) return undefined;
    const { data, weights, ...rest } = this.#buffer.chunk();
    return {
      ...this.latest!,
      floors: this.#mixture!.constraints?.floors,
      statistics: this.#learned.statistics.copy(),
      windows: this.#windows,
      rows: this.#rows,
      repeats: this.#repeats,
      weight: this.#pace.weight,
      weightBefore: this.#weightBefore,
      leastWeight: this.#leastWeight,
      waiting: { ...rest, data: data.slice(), weights: weights?.slice() },
      mover: this.#mover!.state,
    };
  }

  /** Takes some rows; yields after every window that they complete. */
  async *take(chunk: Chunk): AsyncGenerator<void> {
    for (let start = 0; start < chunk.rows; ) {
      const end = Math.min(chunk.rows, start + this.#room);
      (this.#learned ? this.#buffer : this.#warmUp!).add(chunk, start, end);
      this.#rows += end - start;
      start = end;
      yield* this.#work();
    }
  }

  /** Learns from the rows that wait, fewer than a window. */
  async *end(): AsyncGenerator<void> {
    if (!this.#learned && this.#warmUp!.rows > 0) yield* this.#start();
    if (this.#buffer.rows > 0) yield* this.#learn();
    if (this.#learned && (await this.#move(true))) yield;
  }

  /** Rows that there still is room for. */
  get #room(): number {
    return this.#learned ? this.#settings.window - this.#buffer.rows : this.#warmUp!.room;
  }

  /** Does what can be done with the rows that wait. */
  async *#work(): AsyncGenerator<void> {
    while (this.#room <= 0) yield* this.#learned ? this.#learn() : this.#start();
  }

  /** The first rows decide how it begins, and are learned from like all that follow. */
  async *#start(): AsyncGenerator<void> {
    const beginning = this.#warmUp!.state;
    const { rows, came } = beginning;
    const { mixture, parameters } = await this.#begin(rows);
    this.#warmUp = undefined;
    this.#beginning = beginning;
    const repeats = came - rows.rows;
    const leastWeight = sum(parameters.counts);
    this.resume({
      mixture,
      parameters,
      windows: 0,
      rows: repeats,
      repeats,
      weight: 0,
      weightBefore: 0,
      leastWeight,
      mover: freshState(),
    });
    yield* this.take(rows);
    this.#beginning = undefined;
  }

  async *#learn(): AsyncGenerator<void> {
    const { window, stepSize, totalRows } = this.#settings;
    await this.#move(false);
    const learned = this.#learned!;
    const rows = this.#buffer.chunk();
    try {
      const pass = passAt(this.#mixture!, learned.compiled, learned.parameters);
      const sums = [
        new StatisticsAccumulator(pass),
        new StatisticsAccumulator(scoringPass(this.#mixture!, learned.compiled)),
      ] as const;
      const mostRows = rowsPerChunk(rows.dimensions);
      const swept = { chunks: trainingPieces(rows, mostRows), done: { training: 0, heldOut: 0 }, mostRows };
      await eStepOverChunks(this.#pool, swept, sums, { signal: this.#signal });
      const seen = finite(sums[0].end(), { name: STREAM });
      const pace = new Pace(window, this.#pace.rows, this.#pace.weight);
      const step = Math.min(1, stepAt(stepSize, this.#windows + 1) * pace.take(seen));
      const weight = Math.max(pace.weight + this.#weightBefore, this.#leastWeight);
      learned.learn(seen, step, totalRows ?? weight);
      this.#pace = pace;
      this.#windows++;
      // Steps that get smaller are for rows that all count the same, constant ones for those that fade.
      const share = 'constant' in stepSize ? step : seen.weight / pace.weight;
      this.#mover!.see(rows, seen, { step, share }, this.#windows);
    } catch (error) {
      if (!this.#signal.aborted) this.#buffer.clear(); // what cannot be learned from must not be tried for ever
      throw error;
    }
    this.#buffer.clear();
    yield;
  }

  /** Moves components to where they help, when it is time to look for that, or at the end; returns whether any was moved. */
  async #move(isEnd: boolean): Promise<boolean> {
    const weight = this.#settings.totalRows ?? this.#weight;
    return (await this.#mover!.move(this.#learned!, weight, isEnd, this.#signal)) > 0;
  }

  /** How many rows what was learned stands for. */
  get #weight(): number {
    return Math.max(this.#pace.weight + this.#weightBefore, this.#leastWeight);
  }
}

async function* trainingPieces(chunk: Chunk, mostRows: number) {
  for (const piece of pieces(chunk, mostRows)) yield { ...piece, isHeldOut: false };
}
