// A pass cut into windows of rows.
import {
  checked,
  eStepOverChunks,
  finite,
  mostRowsOf,
  type PassOptions,
  type PassState,
  StatisticsAccumulator,
} from '../../e-step/e-step.ts';
import { weightless } from '../../errors.ts';
import { type Compiled, compile } from '../../mixture/compile.ts';
import { type Mixture, type Parameters, refills } from '../../mixture/mixture.ts';
import { statisticsOf } from '../../mixture/pass.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { abortable } from '../../sources/abortable.ts';
import type { Source } from '../../sources/source.ts';
import { Sweep, type SweptChunk } from '../../sources/sweep.ts';
import { view } from '../../util/blocks.ts';
import { Journal } from '../../util/journal.ts';
import type { Evaluation, FitTask } from './algorithm.ts';
import { criterionOf, passAt, scoringPass } from './evaluate.ts';

/** Parameters made ready for the E-step. */
export interface Ready {
  readonly parameters: Parameters;
  readonly compiled: Compiled;
}

/** Parameters made ready. */
export const ready = (mixture: Mixture, parameters: Parameters): Ready => ({
  parameters,
  compiled: compile(mixture, parameters),
});

/** Input of a pass in windows. */
export interface WindowedPass {
  readonly rowsPerWindow: number;
  /** Pass that evaluates the held-out stream. */
  readonly evaluated: Ready;
  /** Pass of the first window, or of that in which the pass resumes. */
  readonly entering: Ready;
  /** Takes a window's statistics, about the means of what it was seen with; gives what the next is seen with. */
  learn(window: Statistics, seenWith: Ready): Promise<Ready>;
}

/** State of a pass in windows, within one of them; the sums are of the window and, held out, of the pass. */
interface WindowedState extends PassState {
  /** Training rows of the window that are done. */
  readonly doneOfWindow: number;
  readonly met: Met;
  /** Of all windows before. */
  readonly all: Float64Array | undefined;
}

/** Sums over the windows before. */
interface Met {
  rows: number;
  weight: number;
  logNormaliser: number;
}

/**
 * Reads all rows once, with an M-step after each window; the criterion is summed at parameters that change on the way. `seen` are
 * the statistics of all windows, where components that hold no rows are to be moved.
 */
export async function learnInWindows(
  task: FitTask,
  pass: WindowedPass,
  options: PassOptions,
): Promise<{ readonly evaluation: Evaluation; readonly seen: Statistics | undefined }> {
  const { pool, mixture, source, heldOut } = task;
  const { parameters, compiled: evaluated } = pass.evaluated;
  const { journal = new Journal(), onPassed } = options;
  const kept = journal.resume<WindowedState>();
  const unseen = new StatisticsAccumulator(scoringPass(mixture, evaluated), kept?.sums[1]);
  const done = kept?.done ?? { training: 0, heldOut: 0 };
  const chunks = new Sweep(source, heldOut, { from: kept?.place, onPassed });
  const windows = new Windows(chunks, pass.rowsPerWindow);
  const all = refills(mixture) ? statisticsOf(passAt(mixture, evaluated, parameters)) : undefined;
  if (kept?.all) all?.values.set(kept.all);
  const met = kept?.met ?? { rows: 0, weight: 0, logNormaliser: 0 };
  let entering = pass.entering;
  let resumed = kept;
  try {
    while (resumed || (await windows.more())) {
      const seen = new StatisticsAccumulator(passAt(mixture, entering.compiled, entering.parameters), resumed?.sums[0]);
      const before = done.training - (resumed?.doneOfWindow ?? 0);
      journal.keep(
        (): WindowedState => ({
          sums: [seen.state, unseen.state],
          done: { ...done },
          place: chunks.placeAfter(done.training, done.heldOut),
          doneOfWindow: done.training - before,
          met: { ...met },
          all: all?.values,
        }),
      );
      const window = windows.window(resumed?.doneOfWindow ?? 0);
      resumed = undefined;
      await eStepOverChunks(
        pool,
        { chunks: window, done, mostRows: mostRowsOf(source, heldOut) },
        [seen, unseen],
        options,
      );
      const statistics = finite(seen.end(), source);
      met.rows += statistics.rows;
      met.weight += statistics.weight;
      met.logNormaliser += statistics.logNormaliser;
      all?.merge(statistics);
      if (statistics.rows > 0) entering = await pass.learn(statistics, entering);
    }
  } finally {
    await windows.close();
  }
  if (met.weight === 0) throw weightless(source.name);
  const outside = heldOut && checked(unseen.end(), heldOut);
  const evaluation = {
    parameters,
    criterion: criterionOf(mixture, evaluated, met.logNormaliser),
    heldOutCriterion: outside ? criterionOf(mixture, evaluated, outside.logNormaliser) : null,
    rows: met.rows,
    heldOutRows: outside?.rows ?? 0,
    weight: outside?.weight ?? met.weight,
  };
  return { evaluation, seen: all };
}

/** Number of rows of a source; one that does not know is read to count them. */
export async function rowCount(source: Source, { signal }: PassOptions): Promise<number> {
  if (source.rows !== undefined) return source.rows;
  for await (const { release } of abortable(source.arriving(), signal)) release?.();
  return source.rows!;
}

/** A stream in windows of `rows` training rows each; held-out rows belong to the window in which they arrive. */
class Windows {
  readonly #chunks: AsyncIterator<SweptChunk>;
  readonly #rows: number;
  #next: SweptChunk | undefined;

  constructor(chunks: AsyncIterable<SweptChunk>, rows: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#rows = rows;
  }

  /** Whether there is a further window. */
  async more(): Promise<boolean> {
    if (!this.#next) {
      const { value, done } = await this.#chunks.next();
      this.#next = done ? undefined : value;
    }
    return this.#next !== undefined;
  }

  /** The chunks of the next window, of which some training rows may be done; to be read to its end. */
  async *window(done: number): AsyncGenerator<SweptChunk> {
    let left = this.#rows - done;
    while (left > 0 && (await this.more())) {
      const chunk = this.#next!;
      const taken = chunk.isHeldOut ? chunk.rows : Math.min(left, chunk.rows);
      if (!chunk.isHeldOut) left -= taken;
      this.#next = taken < chunk.rows ? { ...chunk, ...view(chunk, taken, chunk.rows - taken) } : undefined;
      yield { ...view(chunk, 0, taken), isHeldOut: chunk.isHeldOut };
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
