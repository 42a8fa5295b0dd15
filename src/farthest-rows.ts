import type { Chunk } from './chunk.ts';

/**
 * The rows of some data that are farthest from their centres, in the order of their squared distances: where clusters that hold no
 * rows can move to. Rows that are equal are kept once; of equal distances the first comes first, so that what is kept does not
 * depend on how the data were cut.
 */
export class FarthestRows {
  readonly #entries: Float64Array;
  readonly #width: number;
  /** Rows of a chunk, by their numbers, the farthest first. */
  readonly #places: Int32Array;
  /** Of the rows of a chunk: −½ times their squared distances. */
  #densities = new Float64Array(0);

  /** How many numbers so many rows take: each one its squared distance, and the row. */
  static length(rows: number, dimensions: number): number {
    return rows * (1 + dimensions);
  }

  /** A view of numbers, all 0 where there are no rows yet. */
  constructor(entries: Float64Array, dimensions: number) {
    this.#entries = entries;
    this.#width = 1 + dimensions;
    this.#places = new Int32Array(entries.length / this.#width);
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

  /** Takes the log densities, −½ times squared distances, of the rows of a chunk from `start` on. */
  note(start: number, rows: number, densities: Float64Array): void {
    if (this.#densities.length < start + rows) {
      const larger = new Float64Array(2 * (start + rows));
      larger.set(this.#densities);
      this.#densities = larger;
    }
    for (let n = 0; n < rows; n++) this.#densities[start + n] = densities[n]!;
  }

  /** Adds the farthest rows of a chunk, the log densities of all of which were taken. */
  add({ data, weights, rows }: Pick<Chunk, 'data' | 'weights' | 'rows'>): void {
    const [densities, places] = [this.#densities, this.#places];
    const last = places.length - 1;
    const dimensions = this.#width - 1;
    let count = 0;
    let highest = -0.5 * this.#least;
    for (let n = 0; n < rows; n++) {
      const density = densities[n]!;
      if (!(density < highest) || weights?.[n] === 0) continue;
      let at = count;
      while (at > 0 && densities[places[at - 1]!]! > density) at--;
      let equal = at - 1;
      while (equal >= 0 && densities[places[equal]!] === density) {
        if (isSame(data, places[equal]! * dimensions, data, n * dimensions, dimensions)) break;
        equal--;
      }
      if (equal >= 0 && densities[places[equal]!] === density) continue;
      for (let to = Math.min(count, last); to > at; to--) places[to] = places[to - 1]!;
      places[at] = n;
      if (count <= last) count++;
      if (count > last) highest = Math.min(highest, densities[places[last]!]!);
    }
    for (let i = 0; i < count; i++) this.#insert(-2 * densities[places[i]!]!, data, places[i]! * dimensions);
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
