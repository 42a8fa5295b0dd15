// Fast reading of lines of plain numbers.
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const E = 69;
const SMALL_E = 101;

/** Whole numbers below this are doubles, and so are these powers of ten: one division or product of them is rounded rightly. */
const EXACT = 2 ** 53;
const POWERS: readonly number[] = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** How rows are written. */
export interface PlainLayout {
  readonly delimiter: number;
  /** For each cell of a line where in a row its number goes; −1 if it is not asked for. */
  readonly places: Int32Array;
  /** Numbers of a row. */
  readonly dimensions: number;
}

/** Whether a delimiter is one byte that is not part of a number. */
export function isPlainDelimiter(delimiter: string): boolean {
  return delimiter.length === 1 && delimiter.charCodeAt(0) < 128 && !/[\d+\-.eE"\s]/.test(delimiter.replace('\t', ''));
}

/**
 * Reads lines of plain decimal numbers from bytes. At a line that is anything else (quotes, text, a cell too many) it
 * stops, for a full parser to continue there: both read the same numbers.
 */
export class PlainLines {
  readonly #layout: PlainLayout;
  /** Where the last line that was read ended. */
  at = 0;
  /** Whether the line there is not plain. */
  isStopped = false;
  /** Lines that were read, empty ones included. */
  count = 0;
  #value = 0;

  constructor(layout: PlainLayout) {
    this.#layout = layout;
  }

  /**
   * Reads lines from `start` on, all of which end before `end`, into rows `row` … `mostRows` of `out`; returns the number of the next
   * row.
   */
  read(bytes: Uint8Array, start: number, end: number, out: Float64Array, row: number, mostRows: number): number {
    const { dimensions } = this.#layout;
    this.at = start;
    while (this.at < end && row < mostRows) {
      if (this.#isEmpty(bytes)) continue;
      const next = this.#line(bytes, this.at, out, row * dimensions);
      if (next < 0) {
        this.isStopped = true;
        return row;
      }
      this.at = next;
      this.count++;
      row++;
    }
    return row;
  }

  /** Steps over an empty line. */
  #isEmpty(bytes: Uint8Array): boolean {
    const byte = bytes[this.at]!;
    if (byte > RETURN) return false;
    if (byte === NEWLINE) this.at++;
    else if (byte === RETURN && bytes[this.at + 1] === NEWLINE) this.at += 2;
    else return false;
    this.count++;
    return true;
  }

  /** Returns where the line after begins, or −1 if this one is not plain. */
  #line(bytes: Uint8Array, start: number, out: Float64Array, to: number): number {
    const { places, delimiter } = this.#layout;
    const last = places.length - 1;
    let at = start;
    for (let cell = 0; cell <= last; cell++) {
      const place = places[cell]!;
      at = place < 0 ? this.#skip(bytes, at) : this.#number(bytes, at);
      if (at < 0) return -1;
      if (place >= 0) out[to + place] = this.#value;
      if (cell < last) {
        if (bytes[at++] !== delimiter) return -1;
      }
    }
    if (bytes[at] === RETURN) at++;
    return bytes[at] === NEWLINE ? at + 1 : -1;
  }

  /** The end of a cell that nobody asked for; −1 at a quote. */
  #skip(bytes: Uint8Array, at: number): number {
    const { delimiter } = this.#layout;
    for (; ; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === NEWLINE || byte === RETURN) return at;
      if (byte === QUOTE) return -1;
    }
  }

  /** The end of a number, which becomes `#value`; −1 if it is none. */
  #number(bytes: Uint8Array, start: number): number {
    let at = start;
    while (bytes[at] === SPACE) at++;
    const begin = at;
    let byte = bytes[at]!;
    const isNegative = byte === MINUS;
    if (isNegative || byte === PLUS) byte = bytes[++at]!;
    let mantissa = 0;
    let digits = 0;
    let decimals = 0;
    for (; isDigit(byte); digits++, byte = bytes[++at]!) mantissa = 10 * mantissa + (byte - ZERO);
    if (byte === POINT) {
      byte = bytes[++at]!;
      for (; isDigit(byte); decimals++, byte = bytes[++at]!) mantissa = 10 * mantissa + (byte - ZERO);
    }
    if (digits + decimals === 0) return -1;
    let exponent = -decimals;
    if (byte === E || byte === SMALL_E) {
      byte = bytes[++at]!;
      const isSmall = byte === MINUS;
      if (isSmall || byte === PLUS) byte = bytes[++at]!;
      if (!isDigit(byte)) return -1;
      let power = 0;
      for (; isDigit(byte); byte = bytes[++at]!) power = 10 * power + (byte - ZERO);
      exponent += isSmall ? -power : power;
    }
    const end = at;
    while (bytes[at] === SPACE) at++;
    if (mantissa < EXACT && exponent >= -22 && exponent <= 22) {
      const size = exponent < 0 ? mantissa / POWERS[-exponent]! : mantissa * POWERS[exponent]!;
      this.#value = isNegative ? -size : size;
      return at;
    }
    this.#value = Number(latin1(bytes, begin, end));
    return Number.isFinite(this.#value) ? at : -1;
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
