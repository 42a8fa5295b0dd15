// The E-step over a stream, with a fixed order of summation.
import type { Chunk } from '../chunk.ts';
import { overflowed, weightless } from '../errors.ts';
import { type Pass, statisticsOf } from '../mixture/pass.ts';
import type { Statistics } from '../mixture/statistics.ts';
import type { Source } from '../sources/source.ts';
import { Sweep, type SweepPlace, type SweptChunk } from '../sources/sweep.ts';
import { Journal } from '../util/journal.ts';
import type { Pool } from './parallel/pool.ts';

/** How a pass over a stream is watched and ended. */
export interface PassOptions {
  /** Ends the pass, with the signal's reason, at the next chunk. */
  readonly signal?: AbortSignal | undefined;
  /** Told after every chunk how many rows of the pass are done; a promise is awaited. */
  readonly onRows?: ((rows: number) => unknown) | undefined;
  /** Told how many rows were read along so far, only to be passed over; a promise is awaited. */
  readonly onPassed?: ((rows: number) => unknown) | undefined;
  /** Where the pass keeps what it needs to resume. */
  readonly journal?: Journal | undefined;
}

/** How many rows of each side a pass is done with. */
export interface RowsDone {
  training: number;
  heldOut: number;
}

/** State of a pass under way: sums over the rows that are done, and where the others are. */
export interface PassState {
  readonly sums: readonly SumState[];
  readonly done: RowsDone;
  readonly place: SweepPlace;
}

/** The E-step over a stream. */
export async function eStep(pool: Pool, source: Source, pass: Pass, options: PassOptions = {}): Promise<Statistics> {
  return (await eStepWithHeldOut(pool, source, undefined, pass, options)).training;
}

/** The E-step over a training stream and, without moments, over a held-out one. */
export async function eStepWithHeldOut(
  pool: Pool,
  training: Source,
  heldOut: Source | undefined,
  pass: Pass,
  options: PassOptions,
): Promise<{ readonly training: Statistics; readonly heldOut: Statistics | undefined }> {
  const { journal = new Journal(), onPassed } = options;
  const kept = journal.resume<PassState>();
  const passes = [pass, { ...pass, moments: undefined }] as const;
  const sums: Sums = [
    new StatisticsAccumulator(passes[0], kept?.sums[0]),
    new StatisticsAccumulator(passes[1], kept?.sums[1]),
  ];
  const done = kept?.done ?? { training: 0, heldOut: 0 };
  const chunks = new Sweep(training, heldOut, { from: kept?.place, onPassed });
  journal.keep(
    (): PassState => ({
      sums: sums.map((sum) => sum.state),
      done: { ...done },
      place: chunks.placeAfter(done.training, done.heldOut),
    }),
  );
  await eStepOverChunks(pool, { chunks, done, mostRows: mostRowsOf(training, heldOut) }, sums, { ...options, journal });
  const [ofTraining, ofHeldOut] = sums.map((sum) => sum.end());
  return { training: checked(ofTraining!, training), heldOut: heldOut && checked(ofHeldOut!, heldOut) };
}

/** The E-steps of several passes, without moments, over one reading of a stream. */
export async function eStepOfEach(
  pool: Pool,
  source: Source,
  passes: readonly Pass[],
  { signal, onRows }: PassOptions,
): Promise<Statistics[]> {
  const jobs = passes.map((pass) => ({ pass, result: 'statistics' as const }));
  const sums = passes.map((pass) => new StatisticsAccumulator(pass));
  const chunks = forEach(source, passes.length);
  let rows = 0;
  const work = { chunks, jobs, jobOf: ({ job }: { job: number }) => job, mostRows: source.rowsPerBlock, signal };
  for await (const { chunk, values } of pool.run(work)) {
    sums[chunk.job]!.add(values, chunk.part.index);
    if (chunk.job > 0) continue;
    rows += chunk.rows;
    await onRows?.(rows);
  }
  signal?.throwIfAborted();
  return sums.map((sum) => checked(sum.end(), source));
}

/** Every chunk `times` times; it is released when all copies are released. */
async function* forEach(source: Source, times: number): AsyncGenerator<Chunk & { readonly job: number }> {
  for await (const chunk of source) {
    let held = times;
    const release = (): void => {
      if (--held === 0) chunk.release?.();
    };
    for (let job = 0; job < times; job++) yield { ...chunk, release, job };
  }
}

/** Sums over training rows and over held-out rows. */
export type Sums = readonly [training: StatisticsAccumulator, heldOut: StatisticsAccumulator];

/** Some chunks of both, and how many rows of the pass are done, which is counted on. */
export interface SweptRows {
  readonly chunks: AsyncIterable<SweptChunk>;
  readonly done: RowsDone;
  /** Of the longest chunk. */
  readonly mostRows: number;
}

/** The E-step over some chunks of both; the journal is at rest after each. */
export async function eStepOverChunks(
  pool: Pool,
  { chunks, done, mostRows }: SweptRows,
  sums: Sums,
  { signal, onRows, journal = new Journal() }: PassOptions,
): Promise<void> {
  const jobs = sums.map(({ pass }) => ({ pass, result: 'statistics' as const }));
  const jobOf = ({ isHeldOut }: { isHeldOut: boolean }): number => Number(isHeldOut);
  await journal.rest();
  for await (const { chunk, values } of pool.run({ chunks, jobs, jobOf, mostRows, signal })) {
    journal.change();
    sums[jobOf(chunk)]!.add(values, chunk.part.index);
    done[chunk.isHeldOut ? 'heldOut' : 'training'] += chunk.rows;
    await onRows?.(done.training + done.heldOut);
    await journal.rest(chunk.rows);
  }
  signal?.throwIfAborted();
  journal.change();
}

/** Rows of the longest chunk. */
export const mostRowsOf = (training: Source, heldOut: Source | undefined): number =>
  Math.max(training.rowsPerBlock, heldOut?.rowsPerBlock ?? 0);

/** State of sums: of the parts before, and of the current one. */
export interface SumState {
  readonly total: Float64Array;
  readonly part: Float64Array;
  readonly current: number;
}

/**
 * Adds up the statistics of blocks by part, and parts in their order: the bits of the result do not depend on who computed
 * which block.
 */
export class StatisticsAccumulator {
  readonly pass: Pass;
  readonly #total: Statistics;
  readonly #part: Statistics;
  #current = 0;

  /** Resumes from a state, if one is given. */
  constructor(pass: Pass, state?: SumState) {
    this.pass = pass;
    this.#total = statisticsOf(pass);
    this.#part = statisticsOf(pass);
    if (!state) return;
    this.#total.values.set(state.total);
    this.#part.values.set(state.part);
    this.#current = state.current;
  }

  /** Its state; the arrays are its own. */
  get state(): SumState {
    return { total: this.#total.values, part: this.#part.values, current: this.#current };
  }

  add(values: Float64Array, part: number): void {
    if (part !== this.#current) {
      this.end();
      this.#current = part;
    }
    this.#part.merge({ values });
  }

  end(): Statistics {
    this.#total.merge(this.#part);
    this.#part.zero();
    return this.#total;
  }
}

/** Statistics of a whole stream that can be used. */
export function checked(statistics: Statistics, source: Source): Statistics {
  if (statistics.weight === 0) throw weightless(source.name);
  return finite(statistics, source);
}

/** Statistics of some of its rows, likewise. */
export function finite(statistics: Statistics, { name }: { readonly name: string }): Statistics {
  if (!Number.isFinite(statistics.logNormaliser)) throw overflowed(name);
  return statistics;
}
