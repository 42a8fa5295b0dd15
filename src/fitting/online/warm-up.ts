// The first rows of an online fit, until enough of them are distinct.
import { type Chunk, NO_PART } from '../../chunk.ts';
import { RowSet } from '../initialization/row-set.ts';

/** So many times the rows that are asked for may come, if there are different rows enough for the components. */
const PATIENCE = 10;

/** The different rows so far, weighed as often as they came, and how many came in all. */
export interface WarmUpState {
  readonly rows: Chunk;
  readonly came: number;
}

/**
 * The first rows of a stream: different ones are gathered, in bounded memory, until there are enough of them to begin with. Rows
 * that are repeated, as of digital silence, count once here, and weigh as often as they came.
 */
export class WarmUp {
  readonly #asked: number;
  readonly #components: number;
  readonly #different: RowSet;
  readonly #weights: number[] = [];
  #rows = 0;
  #hasMissing = false;

  /** Waits for `asked` distinct rows; a stream that repeats the same ones needs one per component. */
  constructor(asked: number, components: number, dimensions: number, state?: WarmUpState) {
    this.#asked = asked;
    this.#components = Math.min(asked, components);
    this.#different = new RowSet(dimensions);
    if (!state) return;
    this.add(state.rows, 0, state.rows.rows);
    this.#rows = state.came;
  }

  /** State for continuing exactly; copies. */
  get state(): WarmUpState {
    return { rows: this.chunk(), came: this.#rows };
  }

  /** Rows that came, repeated ones included. */
  get rows(): number {
    return this.#rows;
  }

  /** How many rows can be added before it has to be asked again whether there are enough; 0 if there are. */
  get room(): number {
    const different = this.#different.size;
    const left = this.#asked - different;
    const patience = PATIENCE * this.#asked - this.#rows;
    if (patience > 0) return Math.min(left, patience);
    return Math.max(0, Math.min(left, this.#components - different));
  }

  /** Adds some of a chunk's rows. */
  add({ data, weights, dimensions, hasMissing }: Chunk, from: number, to: number): void {
    for (let n = from; n < to; n++) {
      const index = this.#different.add(data, n * dimensions);
      this.#weights[index] = (this.#weights[index] ?? 0) + (weights ? weights[n]! : 1);
    }
    this.#rows += to - from;
    this.#hasMissing ||= hasMissing === true;
  }

  /** The different rows, in the order in which they came first. */
  chunk(): Chunk {
    const rows = this.#different.size;
    const data = this.#different.rows.slice();
    const weights = this.#weights.some((weight) => weight !== 1) ? Float64Array.from(this.#weights) : undefined;
    return {
      data,
      weights,
      rows,
      dimensions: data.length / rows,
      part: NO_PART,
      hasMissing: this.#hasMissing || undefined,
    };
  }
}
