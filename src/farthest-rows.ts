/**
 * The rows of some data that are farthest from their centres, in the order of their squared distances: where clusters that hold no
 * rows can move to. Rows that are equal are kept once; of equal distances the first comes first, so that what is kept does not
 * depend on how the data were cut.
 */
export class FarthestRows {
  readonly #entries: Float64Array;
  readonly #width: number;

  /** How many numbers so many rows take: each one its squared distance, and the row. */
  static length(rows: number, dimensions: number): number {
    return rows * (1 + dimensions);
  }

  /** A view of numbers, all 0 where there are no rows yet. */
  constructor(entries: Float64Array, dimensions: number) {
    this.#entries = entries;
    this.#width = 1 + dimensions;
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

  /** Adds rows of a chunk whose log densities are −½ times their squared distances. */
  addBatch(
    data: Float64Array | Float32Array,
    weights: Float64Array | undefined,
    start: number,
    rows: number,
    densities: Float64Array,
  ): void {
    const last = this.#entries.length - this.#width;
    let least = this.#entries[last]!;
    for (let n = 0; n < rows; n++) {
      if (!(-2 * densities[n]! > least) || weights?.[start + n] === 0) continue;
      this.#insert(-2 * densities[n]!, data, (start + n) * (this.#width - 1));
      least = this.#entries[last]!;
    }
  }

  /** Adds the rows of others, which come after these. */
  merge(others: Float64Array): void {
    const last = this.#entries.length - this.#width;
    for (let at = 0; at < others.length && others[at]! > this.#entries[last]!; at += this.#width) {
      this.#insert(others[at]!, others, at + 1);
    }
  }

  #insert(distance: number, data: Float64Array | Float32Array, from: number): void {
    const [entries, width] = [this.#entries, this.#width];
    let at = entries.length;
    while (at > 0 && entries[at - width]! < distance) at -= width;
    for (let equal = at - width; equal >= 0 && entries[equal] === distance; equal -= width) {
      if (isSame(entries, equal + 1, data, from, width - 1)) return;
    }
    entries.copyWithin(at + width, at, entries.length - width);
    entries[at] = distance;
    for (let j = 1; j < width; j++) entries[at + j] = data[from + j - 1]!;
  }
}

function isSame(a: Float64Array, atA: number, b: Float64Array | Float32Array, atB: number, length: number): boolean {
  for (let j = 0; j < length; j++) if (a[atA + j] !== b[atB + j]) return false;
  return true;
}
