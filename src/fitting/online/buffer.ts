// Rows that wait for their window to be full.
import { type Chunk, NO_PART } from '../../chunk.ts';

/** Rows that wait, however they came, as one chunk that grows. */
export class RowBuffer {
  readonly #dimensions: number;
  #data = new Float64Array(0);
  #weights = new Float64Array(0);
  #rows = 0;
  #isWeighted = false;
  #hasMissing = false;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends some of a chunk's rows. */
  add({ data, weights, hasMissing }: Chunk, from: number, to: number): void {
    const rows = this.#rows + to - from;
    if (rows > this.#weights.length) this.#grow(Math.max(rows, 2 * this.#weights.length));
    this.#data.set(data.subarray(from * this.#dimensions, to * this.#dimensions), this.#rows * this.#dimensions);
    if (weights) this.#weights.set(weights.subarray(from, to), this.#rows);
    else this.#weights.fill(1, this.#rows, rows);
    this.#isWeighted ||= weights !== undefined;
    this.#hasMissing ||= hasMissing === true;
    this.#rows = rows;
  }

  /** All that waits; good until the next rows come. */
  chunk(): Chunk {
    const dimensions = this.#dimensions;
    return {
      data: this.#data.subarray(0, this.#rows * dimensions),
      rows: this.#rows,
      dimensions,
      weights: this.#isWeighted ? this.#weights.subarray(0, this.#rows) : undefined,
      part: NO_PART,
      hasMissing: this.#hasMissing || undefined,
    };
  }

  clear(): void {
    this.#rows = 0;
    this.#isWeighted = false;
    this.#hasMissing = false;
  }

  #grow(rows: number): void {
    const data = new Float64Array(rows * this.#dimensions);
    const weights = new Float64Array(rows);
    data.set(this.#data);
    weights.set(this.#weights);
    this.#data = data;
    this.#weights = weights;
  }
}
