// Where something stands in a source, in words and as data.

/** A place in a source: what it is called in messages, and the fields that errors have of it. */
export class Place {
  readonly source: string;
  readonly #within: string;
  /** From 1, where it is one. */
  readonly row: number | undefined;

  constructor(source: string, within: string, row?: number) {
    this.source = source;
    this.#within = within;
    this.row = row;
  }

  toString(): string {
    return `${this.source}, ${this.#within}`;
  }
}
