// A set of distinct rows, by hashing.
/** The largest share of the table that is taken before it grows. */
const FULL = 0.5;
const EMPTY = -1;

/** Different rows, numbered from 0 in the order in which they came: a hash table with open addressing. Zeros of either sign are equal. */
export class RowSet {
  readonly #dimensions: number;
  #rows: Float64Array;
  #size = 0;
  #table = new Int32Array(64).fill(EMPTY);
  readonly #one = new Float64Array(1);
  readonly #words = new Uint32Array(this.#one.buffer);

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#rows = new Float64Array(16 * dimensions);
  }

  /** How many rows there are. */
  get size(): number {
    return this.#size;
  }

  /** The rows, size × D; a view, good until the next row is added. */
  get rows(): Float64Array {
    return this.#rows.subarray(0, this.#size * this.#dimensions);
  }

  /** The number of the row that begins at `from`, which is added if it is new. */
  add(data: Float64Array | Float32Array, from: number): number {
    const place = this.#find(data, from);
    if (this.#table[place] !== EMPTY) return this.#table[place]!;
    const dimensions = this.#dimensions;
    const index = this.#size++;
    this.#table[place] = index;
    const end = (index + 1) * dimensions;
    if (end > this.#rows.length) this.#rows = grown(this.#rows, Math.max(end, 2 * this.#rows.length));
    for (let j = 0; j < dimensions; j++) this.#rows[index * dimensions + j] = data[from + j]!;
    if (this.#size > FULL * this.#table.length) this.#rehash();
    return index;
  }

  #find(data: Float64Array | Float32Array, from: number): number {
    const mask = this.#table.length - 1;
    let place = this.#hash(data, from) & mask;
    while (this.#table[place] !== EMPTY && !this.#isRow(this.#table[place]!, data, from)) place = (place + 1) & mask;
    return place;
  }

  #isRow(index: number, data: Float64Array | Float32Array, from: number): boolean {
    const start = index * this.#dimensions;
    for (let j = 0; j < this.#dimensions; j++) {
      const [one, other] = [this.#rows[start + j]!, data[from + j]!];
      if (one !== other && !(Number.isNaN(one) && Number.isNaN(other))) return false;
    }
    return true;
  }

  #hash(data: Float64Array | Float32Array, from: number): number {
    let hash = 0x811c9dc5;
    for (let j = 0; j < this.#dimensions; j++) {
      const value = data[from + j]!;
      this.#one[0] = value === 0 ? 0 : value;
      hash = Math.imul(hash ^ this.#words[0]!, 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13) ^ this.#words[1]!, 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
    return hash;
  }

  #rehash(): void {
    this.#table = new Int32Array(4 * this.#table.length).fill(EMPTY);
    for (let index = 0; index < this.#size; index++) {
      this.#table[this.#find(this.#rows, index * this.#dimensions)] = index;
    }
  }
}

/** The same numbers, with room for more. */
export function grown(numbers: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(numbers);
  return larger;
}
