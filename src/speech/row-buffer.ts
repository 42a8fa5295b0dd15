// Rows on their way out.

/** Rows that are added one by one, and taken together. */
export class RowBuffer<T extends Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>> {
  readonly #dimensions: number;
  readonly #Numbers: new (
    length: number,
  ) => T;
  #values: T;
  #filled = 0;

  constructor(dimensions: number, Numbers: new (length: number) => T) {
    this.#dimensions = dimensions;
    this.#Numbers = Numbers;
    this.#values = new Numbers(64 * dimensions);
  }

  add(row: Float64Array): void {
    if (this.#filled === this.#values.length) {
      const larger = new this.#Numbers(2 * this.#values.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(row, this.#filled);
    this.#filled += this.#dimensions;
  }

  take(): T {
    const taken = this.#values.slice(0, this.#filled) as T;
    this.#filled = 0;
    return taken;
  }
}
