// The part of the statistics that does not add up: the rows farthest from their centres (K-means).
import type { Chunk } from '../chunk.ts';

/**
 * The rows of some data that are farthest from their centres, in the order of their squared distances: where clusters that hold no
 * rows can move to. Rows that are equal are kept once; of equal distances the first comes first, so that what is kept does not
 * depend on how the data were cut.
 */
export class FarthestRows {
  readonly #entries: Float64Array;
  readonly #width: number;
  /** Rows of a chunk, by their numbers, the farthest first, and their log densities. */
  readonly #places: Int32Array;
  readonly #densities: Float64Array;
  #chosen = 0;
  /** The log density that a row must be below to be chosen. */
  #highest = 0;

  /** Length of the buffer for `rows` rows: a squared distance and the row, for each. */
  static length(rows: number, dimensions: number): number {
    return rows * (1 + dimensions);
  }

  /** A view of numbers, all 0 where there are no rows yet. */
  constructor(entries: Float64Array, dimensions: number) {
    this.#entries = entries;
    this.#width = 1 + dimensions;
    this.#places = new Int32Array(entries.length / this.#width);
    this.#densities = new Float64Array(this.#places.length);
  }

  /** How many rows there are; one that is at its centre is none. */
  get count(): number {
    const [entries, width] = [this.#entries, this.#width];
    let count = 0;
    while (count * width < entries.length && entries[count * width]! > 0) count++;
    return count;
  }

  /** The row that is the `index`th farthest, D numbers. */
  row(index: number): Float64Array {
    return this.#entries.subarray(index * this.#width + 1, (index + 1) * this.#width);
  }

  /** Its squared distance from its centre. */
  distance(index: number): number {
    return this.#entries[index * this.#width]!;
  }

  /** Takes rows of a chunk, from `start` on, whose log densities are −½ times their squared distances. */
  note({ data, weights }: Pick<Chunk, 'data' | 'weights'>, start: number, rows: number, densities: Float64Array): void {
    for (let n = 0; n < rows; n++) {
      if (densities[n]! < this.#highest && weights?.[start + n] !== 0) this.#choose(data, start + n, densities[n]!);
    }
  }

  /** Adds the farthest of the rows that were taken of a chunk. */
  add({ data }: Pick<Chunk, 'data'>): void {
    const dimensions = this.#width - 1;
    for (let i = 0; i < this.#chosen; i++) this.#insert(-2 * this.#densities[i]!, data, this.#places[i]! * dimensions);
    this.#chosen = 0;
    this.#highest = 0;
  }

  #choose(data: Chunk['data'], row: number, density: number): void {
    const [densities, places, dimensions] = [this.#densities, this.#places, this.#width - 1];
    const last = places.length - 1;
    let at = this.#chosen;
    while (at > 0 && densities[at - 1]! > density) at--;
    for (let equal = at - 1; equal >= 0 && densities[equal] === density; equal--) {
      if (isSame(data, places[equal]! * dimensions, data, row * dimensions, dimensions)) return;
    }
    for (let to = Math.min(this.#chosen, last); to > at; to--) {
      places[to] = places[to - 1]!;
      densities[to] = densities[to - 1]!;
    }
    places[at] = row;
    densities[at] = density;
    if (this.#chosen <= last) this.#chosen++;
    if (this.#chosen > last) this.#highest = densities[last]!;
  }

  /** Adds the rows of others, which come after these. */
  merge(others: Float64Array): void {
    for (let at = 0; at < others.length && others[at]! > this.#least; at += this.#width) {
      this.#insert(others[at]!, others, at + 1);
    }
  }

  /** The squared distance that a row must exceed to be kept. */
  get #least(): number {
    return this.#entries[this.#entries.length - this.#width]!;
  }

  #insert(distance: number, data: Float64Array | Float32Array, from: number): void {
    const [entries, width] = [this.#entries, this.#width];
    let at = entries.length;
    while (at > 0 && entries[at - width]! < distance) at -= width;
    if (at === entries.length) return;
    for (let equal = at - width; equal >= 0 && entries[equal] === distance; equal -= width) {
      if (isSame(entries, equal + 1, data, from, width - 1)) return;
    }
    entries.copyWithin(at + width, at, entries.length - width);
    entries[at] = distance;
    for (let j = 1; j < width; j++) entries[at + j] = data[from + j - 1]!;
  }
}

function isSame(
  a: Float64Array | Float32Array,
  atA: number,
  b: Float64Array | Float32Array,
  atB: number,
  length: number,
): boolean {
  for (let j = 0; j < length; j++) if (a[atA + j] !== b[atB + j]) return false;
  return true;
}
