// The loop of a fit: evaluate, keep the best model, stop or continue.
import type { StopReason } from '../inference/stop-reason.ts';
import { type Parameters, rowOf } from '../mixture/mixture.ts';
import type { Source } from '../sources/source.ts';
import { abortSignal, callback, type OptionTable } from '../util/options.ts';
import type { Begin, FitTask } from './algorithms/algorithm.ts';
import { BatchAlgorithm } from './algorithms/batch.ts';
import { type Control, lastGain, lastIteration, stopReason } from './stopping.ts';

/** One evaluation of the parameters, passed to `onIteration`. */
export interface Iteration {
  /** M-steps so far in this fit; 0 at the first evaluation. */
  readonly iteration: number;
  /** Criterion of the training rows at these parameters. */
  readonly criterion: number;
  /** Criterion of the held-out rows; null without held-out data. */
  readonly heldOutCriterion: number | null;
  /**
   * Improvement since the iteration before (of the held-out rows if there are any): per row, or for K-means as a
   * fraction of the criterion; exactly 0 if it is only rounding; null at the first evaluation.
   */
  readonly gain: number | null;
  /** Clusters without rows that were moved to make these parameters; 0 except for K-means. */
  readonly moved: number;
  /** Training rows per pass. */
  readonly rows: number;
  /** Held-out rows per pass; 0 without held-out data. */
  readonly heldOutRows: number;
  /** Seconds since the fit began. */
  readonly seconds: number;
}

/** Progress within a pass, passed to `onProgress` after every chunk. */
export interface Progress {
  /**
   * 'reading' during the first reading of the data, 'training' in the passes of the fit, 'resuming' while rows before
   * the place of a checkpoint are passed over.
   */
  readonly stage: 'reading' | 'training' | 'resuming';
  /** M-steps so far in this fit. */
  readonly iteration: number;
  /** Rows of this pass so far. */
  readonly rows: number;
  /** Rows in the whole pass; undefined if not known yet. */
  readonly of: number | undefined;
}

/** How a fit is watched and ended. Callbacks may be async: a promise is awaited, and an error ends the fit. */
export interface Watch {
  /**
   * Ends the fit: the best model so far is returned if a pass was finished, otherwise the reason of the signal is
   * thrown.
   */
  readonly signal?: AbortSignal | undefined;
  /** Called after each evaluation of the parameters. */
  readonly onIteration?: ((iteration: Iteration) => unknown) | undefined;
  /** Called after each chunk. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined;
}

/** Their allowed values. */
export const watchOptions = {
  signal: abortSignal,
  onIteration: callback,
  onProgress: callback,
} satisfies OptionTable<Watch>;

/** Parameters after a number of M-steps, and the criteria up to them. */
export interface Evaluated {
  readonly parameters: Parameters;
  readonly iterations: number;
  readonly criterion: readonly number[];
  readonly heldOutCriterion: readonly number[] | null;
}

/** Result of a fit. */
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

/** State of a fit between passes. */
interface FitState {
  readonly criterion: readonly number[];
  readonly heldOutCriterion: readonly number[];
  readonly gains: readonly number[];
  readonly moved: readonly number[];
  readonly best: Best;
  readonly rows: number;
  readonly heldOutRows: number;
  readonly left: number;
  readonly provisional: number;
  readonly wasLast: boolean;
  readonly seconds: number;
}

/** The best parameters so far. */
interface Best {
  readonly parameters: Parameters;
  readonly iterations: number;
  readonly criterion: number | undefined;
  readonly empty: number;
}

/** Runs passes: evaluate, keep the best, stop or continue. Returns the best parameters (with `iterations`, the last). */
export async function fit(
  task: FitTask,
  control: Control,
  watch: Watch & { readonly onEvaluated?: ((evaluated: Evaluated) => Promise<void>) | undefined } = {},
  begin: Begin = (task) => new BatchAlgorithm(task),
): Promise<Fitted> {
  const { mixture, source, heldOut, pool, journal } = task;
  const { gain: measure } = rowOf(mixture);
  const kept = journal.resume<FitState>();
  const algorithm = begin({ ...task, journal: journal.inside('algorithm') });
  const criterion = [...(kept?.criterion ?? [])];
  const heldOutCriterion = [...(kept?.heldOutCriterion ?? [])];
  const gains = [...(kept?.gains ?? [])];
  const moved = [...(kept?.moved ?? [0])];
  let best: Best = kept?.best ?? { parameters: task.start, iterations: 0, criterion: undefined, empty: 0 };
  let { rows, heldOutRows } = kept ?? { rows: 0, heldOutRows: 0 };
  /** Clusters that hold no rows, as far as is known. */
  let left = kept?.left ?? 0;
  /** How many of the first criteria do not belong to single parameters. */
  let provisional = kept?.provisional ?? 0;
  /** Whether the last pass only evaluated. */
  let wasLast = kept?.wasLast ?? false;
  const began = performance.now() - 1000 * (kept?.seconds ?? 0);
  const seconds = (): number => (performance.now() - began) / 1000;
  journal.keep(
    (): FitState => ({
      ...{ criterion, heldOutCriterion, gains, moved, best, rows, heldOutRows, left, provisional, wasLast },
      seconds: seconds(),
    }),
  );

  const watched = (t: number) => ({
    signal: watch.signal,
    onRows: (done: number) =>
      watch.onProgress?.({ stage: 'training', iteration: t, rows: done, of: rowsOf(source, heldOut) }),
    onPassed: (passed: number) => watch.onProgress?.({ stage: 'resuming', iteration: t, rows: passed, of: undefined }),
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
  /** Why to stop before the next pass, if so. */
  const reasonToStop = (): StopReason | undefined =>
    criterion.length === 0 ? undefined : stopReason(gains, control, moved.at(-1)! > 0);

  try {
    if (wasLast && !reasonToStop()) {
      // More iterations are allowed now: the last parameters are evaluated again, and learned from.
      for (const history of [criterion, heldOutCriterion, gains, moved]) history.pop();
      wasLast = false;
    }
    for (let reason = reasonToStop(); ; reason = reasonToStop()) {
      if (reason) return result(reason);
      const t = criterion.length;
      const isLast = t >= lastIteration(control);
      const evaluation = await algorithm.pass(isLast, watched(t));
      const { parameters, empty = left, moves = 0 } = evaluation;
      wasLast = isLast;
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
        seconds: seconds(),
      });
      await watch.onEvaluated?.({
        parameters,
        iterations: t,
        criterion: [...criterion],
        heldOutCriterion: heldOut ? [...heldOutCriterion] : null,
      });
      moved.push(moves);
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
