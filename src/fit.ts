import { tooFewRows } from './errors.ts';
import { expectBoth } from './expect.ts';
import { type Compiled, compile, type Mixture, type Parameters, reduce, rowOf, sortedBySize } from './mixture.ts';
import type { Pool } from './parallel/pool.ts';
import type { Source } from './source.ts';
import { type Control, lastGain, lastIteration, type StopReason, stopReason } from './stopping.ts';

/** One evaluation of the parameters, as `onIteration` is told. */
export interface Iteration {
  /** M-steps so far in this fit. */
  readonly iteration: number;
  /** Of the training stream, at the parameters after so many M-steps. */
  readonly criterion: number;
  /** The same of the held-out stream, or null without one. */
  readonly heldOutCriterion: number | null;
  /** Improvement per row (of the held-out stream if there is one) since the iteration before; null at the first. */
  readonly gain: number | null;
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

/** How a fit is watched and ended. */
export interface Watch {
  readonly signal?: AbortSignal | undefined;
  readonly onIteration?: ((iteration: Iteration) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

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
  readonly rows: number;
  readonly heldOutRows: number;
}

/** Evaluate, keep the best, stop or reduce: from `start` to the best parameters (or, of exact iterations, the last). */
export async function fit(
  pool: Pool,
  mixture: Mixture,
  start: Parameters,
  source: Source,
  heldOut: Source | undefined,
  control: Control,
  watch: Watch & { readonly onEvaluated?: ((evaluated: Evaluated) => Promise<void>) | undefined } = {},
): Promise<Fitted> {
  const began = performance.now();
  const { criterionScale, assignment } = rowOf(mixture);
  const { covariance } = mixture;
  const criterion: number[] = [];
  const heldOutCriterion: number[] = [];
  const deciding = heldOut ? heldOutCriterion : criterion;
  const gains: number[] = [];
  let parameters = start;
  let best = { parameters, iterations: 0, criterion: Number.NEGATIVE_INFINITY };
  let rows = 0;
  let heldOutRows = 0;

  const criterionOf = (logNormaliser: number, compiled: Compiled): number =>
    criterionScale * logNormaliser - compiled.divergence;
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
    rows,
    heldOutRows,
  });

  for (let t = 0; ; t++) {
    const compiled = compile(mixture, parameters);
    const moments = t < lastIteration(control) ? { covariance, means: parameters.means } : undefined;
    try {
      const { scorer } = compiled;
      const pass = { scorer, assignment, moments };
      const { training, heldOut: unseen } = await expectBoth(pool, source, heldOut, pass, watched(t));
      if (training.rows < mixture.components) throw tooFewRows(source.name, training.rows, mixture.components);
      rows = training.rows;
      heldOutRows = unseen?.rows ?? 0;
      criterion.push(criterionOf(training.logNormaliser, compiled));
      if (unseen) heldOutCriterion.push(criterionOf(unseen.logNormaliser, compiled));

      const gain = lastGain(deciding, unseen ? unseen.weight : training.weight, criterionScale);
      if (gain !== undefined) gains.push(gain);
      const current = Math.sign(criterionScale) * deciding.at(-1)!;
      if (control.iterations !== undefined || current > best.criterion) {
        best = { parameters, iterations: t, criterion: current };
      }
      watch.onIteration?.({
        iteration: t,
        criterion: criterion.at(-1)!,
        heldOutCriterion: heldOutCriterion.at(-1) ?? null,
        gain: gain ?? null,
        rows,
        heldOutRows,
        seconds: (performance.now() - began) / 1000,
      });
      await watch.onEvaluated?.({
        parameters,
        iterations: t,
        criterion: [...criterion],
        heldOutCriterion: unseen ? [...heldOutCriterion] : null,
      });
      const reason = stopReason(gains, control);
      if (reason) return result(reason);
      parameters = reduce(mixture, training, parameters.means);
      if (control.sortComponents) parameters = sortedBySize(mixture, parameters);
    } catch (error) {
      if (watch.signal?.aborted && criterion.length > 0) return result('aborted');
      throw error;
    }
  }
}

/** Rows of a whole pass, where known. */
function rowsOf(source: Source, heldOut: Source | undefined): number | undefined {
  const more = heldOut ? heldOut.rows : 0;
  return source.rows === undefined || more === undefined ? undefined : source.rows + more;
}
