// Reads tokens, vectors and matrices of a Kaldi object, binary or text, from bytes.
import { DataError } from '../../errors.ts';
import { printable } from '../../util/shown.ts';

/** A matrix, row-major. */
export interface KaldiMatrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

const LONGEST_TOKEN = 64;
const INT_BYTES = 4;

/** Bytes per number of the types that Kaldi writes: of vectors, matrices and packed matrices. */
const NUMBER_BYTES: Readonly<Record<string, number>> = { F: 4, D: 8 };

/** The objects of a Kaldi file, one after the other; errors say after which token they are, and at which byte. */
export class KaldiReader {
  readonly name: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #isBinary: boolean;
  #at = 0;
  #token = '';

  constructor(bytes: Uint8Array, name: string) {
    this.name = name;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isBinary = bytes[0] === 0 && bytes[1] === 0x42;
    if (this.#isBinary) this.#at = 2;
  }

  /** A token, which must be one of those expected. */
  token(...expected: readonly string[]): string {
    const found = this.#word();
    if (!expected.includes(found)) {
      const received = found === '' ? 'nothing' : `"${printable(found)}"`;
      throw this.error(
        `received ${received}, expected ${expected.join(' or ')}`,
        found === '' ? 'truncated' : 'bad-model',
      );
    }
    this.#token = found;
    return found;
  }

  /** A vector. */
  vector(): Float64Array {
    if (!this.#isBinary) return this.#brackets().data;
    const bytes = this.#type('V');
    return this.#numbers(this.#size(), bytes);
  }

  /** A matrix. */
  matrix(): KaldiMatrix {
    if (!this.#isBinary) return this.#brackets();
    const bytes = this.#type('M');
    const [rows, columns] = [this.#size(), this.#size()];
    return { data: this.#numbers(rows * columns, bytes), rows, columns };
  }

  /** The lower triangle of a symmetric matrix, row by row. */
  packed(): Float64Array {
    if (!this.#isBinary) return this.#brackets().data;
    const bytes = this.#type('P');
    const order = this.#size();
    return this.#numbers((order * (order + 1)) / 2, bytes);
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.error('the file goes on: expected its end');
  }

  /** An error that says where. */
  error(what: string, code: 'bad-model' | 'truncated' | 'damaged' = 'bad-model'): DataError {
    const place = this.#token === '' ? 'at its beginning' : `after ${this.#token}`;
    return new DataError(code, `${this.name}, ${place} (byte ${this.#at}): ${what}`, { source: this.name });
  }

  #word(): string {
    this.#skipSpace();
    const start = this.#at;
    while (this.#at < this.#bytes.length && !isSpace(this.#bytes[this.#at]!) && this.#at - start < LONGEST_TOKEN)
      this.#at++;
    const word = latin1(this.#bytes.subarray(start, this.#at));
    if (this.#isBinary && this.#at < this.#bytes.length) this.#at++;
    return word;
  }

  #skipSpace(): void {
    while (this.#at < this.#bytes.length && isSpace(this.#bytes[this.#at]!)) this.#at++;
  }

  /** The type of what follows, which has bytes per number. */
  #type(kind: 'V' | 'M' | 'P'): number {
    const found = this.#word();
    const bytes = found.length === 2 && found[1] === kind ? NUMBER_BYTES[found[0]!] : undefined;
    if (bytes !== undefined) return bytes;
    throw this.error(`received the type "${printable(found)}", expected F${kind} or D${kind}`);
  }

  #size(): number {
    if (this.#at + 1 + INT_BYTES > this.#bytes.length)
      throw this.error('it ends here: the file was cut short', 'truncated');
    const bytes = this.#bytes[this.#at];
    const size = this.#view.getInt32(this.#at + 1, true);
    if (bytes !== INT_BYTES || size < 0)
      throw this.error(`received a size of ${bytes} bytes that says ${size}: the file is damaged`, 'damaged');
    this.#at += 1 + INT_BYTES;
    return size;
  }

  #numbers(count: number, bytes: number): Float64Array {
    const there = Math.floor((this.#bytes.length - this.#at) / bytes);
    if (count > there)
      throw this.error(`it claims ${count} numbers, but ${there} are there: the file was cut short`, 'truncated');
    const start = this.#at;
    this.#at += count * bytes;
    return Float64Array.from({ length: count }, (_, i) =>
      bytes === 4 ? this.#view.getFloat32(start + 4 * i, true) : this.#view.getFloat64(start + 8 * i, true),
    );
  }

  /** Numbers in brackets, a row on each line: of single precision, as Kaldi reads them, so that text and binary are the same model. */
  #brackets(): KaldiMatrix {
    const open = this.#word();
    if (open !== '[') throw this.error(`received "${printable(open)}", expected [ and numbers`);
    const close = this.#bytes.indexOf(CLOSE, this.#at);
    if (close < 0) throw this.error('it ends before its ]: the file was cut short', 'truncated');
    const lines = latin1(this.#bytes.subarray(this.#at, close)).split(/[\n;]/);
    const rows = lines.map((line) => line.trim().split(/\s+/).filter(Boolean)).filter((row) => row.length > 0);
    const data = Float64Array.from(rows.flat(), (word) => this.#number(word));
    this.#at = close + 1;
    const columns = rows[0]?.length ?? 0;
    return { data, rows: columns > 0 && data.length === rows.length * columns ? rows.length : 0, columns };
  }

  #number(word: string): number {
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return Math.fround(Number(word));
    const [, sign, special] = /^([+-]?)(inf|infinity|nan)$/i.exec(word) ?? [];
    if (special === undefined) throw this.error(`received "${printable(word)}", expected a number`);
    return special.toLowerCase() === 'nan' ? Number.NaN : Number(`${sign}Infinity`);
  }
}

const CLOSE = 0x5d;

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

const PIECE = 1 << 15;

/** Bytes as text, a letter for each. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}
