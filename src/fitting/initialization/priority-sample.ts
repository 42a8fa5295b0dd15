// A priority sample of weighted rows.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import type { Random } from '../../util/random.ts';
import { grown } from './row-set.ts';

/** The rows of a priority sample, the weights that they had, and the highest priority of those left out. */
export interface PriorityState {
  readonly rows: Float64Array;
  readonly weights: Float64Array;
  readonly priorities: Float64Array;
  readonly highestLeft: number;
}

/**
 * A sample without replacement of a stream of weighted rows: priority sampling, Duffield, Lund & Thorup (2007). A row of weight
 * w has the priority w / u, with u uniform in (0, 1]; the rows of highest priority are kept, and each stands for the weight
 * max(w, τ), where τ is the highest priority of the others. Sums over the sample so weighted are unbiased; rows that are heavier
 * than what they would stand for are kept for sure; with equal weights every row is as likely as every other.
 */
export class PrioritySample {
  readonly #capacity: number;
  readonly #dimensions: number;
  #rows: Float64Array;
  #weights: Float64Array;
  #priorities: Float64Array;
  /** A heap of places, the lowest priority first; made when there is no room any more. */
  #heap: Int32Array | undefined;
  #size = 0;
  #highestLeft = 0;

  /** Goes on from a state, if one is given. */
  constructor(capacity: number, dimensions: number, state?: PriorityState) {
    const first = Math.min(capacity, 1024);
    this.#capacity = capacity;
    this.#dimensions = dimensions;
    this.#rows = state?.rows ?? new Float64Array(first * dimensions);
    this.#weights = state?.weights ?? new Float64Array(first);
    this.#priorities = state?.priorities ?? new Float64Array(first);
    this.#size = state?.weights.length ?? 0;
    this.#highestLeft = state?.highestLeft ?? 0;
  }

  /** Offers the row that begins at `from`, of a weight above 0. */
  add(data: Float64Array | Float32Array, from: number, weight: number, random: Random): void {
    const priority = weight / (1 - uniformFloat64(random));
    if (this.#size < this.#capacity) {
      this.#put(this.#append(), data, from, weight, priority);
      return;
    }
    this.#heap ??= this.#heaped();
    const lowest = this.#heap[0]!;
    if (!(priority > this.#priorities[lowest]!)) {
      this.#highestLeft = Math.max(this.#highestLeft, priority);
      return;
    }
    this.#highestLeft = Math.max(this.#highestLeft, this.#priorities[lowest]!);
    this.#put(lowest, data, from, weight, priority);
    this.#sift(this.#heap, 0);
  }

  /** Multiplies all weights. */
  scale(factor: number): void {
    for (const numbers of [this.#weights, this.#priorities]) {
      for (let n = 0; n < this.#size; n++) numbers[n]! *= factor;
    }
    this.#highestLeft *= factor;
  }

  /** Begins anew. */
  clear(): void {
    this.#size = 0;
    this.#heap = undefined;
    this.#highestLeft = 0;
  }

  /** State for continuing exactly; copies. */
  get state(): PriorityState {
    const size = this.#size;
    return {
      rows: this.#rows.slice(0, size * this.#dimensions),
      weights: this.#weights.slice(0, size),
      priorities: this.#priorities.slice(0, size),
      highestLeft: this.#highestLeft,
    };
  }

  /** Whether no row was left out. */
  get isWhole(): boolean {
    return this.#highestLeft === 0;
  }

  /** The rows, and the weights that they stand for; views. */
  get sample(): { readonly rows: Float64Array; readonly weights: Float64Array } {
    const [size, left] = [this.#size, this.#highestLeft];
    return {
      rows: this.#rows.subarray(0, size * this.#dimensions),
      weights: this.#weights.subarray(0, size).map((weight) => Math.max(weight, left)),
    };
  }

  #append(): number {
    const place = this.#size++;
    if (place === this.#weights.length) {
      const length = Math.min(this.#capacity, Math.max(1024, 2 * place));
      this.#rows = grown(this.#rows, length * this.#dimensions);
      this.#weights = grown(this.#weights, length);
      this.#priorities = grown(this.#priorities, length);
    }
    return place;
  }

  #put(place: number, data: Float64Array | Float32Array, from: number, weight: number, priority: number): void {
    const dimensions = this.#dimensions;
    for (let j = 0; j < dimensions; j++) this.#rows[place * dimensions + j] = data[from + j]!;
    this.#weights[place] = weight;
    this.#priorities[place] = priority;
  }

  #heaped(): Int32Array {
    const heap = Int32Array.from({ length: this.#size }, (_, place) => place);
    for (let at = heap.length >> 1; at >= 0; at--) this.#sift(heap, at);
    return heap;
  }

  /** Lets the place at `at` sink to where it belongs. */
  #sift(heap: Int32Array, start: number): void {
    const priorities = this.#priorities;
    const moving = heap[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && priorities[heap[child + 1]!]! < priorities[heap[child]!]!) child++;
      if (!(priorities[heap[child]!]! < priorities[moving]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moving;
  }
}
