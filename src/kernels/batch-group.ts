// A group of batches, and their pairs of row and component.
import type { Chunk } from '../chunk.ts';
import { BATCH, takeWeights } from './kernel.ts';
import type { Memory } from './wasm-memory.ts';

/** Batches of a group: enough rows for every component to have some worth a product. */
const BATCHES = 8;
/** Rows of a group. */
export const MOST_ROWS: number = BATCHES * BATCH;
/** Bytes of a pair in WebAssembly memory; see assembly/pairs.ts. */
const PAIR = 16;
/** A group has room for this many pairs, or for those of two batches if they can be more. */
const PAIRS = 1 << 16;

/** The rows of a batch where WebAssembly can read them. */
export interface BatchRows {
  readonly at: number;
  readonly bits: 64 | 32;
  /** Numbers from one row to the next. */
  readonly width: number;
  readonly rows: number;
  /** The number of the first in its group. */
  readonly first: number;
}

/**
 * Some batches of rows, and their pairs: for each row the components that it has a share of. What is done component by
 * component is done for a group at a time, so that parameters and sums are fetched from memory once for all its rows.
 */
export class Group {
  readonly at: Readonly<
    Record<'rows' | 'weights' | 'highest' | 'inverses' | 'logNormalisers' | 'labels' | 'starts' | 'pairs', number>
  >;
  readonly components: number;
  readonly dimensions: number;
  bits: 64 | 32 = 64;
  /** The sum of the rows' weights. */
  weight = 0;
  rows = 0;
  batches = 0;
  /** Where the next pair goes. */
  end: number;
  readonly #memory: Memory;
  readonly #lastEnd: number;
  #views:
    | (Readonly<Record<'doubles' | 'weights' | 'inverses' | 'logNormalisers' | 'highest' | 'labels', Float64Array>> & {
        readonly floats: Float32Array;
      })
    | undefined;

  constructor(memory: Memory, components: number, dimensions: number) {
    const most = Math.max(PAIRS, 2 * components * BATCH);
    const run = MOST_ROWS * 8;
    this.#memory = memory;
    this.components = components;
    this.dimensions = dimensions;
    this.at = {
      rows: memory.reserve(run * dimensions),
      weights: memory.reserve(run),
      highest: memory.reserve(run),
      inverses: memory.reserve(run),
      logNormalisers: memory.reserve(run),
      labels: memory.reserve(run),
      starts: memory.reserve(BATCHES * (components + 1) * 4),
      pairs: memory.reserve((most + 1) * PAIR),
    };
    this.end = this.at.pairs;
    this.#lastEnd = this.at.pairs + (most - components * BATCH) * PAIR;
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const view = (at: number, width = 1): Float64Array => this.#memory.doubles(at, width * MOST_ROWS);
    const { rows, weights, inverses, logNormalisers, highest, labels } = this.at;
    this.#views = {
      doubles: view(rows, this.dimensions),
      floats: this.#memory.floats(rows, this.dimensions * MOST_ROWS),
      weights: view(weights),
      inverses: view(inverses),
      logNormalisers: view(logNormalisers),
      highest: view(highest),
      labels: view(labels),
    };
  }

  /** Whether there is no room for another batch. */
  get isFull(): boolean {
    return this.batches === BATCHES || this.end > this.#lastEnd;
  }

  /** Copies some rows of a chunk, with their weights; all batches of a group are of one chunk. */
  take(chunk: Chunk, start: number, rows: number): BatchRows {
    const { dimensions } = this;
    const { doubles, floats, weights } = this.#views!;
    const numbers = chunk.data.subarray(start * dimensions, (start + rows) * dimensions);
    const first = this.rows;
    if (numbers instanceof Float64Array) doubles.set(numbers, first * dimensions);
    else floats.set(numbers, first * dimensions);
    this.bits = numbers instanceof Float64Array ? 64 : 32;
    this.weight += takeWeights(chunk, start, rows, weights, first);
    this.rows += rows;
    return { at: this.at.rows + (first * dimensions * this.bits) / 8, bits: this.bits, width: dimensions, rows, first };
  }

  /** Notes that a batch's pairs are there, up to a new end. */
  close(end: number): void {
    this.batches++;
    this.end = end;
  }

  /** Where the next batch's starts go. */
  get starts(): number {
    return this.at.starts + this.batches * (this.components + 1) * 4;
  }

  /** Responsibilities are complete: nothing is to be multiplied with them. */
  complete(): void {
    this.#views!.inverses.fill(1, 0, this.rows);
  }

  get logNormalisers(): Float64Array {
    return this.#views!.logNormalisers.subarray(0, this.rows);
  }

  get highest(): Float64Array {
    return this.#views!.highest.subarray(0, this.rows);
  }

  get labels(): Float64Array {
    return this.#views!.labels.subarray(0, this.rows);
  }

  clear(): void {
    this.rows = 0;
    this.weight = 0;
    this.batches = 0;
    this.end = this.at.pairs;
  }
}
