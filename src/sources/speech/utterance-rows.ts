// The rows of an utterance on their way through the stages that shape them.
import { DataError } from '../../errors.ts';
import { needsWhole, type Shaping, shapedColumns } from '../../speech/front-end.ts';
import { ColumnMoments } from '../../speech/normalise.ts';
import { RowBuffer } from '../../speech/row-buffer.ts';
import { addMoments, pushRows, type RowStage, shaper } from '../../speech/shaper.ts';
import { voicedRows } from '../../speech/voice-activity.ts';
import type { Numbers } from '../binary/number-types.ts';
import type { Batch } from '../table.ts';

/** What is known of an utterance besides its rows. */
export interface Beside {
  /** Moments of the group that it is of. */
  readonly moments?: ColumnMoments | undefined;
  /** Decisions which rows have voice, one a row. */
  readonly decisions?: Float64Array | undefined;
}

/** Shapes the rows of one utterance; holds all of them only where nothing is known before the last. */
export class UtteranceRows {
  readonly #columns: number;
  readonly #shaping: Shaping;
  readonly #beside: Beside;
  readonly #isHeld: boolean;
  readonly #row: Float64Array;
  #held: Batch[] = [];
  #stage: RowStage | undefined;
  #out: RowBuffer<Numbers> | undefined;
  #voiced: ArrayLike<number> | undefined;
  /** Rows that came, that the stages told, and that were taken. */
  #came = 0;
  #told = 0;
  #taken = 0;
  /** Of the rows that were not taken yet. */
  readonly #times: number[] = [];
  readonly #weights: number[] = [];

  constructor(columns: number, shaping: Shaping, beside: Beside) {
    this.#columns = columns;
    this.#shaping = shaping;
    this.#beside = beside;
    this.#row = new Float64Array(columns);
    this.#voiced = beside.decisions;
    this.#isHeld = needsWhole(beside.moments ? { ...shaping, normalisation: 'none' } : shaping);
  }

  /** The rows that are known now. */
  push(batch: Batch): Batch | undefined {
    this.#came += batch.data.length / this.#columns;
    const width = shapedColumns(this.#columns, this.#shaping);
    this.#out ??= new RowBuffer<Numbers>(width, batch.data instanceof Float64Array ? Float64Array : Float32Array);
    if (this.#isHeld) {
      this.#held.push({ ...batch, data: batch.data.slice(), release: undefined });
      batch.release?.();
      return undefined;
    }
    this.#stage ??= this.#begin(this.#beside.moments);
    return this.#give(batch);
  }

  /** The others. */
  *end(name: string): Generator<Batch | undefined> {
    const { decisions } = this.#beside;
    if (decisions && decisions.length !== this.#came)
      throw new DataError(
        'mismatch',
        `${name}: ${decisions.length} decisions which rows have voice, but ${this.#came} rows: were they made of others?`,
        { source: name },
      );
    const { normalisation, vad } = this.#shaping;
    if (vad === 'energy') this.#voiced ??= voicedRows(this.#firstColumn(), this.#shaping);
    this.#stage ??= this.#begin(this.#beside.moments ?? (normalisation === 'none' ? undefined : this.#moments()));
    const held = this.#held;
    this.#held = [];
    for (const batch of held) yield this.#give(batch);
    this.#stage.end();
    yield this.#take();
  }

  #begin(moments: ColumnMoments | undefined): RowStage {
    return shaper(this.#columns, this.#shaping, moments, (row) => {
      if (this.#hasVoice(this.#told++)) this.#out!.add(row);
    });
  }

  #hasVoice(row: number): boolean {
    return this.#voiced === undefined || this.#voiced[row] !== 0;
  }

  #give({ data, times, weights, release }: Batch): Batch | undefined {
    for (const time of times ?? []) this.#times.push(time);
    for (const weight of weights ?? []) this.#weights.push(weight);
    pushRows(data, this.#row, this.#stage!);
    release?.();
    return this.#take();
  }

  #take(): Batch | undefined {
    const first = this.#taken;
    const rows = this.#told - first;
    this.#taken = this.#told;
    const kept = (values: number[]): Float64Array | undefined =>
      values.length === 0
        ? undefined
        : Float64Array.from(values.splice(0, rows).filter((_, n) => this.#hasVoice(first + n)));
    const [times, weights] = [kept(this.#times), kept(this.#weights)];
    const data = this.#out?.take();
    return data && data.length > 0 ? { data, times, weights } : undefined;
  }

  #moments(): ColumnMoments {
    const moments = new ColumnMoments(this.#columns * (1 + this.#shaping.deltas));
    const stage = addMoments(moments, this.#columns, this.#shaping);
    for (const { data } of this.#held) pushRows(data, this.#row, stage);
    stage.end();
    return moments;
  }

  #firstColumn(): Float64Array {
    const values: number[] = [];
    for (const { data } of this.#held) {
      for (let at = 0; at < data.length; at += this.#columns) values.push(data[at]!);
    }
    return Float64Array.from(values);
  }
}
