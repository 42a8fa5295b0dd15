// A small reader of Kaldi's binary archives, written for tests from Kaldi's own sources (util/kaldi-holder-inl.h, matrix/*.cc, hmm/posterior.cc).
/** An entry: its kind as Kaldi marks it, and its numbers by rows; of posteriors pairs of index and value. */
export interface Entry {
  readonly key: string;
  readonly kind: 'FM' | 'DM' | 'FV' | 'DV' | 'CM' | 'CM2' | 'ints' | 'posterior';
  readonly rows: readonly (readonly (number | readonly [number, number])[])[];
  /** Where the entry begins, behind its key. */
  readonly offset: number;
}

/** Reads a whole archive; `isPosterior` says what whole numbers begin. */
export function readArchive(bytes: Buffer, isPosterior = false): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const key = bytes.toString('utf8', at, space);
    const reader = new Reader(bytes, space + 1);
    entries.push({ key, offset: space + 1, ...reader.entry(isPosterior) });
    ({ at } = reader);
  }
  return entries;
}

/** Reads one entry, as a list of entries says where it is. */
export const readEntry = (bytes: Buffer, offset: number): Pick<Entry, 'kind' | 'rows'> =>
  new Reader(bytes, offset).entry(false);

class Reader {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  entry(isPosterior: boolean): Pick<Entry, 'kind' | 'rows'> {
    this.#expect('\0B');
    if (this.#bytes[this.at] === 4) return isPosterior ? this.#posterior() : this.#ints();
    const space = this.#bytes.indexOf(0x20, this.at);
    const kind = this.#bytes.toString('latin1', this.at, space) as Entry['kind'];
    this.at = space + 1;
    if (kind === 'CM' || kind === 'CM2') return { kind, rows: this.#compressed(kind) };
    const rows = this.#size();
    const columns = kind.endsWith('M') ? this.#size() : 1;
    const size = kind.startsWith('F') ? 4 : 8;
    const read = (): number => (size === 4 ? this.#float() : this.#take(8).readDoubleLE());
    return { kind, rows: table(rows, columns, read) };
  }

  #ints(): Pick<Entry, 'kind' | 'rows'> {
    return { kind: 'ints', rows: table(this.#size(), 1, () => this.#size()) };
  }

  #posterior(): Pick<Entry, 'kind' | 'rows'> {
    const rows = Array.from({ length: this.#size() }, () =>
      Array.from({ length: this.#size() }, () => {
        const index = this.#size();
        this.#expect('\x04');
        return [index, this.#float()] as const;
      }),
    );
    return { kind: 'posterior', rows };
  }

  #compressed(kind: 'CM' | 'CM2'): number[][] {
    const [least, range] = [this.#float(), this.#float()];
    const [rows, columns] = [this.#take(4).readInt32LE(), this.#take(4).readInt32LE()];
    const word = (): number => least + (range * this.#take(2).readUInt16LE()) / 65535;
    if (kind === 'CM2') return table(rows, columns, word);
    const levels = table(columns, 4, word) as [number, number, number, number][];
    const out = table(rows, columns, () => 0);
    for (const [j, [p0, p25, p75, p100]] of levels.entries()) {
      for (let n = 0; n < rows; n++) {
        const part = this.#take(1)[0]!;
        if (part <= 64) out[n]![j] = p0 + ((p25 - p0) * part) / 64;
        else if (part <= 192) out[n]![j] = p25 + ((p75 - p25) * (part - 64)) / 128;
        else out[n]![j] = p75 + ((p100 - p75) * (part - 192)) / 63;
      }
    }
    return out;
  }

  #float(): number {
    return this.#take(4).readFloatLE();
  }

  #size(): number {
    this.#expect('\x04');
    return this.#take(4).readInt32LE();
  }

  #take(count: number): Buffer {
    if (this.at + count > this.#bytes.length) throw new Error(`the archive ends at ${this.#bytes.length}`);
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  #expect(mark: string): void {
    const found = this.#take(mark.length).toString('latin1');
    if (found !== mark) throw new Error(`at ${this.at}: ${JSON.stringify(found)}, not ${JSON.stringify(mark)}`);
  }
}

const table = (rows: number, columns: number, read: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, read));
