// The loop of a fit: evaluate, keep the best model, stop or continue.
import type { StopReason } from '../inference/stop-reason.ts';
import { type Parameters, rowOf } from '../mixture/mixture.ts';
import type { Source } from '../sources/source.ts';
import { abortSignal, callback, type OptionTable } from '../util/options.ts';
import type { Begin, Task } from './algorithms/algorithm.ts';
import { Batch } from './algorithms/batch.ts';
import { type Control, lastGain, lastIteration, stopReason } from './stopping.ts';

/** One evaluation of the parameters, as `onIteration` is told. */
export interface Iteration {
  /** M-steps so far in this fit. */
  readonly iteration: number;
  /** Of the training stream, at the parameters after so many M-steps. */
  readonly criterion: number;
  /** The same of the held-out stream, or null without one. */
  readonly heldOutCriterion: number | null;
  /**
   * Improvement (of the held-out stream if there is one) since the iteration before: per row, for K-means as a part of the
   * criterion; exactly 0 where it is nothing but rounding; null at the first.
   */
  readonly gain: number | null;
  /** How many clusters that held no rows were moved to make these parameters; always 0 but for K-means. */
  readonly moved: number;
  readonly rows: number;
  readonly heldOutRows: number;
  /** Since the fit began. */
  readonly seconds: number;
}

/** How far a pass has come, as `onProgress` is told after every chunk. */
export interface Progress {
  readonly stage: 'reading' | 'training';
  readonly iteration: number;
  readonly rows: number;
  /** Rows of the whole pass, where known. */
  readonly of: number | undefined;
}

/** How a fit is watched and ended. What is told may take its time: a promise is awaited, and what it throws ends the fit. */
export interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly onIteration?: ((iteration: Iteration) => unknown) | undefined;
  readonly onProgress?: ((progress: Progress) => unknown) | undefined;
}

/** What they may be. */
export const watchOptions = {
  signal: abortSignal,
  onIteration: callback,
  onProgress: callback,
} satisfies OptionTable<Watch>;

/** The parameters after so many M-steps, and the criteria up to them. */
export interface Evaluated {
  readonly parameters: Parameters;
  readonly iterations: number;
  readonly criterion: readonly number[];
  readonly heldOutCriterion: readonly number[] | null;
}

/** What a fit gives. */
export interface Fitted {
  readonly parameters: Parameters;
  /** M-steps made before `parameters`. */
  readonly iterations: number;
  readonly stopReason: StopReason;
  /** One for each evaluation: M-steps + 1. */
  readonly criterion: readonly number[];
  readonly heldOutCriterion: readonly number[] | null;
  /** For each evaluation how many clusters that held no rows were moved before it. */
  readonly moved: readonly number[];
  /** How many clusters hold no rows at `parameters`. */
  readonly empty: number;
  readonly rows: number;
  readonly heldOutRows: number;
}

/** Pass by pass: evaluate, keep the best, stop or go on; to the best parameters (or, of exact iterations, the last). */
export async function fit(
  task: Task,
  control: Control,
  watch: Watch & { readonly onEvaluated?: ((evaluated: Evaluated) => Promise<void>) | undefined } = {},
  begin: Begin = (task) => new Batch(task),
): Promise<Fitted> {
  const began = performance.now();
  const { mixture, source, heldOut, pool } = task;
  const { gain: measure } = rowOf(mixture);
  const algorithm = begin(task);
  const criterion: number[] = [];
  const heldOutCriterion: number[] = [];
  const gains: number[] = [];
  const moved = [0];
  let best = { parameters: task.start, iterations: 0, criterion: undefined as number | undefined, empty: 0 };
  let rows = 0;
  let heldOutRows = 0;
  /** Clusters that hold no rows, as far as is known. */
  let left = 0;
  /** So many criteria, the first ones, tell nothing of the parameters. */
  let provisional = 0;

  const watched = (t: number) => ({
    signal: watch.signal,
    onRows: (done: number) =>
      watch.onProgress?.({ stage: 'training', iteration: t, rows: done, of: rowsOf(source, heldOut) }),
  });
  const result = (reason: StopReason): Fitted => ({
    parameters: best.parameters,
    iterations: best.iterations,
    stopReason: reason,
    criterion,
    heldOutCriterion: heldOut ? heldOutCriterion : null,
    moved: moved.slice(0, criterion.length),
    empty: best.empty,
    rows,
    heldOutRows,
  });

  try {
    for (let t = 0; ; t++) {
      const evaluation = await algorithm.pass(t >= lastIteration(control), watched(t));
      const { parameters, empty = left, moves = 0 } = evaluation;
      left = empty - moves;
      ({ rows, heldOutRows } = evaluation);
      criterion.push(evaluation.criterion);
      if (evaluation.heldOutCriterion !== null) heldOutCriterion.push(evaluation.heldOutCriterion);

      const deciding = heldOut ? heldOutCriterion : criterion.slice(provisional);
      if (evaluation.isProvisional) provisional = criterion.length;
      const gainOf = (criteria: readonly number[]): number | undefined =>
        lastGain(criteria, evaluation.weight, measure, pool.computing.precision);
      const isBetter = (one: number, other: number | undefined): boolean =>
        other === undefined || gainOf([other, one])! > 0;
      const gain = gainOf(deciding);
      if (t > 0) gains.push(gain ?? Number.POSITIVE_INFINITY);
      const isComparable = heldOut !== undefined || !evaluation.isProvisional;
      const current = isComparable ? deciding.at(-1)! : undefined;
      if (control.iterations !== undefined || current === undefined || isBetter(current, best.criterion)) {
        best = { parameters, iterations: t, criterion: current, empty };
      }
      await watch.onIteration?.({
        iteration: t,
        criterion: evaluation.criterion,
        heldOutCriterion: evaluation.heldOutCriterion,
        gain: gain ?? null,
        moved: moved[t]!,
        rows,
        heldOutRows,
        seconds: (performance.now() - began) / 1000,
      });
      await watch.onEvaluated?.({
        parameters,
        iterations: t,
        criterion: [...criterion],
        heldOutCriterion: heldOut ? [...heldOutCriterion] : null,
      });
      moved.push(moves);
      const reason = stopReason(gains, control, moves > 0);
      if (reason) return result(reason);
    }
  } catch (error) {
    if (watch.signal?.aborted && criterion.length > 0) return result('aborted');
    throw error;
  } finally {
    await algorithm.close();
  }
}

/** Rows of a whole pass, where known. */
function rowsOf(source: Source, heldOut: Source | undefined): number | undefined {
  const more = heldOut ? heldOut.rows : 0;
  return source.rows === undefined || more === undefined ? undefined : source.rows + more;
}
