/** A table of a FlatBuffer, looked into by the numbers of its fields; what points outside of the bytes throws a RangeError. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#fields = at - view.getInt32(at, true);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new FlatTable(view, view.getUint32(0, true));
  }

  byte(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  long(field: number): number {
    const at = this.#place(field);
    return at === 0 ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#place(field);
    return at === 0 ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  /** The first of each pair of longs. */
  pairs(field: number): number[] {
    const { start, length } = this.#vector(field, 16);
    return Array.from({ length }, (_, i) => Number(this.#view.getBigInt64(start + 16 * i, true)));
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  /** A vector, all of which must be there. */
  #vector(field: number, itemBytes: number): { start: number; length: number } {
    const at = this.#place(field);
    if (at === 0) return { start: 0, length: 0 };
    const start = at + this.#view.getUint32(at, true) + 4;
    const length = this.#view.getUint32(start - 4, true);
    if (start + length * itemBytes > this.#view.byteLength) throw new RangeError('a vector ends after its bytes');
    return { start, length };
  }

  /** Where a field is; 0 if it has its default. */
  #place(field: number): number {
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(this.#fields, true)) return 0;
    const offset = this.#view.getUint16(this.#fields + entry, true);
    return offset === 0 ? 0 : this.#at + offset;
  }
}
