// Scores of rows as a Transform stream, or as lines of text.
import { addAbortSignal, Transform } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type ComputeOptions, checkComputing, computeOptions } from '../kernels/index.ts';
import { BATCH } from '../kernels/kernel.ts';
import { type SourceOptions, sourceOptions } from '../sources/data.ts';
import type { Rows } from '../sources/rows.ts';
import { openOnce, type Source } from '../sources/source.ts';
import type { UtteranceOptions } from '../sources/speech/utterance-options.ts';
import { following } from '../util/abort-signals.ts';
import { anything, checkValue, type OptionTable, oneOf } from '../util/options.ts';
import { checkRowScores, type RowScore, type RowScoreOptions, type RowScorer, rowScores } from './row-scores.ts';

/** Options of `MixtureModel.scorer`. */
export interface ScorerOptions
  extends RowScoreOptions,
    Omit<SourceOptions, 'weights' | 'weightColumn' | 'chunkBytes' | 'cacheBytes' | keyof UtteranceOptions>,
    Omit<ComputeOptions, 'threads'> {
  /** Form of the results: 'object' (default), a RowScore per row; 'csv' or 'jsonl', a line of text per row. */
  readonly output?: ScoreOutput | undefined;
}

/** Their allowed values. */
export const scorerOptions = {
  top: anything,
  window: anything,
  format: sourceOptions.format,
  columns: sourceOptions.columns,
  utteranceColumn: sourceOptions.utteranceColumn,
  timeColumn: sourceOptions.timeColumn,
  delimiter: sourceOptions.delimiter,
  header: sourceOptions.header,
  channel: sourceOptions.channel,
  frontEnd: sourceOptions.frontEnd,
  rowsFor: sourceOptions.rowsFor,
  onInvalid: sourceOptions.onInvalid,
  name: sourceOptions.name,
  signal: sourceOptions.signal,
  kernel: computeOptions.kernel,
  precision: computeOptions.precision,
  output: anything,
} satisfies OptionTable<ScorerOptions>;

type Write = (score: RowScore) => unknown;

/** A line per row; values that are absent leave an empty cell. */
function toCsv({ logProbability, label, responsibilities = [], meanLogProbability }: RowScore): string {
  const shares = responsibilities.flatMap(({ component, responsibility }) => [component, responsibility]);
  const mean = meanLogProbability === undefined ? [] : [meanLogProbability];
  return `${[logProbability ?? '', label, ...mean, ...shares].join(',')}\n`;
}

/** Output forms of scores. */
export const scoreOutputs = {
  object: { isText: false, write: (score) => score },
  csv: { isText: true, write: toCsv },
  jsonl: { isText: true, write: (score) => `${JSON.stringify(score)}\n` },
} satisfies Record<string, { readonly isText: boolean; readonly write: Write }>;

/** Form of the results of a scorer. */
export type ScoreOutput = keyof typeof scoreOutputs;

/**
 * A stream that scores what is written to it.
 *
 * @throws SettingError for options out of range.
 */
export function scoreStream(model: RowScorer, options: ScorerOptions): Transform {
  const { signal: _, name = 'the rows', ...reading } = options;
  const telling = checkTelling(model, options);
  return new ScoreStream(async function* (written): AsyncGenerator<RowScore[]> {
    const source = await openOnce(written as AsyncIterable<Rows | Uint8Array>, { ...reading, name, rowsFor: model });
    try {
      yield* rowScores(source, model, telling);
    } finally {
      await source.close();
    }
  }, options);
}

/** The scores of the rows of a source as lines of text, all that are there at a time. */
export async function* scoreLines(
  model: RowScorer,
  source: Source,
  options: Pick<ScorerOptions, 'top' | 'window' | 'kernel' | 'precision'> & { readonly output: 'csv' | 'jsonl' },
): AsyncGenerator<string> {
  const { write } = scoreOutputs[options.output];
  for await (const scores of rowScores(source, model, checkTelling(model, options))) yield scores.map(write).join('');
}

function checkTelling(model: RowScorer, { top, window, kernel, precision }: ScorerOptions) {
  checkRowScores({ top, window }, model);
  return { top, window, computing: checkComputing({ threads: 1, kernel, precision }) };
}

