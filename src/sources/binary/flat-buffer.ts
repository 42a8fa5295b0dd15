// Tables of FlatBuffers (Arrow).
/** A table of a FlatBuffer, looked into by the numbers of its fields; what points outside of the bytes throws a RangeError. */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  /** Where its vtable is: its length, that of the table, and where in the table each field is. */
  readonly #fields: number;
  readonly #fieldsBytes: number;
  readonly #bytes: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#fields = at - view.getInt32(at, true);
    this.#fieldsBytes = view.getUint16(this.#fields, true);
    this.#bytes = view.getUint16(this.#fields + 2, true);
    const isThere = this.#fields + this.#fieldsBytes <= view.byteLength && at + this.#bytes <= view.byteLength;
    if (!isThere || this.#fieldsBytes % 2 !== 0) throw new RangeError('a table that ends after its bytes');
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new FlatTable(view, view.getUint32(0, true));
  }

  byte(field: number): number {
    const at = this.#place(field, 1);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  short(field: number): number {
    const at = this.#place(field, 2);
    return at === 0 ? 0 : this.#view.getInt16(at, true);
  }

  int(field: number, otherwise = 0): number {
    const at = this.#place(field, 4);
    return at === 0 ? otherwise : this.#view.getInt32(at, true);
  }

  long(field: number): number {
    const at = this.#place(field, 8);
    return at === 0 ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  string(field: number): string {
    const { start, length } = this.#vector(field, 1);
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + start, length).toString('utf8');
  }

  table(field: number): FlatTable | undefined {
    const at = this.#place(field, 4);
    return at === 0 ? undefined : new FlatTable(this.#view, at + this.#view.getUint32(at, true));
  }

  longs(field: number): number[] {
    const { start, length } = this.#vector(field, 8);
    return Array.from({ length }, (_, i) => Number(this.#view.getBigInt64(start + 8 * i, true)));
  }

  /** Structs of two longs. */
  pairs(field: number): [number, number][] {
    const { start, length } = this.#vector(field, 16);
    const long = (at: number): number => Number(this.#view.getBigInt64(at, true));
    return Array.from({ length }, (_, i) => [long(start + 16 * i), long(start + 16 * i + 8)]);
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  /** Number of structs of `itemBytes` bytes. */
  count(field: number, itemBytes: number): number {
    return this.#vector(field, itemBytes).length;
  }

  /** A vector, all of which must be there. */
  #vector(field: number, itemBytes: number): { start: number; length: number } {
    const at = this.#place(field, 4);
    if (at === 0) return { start: 0, length: 0 };
    const start = at + this.#view.getUint32(at, true) + 4;
    const length = this.#view.getUint32(start - 4, true);
    if (start + length * itemBytes > this.#view.byteLength) throw new RangeError('a vector that ends after its bytes');
    return { start, length };
  }

  /** Position of a field of `bytes` bytes; 0 if it has its default. */
  #place(field: number, bytes: number): number {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#fieldsBytes) return 0;
    const offset = this.#view.getUint16(this.#fields + entry, true);
    if (offset + bytes > this.#bytes) throw new RangeError('a field that is not in its table');
    return offset === 0 ? 0 : this.#at + offset;
  }
}
