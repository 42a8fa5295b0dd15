// Reads exact numbers of bytes from a stream.
/** Reads exact numbers of bytes from pieces of any size. */
export class ByteReader {
  /** How many bytes were read. */
  position = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, in the room given; fewer only at the end. */
  async read(room: Uint8Array<ArrayBuffer>, count = room.length): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = room.subarray(0, count);
    for (let filled = 0; filled < count; ) {
      if (!(await this.#fill())) return bytes.subarray(0, filled);
      const taken = this.#take(count - filled);
      bytes.set(taken, filled);
      filled += taken.length;
    }
    return bytes;
  }

  /** Like `read`, without a buffer: a claimed length is not trusted before the bytes are there. */
  async readSome(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const pieces: Uint8Array[] = [];
    let filled = 0;
    while (filled < count && (await this.#fill())) {
      const taken = this.#take(count - filled).slice();
      pieces.push(taken);
      filled += taken.length;
    }
    const bytes = new Uint8Array(filled);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** The next byte, which stays; undefined at the end. */
  async peek(): Promise<number | undefined> {
    return (await this.#fill()) ? this.#piece[0] : undefined;
  }

  /**
   * All up to and with the next byte that is one of `ends`; at the end of the bytes what is left, without one. No more than `longest`
   * bytes: undefined if there are.
   */
  async readUntil(ends: readonly number[], longest: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let read = new Uint8Array(0);
    while (await this.#fill()) {
      const [end] = ends;
      const at = ends.length === 1 ? this.#piece.indexOf(end!) : this.#piece.findIndex((byte) => ends.includes(byte));
      const taken = this.#take(at < 0 ? this.#piece.length : at + 1);
      if (read.length + taken.length > longest) return undefined;
      const joined = new Uint8Array(read.length + taken.length);
      joined.set(read);
      joined.set(taken, read.length);
      read = joined;
      if (at >= 0) break;
    }
    return read;
  }

  /** How many bytes can be read without waiting; some, but at the end. */
  async arrived(): Promise<number> {
    return (await this.#fill()) ? this.#piece.length : 0;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** Takes pieces until there are bytes; returns whether there are any. */
  async #fill(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) return false;
      this.#piece = next.value;
    }
    return true;
  }

  #take(most: number): Uint8Array {
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    this.position += taken.length;
    return taken;
  }
}

/** The first bytes of something, as error messages show them. */
export const shown = (bytes: Uint8Array, most = 40): string => JSON.stringify(latin1(bytes.subarray(0, most)));

/** Bytes as text, a letter for each. */
export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
