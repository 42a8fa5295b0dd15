// The E-step over a stream, with a fixed order of summation.
import type { Chunk } from '../chunk.ts';
import { overflowed, weightless } from '../errors.ts';
import { type Pass, statisticsOf } from '../mixture/pass.ts';
import type { Statistics } from '../mixture/statistics.ts';
import type { Source } from '../sources/source.ts';
import { type SweptChunk, sweep } from '../sources/sweep.ts';
import type { Pool } from './parallel/pool.ts';

/** How a pass over a stream is watched and ended. */
export interface PassOptions {
  /** Ends the pass, with the signal's reason, at the next chunk. */
  readonly signal?: AbortSignal | undefined;
  /** Told after every chunk how many rows of the pass are done; a promise is awaited. */
  readonly onRows?: ((rows: number) => unknown) | undefined;
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
  const sums: Sums = [new StatisticsAccumulator(pass), new StatisticsAccumulator({ ...pass, moments: undefined })];
  await eStepOverChunks(pool, sweep(training, heldOut), sums, mostRowsOf(training, heldOut), options);
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
    sums[chunk.job]!.add(values, chunk.part);
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

/** The E-step over some chunks of both. */
export async function eStepOverChunks(
  pool: Pool,
  chunks: AsyncIterable<SweptChunk>,
  sums: Sums,
  mostRows: number,
  { signal, onRows }: PassOptions,
): Promise<void> {
  const jobs = sums.map(({ pass }) => ({ pass, result: 'statistics' as const }));
  const jobOf = ({ isHeldOut }: { isHeldOut: boolean }): number => Number(isHeldOut);
  let rows = 0;
  for await (const { chunk, values } of pool.run({ chunks, jobs, jobOf, mostRows, signal })) {
    sums[jobOf(chunk)]!.add(values, chunk.part);
    rows += chunk.rows;
    await onRows?.(rows);
  }
  signal?.throwIfAborted();
}

/** Rows of the longest chunk. */
export const mostRowsOf = (training: Source, heldOut: Source | undefined): number =>
  Math.max(training.rowsPerBlock, heldOut?.rowsPerBlock ?? 0);

/**
 * Adds up the statistics of blocks by part, and parts in their order: the bits of the result do not depend on who computed
 * which block.
 */
export class StatisticsAccumulator {
  readonly pass: Pass;
  readonly #total: Statistics;
  readonly #part: Statistics;
  #current = 0;

  constructor(pass: Pass) {
    this.pass = pass;
    this.#total = statisticsOf(pass);
    this.#part = statisticsOf(pass);
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
