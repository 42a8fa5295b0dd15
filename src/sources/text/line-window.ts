// A window of whole lines over bytes that come in pieces.
const NEWLINE = 10;

/** Bytes that come in pieces of any size, as a window that holds whole lines. */
export class Pieces {
  /** The bytes; unread from `at` on. */
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #longest: number;
  #ended = false;

  /** Longest line, in bytes; longer ones are not waited for. */
  constructor(pieces: AsyncIterable<Uint8Array>, longest: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#longest = longest;
  }

  /** Where the last whole line of the window ends; further pieces are taken until there is one. 0 if there is none to come. */
  async wholeLines(): Promise<number> {
    let looked = this.at;
    for (;;) {
      const end = this.bytes.lastIndexOf(NEWLINE) + 1;
      if (end > looked) return end;
      looked = this.bytes.length;
      if (this.#ended || looked - this.at > this.#longest) return 0;
      const before = this.at;
      await this.#take();
      looked -= before;
    }
  }

  /** The bytes that were not read yet. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.at < this.bytes.length) yield this.bytes.subarray(this.at);
      this.at = this.bytes.length;
      if (this.#ended) return;
      await this.#take();
    }
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#pieces.return?.();
  }

  /** Adds a piece to the unread bytes. */
  async #take(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    if (done) {
      this.#ended = true;
      return;
    }
    const left = this.bytes.length - this.at;
    if (left === 0) {
      this.bytes = value;
    } else {
      const joined = new Uint8Array(left + value.length);
      joined.set(this.bytes.subarray(this.at));
      joined.set(value, left);
      this.bytes = joined;
    }
    this.at = 0;
  }
}