/**
 * Rows, or bytes, become scores. What is written while rows are scored waits, and is scored together; while nobody reads, nothing
 * is scored and writers are asked to wait.
 */
class ScoreStream extends Transform {
  readonly #score: (written: AsyncIterable<unknown>) => AsyncIterable<RowScore[]>;
  readonly #output: (typeof scoreOutputs)[ScoreOutput];
  readonly #takesRows: boolean;
  #running: Promise<void> | undefined;
  #waiting: unknown[] = [];
  #waitingRows = 0;
  #ended = false;
  /** Called when there is something to score, or nothing to come. */
  #wake = (): void => {};
  /** Called when results are wanted again. */
  #goOn = (): void => {};
  /** Called when there is room for more. */
  #resume = (): void => {};

  constructor(
    score: (written: AsyncIterable<unknown>) => AsyncIterable<RowScore[]>,
    { output = 'object', format, signal }: ScorerOptions,
  ) {
    checkValue('output', output, oneOf(scoreOutputs));
    super({ writableObjectMode: format === undefined, readableObjectMode: !scoreOutputs[output].isText });
    this.#score = score;
    this.#output = scoreOutputs[output];
    this.#takesRows = format === undefined;
    if (signal) {
      const followed = following(signal);
      addAbortSignal(followed.signal, this);
      this.once('close', followed.end);
    }
  }

  override _write(item: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#waiting.push(item);
    this.#waitingRows += this.#takesRows && isRow(item) ? 1 : BATCH;
    this.#running ??= this.#run();
    this.#wake();
    if (this.#waitingRows < BATCH) done();
    else this.#resume = done;
  }

  override _read(): void {
    this.#goOn();
  }

  /** No row at all is no failure: nothing was asked of the model. */
  override _flush(done: () => void): void {
    this.#ended = true;
    this.#wake();
    if (this.#running) void this.#running.then(() => this.destroyed || done());
    else done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ended = true;
    this.#waiting = [];
    this.#wake();
    this.#goOn();
    this.#resume();
    if (this.#running) void this.#running.then(() => done(error));
    else done(error);
  }

  /** Never rejects: what goes wrong destroys the stream. */
  async #run(): Promise<void> {
    try {
      for await (const scores of this.#score(this.#written())) {
        if (this.destroyed) return;
        if (!this.#give(scores)) await new Promise<void>((resolve) => (this.#goOn = resolve));
      }
    } catch (error) {
      await setImmediate(); // for whoever reads to have what was good
      this.destroy(error as Error);
    }
  }

  /** Returns whether more is wanted. */
  #give(scores: readonly RowScore[]): boolean {
    const { isText, write } = this.#output;
    if (isText) return this.push(scores.map(write).join(''));
    let isMore = true;
    for (const score of scores) isMore = this.push(write(score));
    return isMore;
  }

  async *#written(): AsyncGenerator<unknown> {
    for (;;) {
      if (this.#waiting.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
      // Whoever has more rows now, and only waits for its turn, is let to write them.
      if (this.#waitingRows < BATCH) await new Promise<void>((resolve) => process.nextTick(resolve));
      const items = this.#waiting;
      if (items.length === 0) return;
      this.#waiting = [];
      this.#waitingRows = 0;
      yield* this.#takesRows ? together(items) : items;
      const resume = this.#resume;
      this.#resume = () => {};
      resume(); // which writes more, perhaps at once
    }
  }
}

/** Single rows of one width that follow each other become rows that are scored together. */
function* together(items: readonly unknown[]): Generator<unknown> {
  let rows: ArrayLike<number>[] = [];
  for (const item of items) {
    if (rows.length > 0 && !(isRow(item) && item.length === rows[0]!.length)) {
      yield rows;
      rows = [];
    }
    if (isRow(item)) rows.push(item);
    else yield item;
  }
  if (rows.length > 0) yield rows;
}

const isRow = (item: unknown): item is ArrayLike<number> =>
  item instanceof Float64Array || item instanceof Float32Array || (Array.isArray(item) && typeof item[0] === 'number');
