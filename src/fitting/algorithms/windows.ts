// A pass cut into windows of rows.
import {
  checked,
  eStepOverChunks,
  finite,
  mostRowsOf,
  type PassOptions,
  StatisticsAccumulator,
} from '../../e-step/e-step.ts';
import { weightless } from '../../errors.ts';
import type { Compiled } from '../../mixture/compile.ts';
import { type Parameters, rowOf } from '../../mixture/mixture.ts';
import { statisticsOf } from '../../mixture/pass.ts';
import type { Statistics } from '../../mixture/statistics.ts';
import { abortable } from '../../sources/abortable.ts';
import type { Source } from '../../sources/source.ts';
import { type SweptChunk, sweep } from '../../sources/sweep.ts';
import { view } from '../../util/blocks.ts';
import type { Evaluation, FitTask } from './algorithm.ts';
import { criterionOf, passAt, scoringPass } from './evaluate.ts';

/** Parameters made ready for the E-step. */
export interface Ready {
  readonly parameters: Parameters;
  readonly compiled: Compiled;
}

/** Input of a pass in windows. */
export interface WindowedPass {
  readonly rowsPerWindow: number;
  /** Pass that evaluates the held-out stream. */
  readonly evaluated: Ready;
  /** Pass of the first window. */
  readonly entering: Ready;
  /** Takes a window's statistics, about the means of what it was seen with; gives what the next is seen with. */
  learn(window: Statistics, seenWith: Ready): Promise<Ready>;
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
  const unseen = new StatisticsAccumulator(scoringPass(mixture, evaluated));
  const windows = new Windows(sweep(source, heldOut), pass.rowsPerWindow);
  const { refills } = rowOf(mixture).components;
  const all = refills ? statisticsOf(passAt(mixture, evaluated, parameters)) : undefined;
  const met = { rows: 0, weight: 0, logNormaliser: 0 };
  let done = 0;
  let entering = pass.entering;
  try {
    while (await windows.more()) {
      const seen = new StatisticsAccumulator(passAt(mixture, entering.compiled, entering.parameters));
      const before = done;
      const onRows = (rows: number): unknown => {
        done = before + rows;
        return options.onRows?.(done);
      };
      await eStepOverChunks(pool, windows.window(), [seen, unseen], mostRowsOf(source, heldOut), {
        ...options,
        onRows,
      });
      const window = finite(seen.end(), source);
      met.rows += window.rows;
      met.weight += window.weight;
      met.logNormaliser += window.logNormaliser;
      all?.merge(window);
      if (window.rows > 0) entering = await pass.learn(window, entering);
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

  /** The chunks of the next window; to be read to its end. */
  async *window(): AsyncGenerator<SweptChunk> {
    let left = this.#rows;
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
