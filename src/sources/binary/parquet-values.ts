// The values of a Parquet page, checked before they are decoded.
import type { DecodedArray } from 'hyparquet';
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { byteStreamSplit } from 'hyparquet/src/encoding.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { type ColumnValues, Unsupported } from './columnar.ts';
import type { Page } from './parquet-pages.ts';
import type { Leaf } from './parquet-schema.ts';
import { readBitPacked, readRuns } from './runs.ts';

/** Properties that decoding a page depends on. */
export interface Reading {
  readonly leaf: Leaf;
  /** Returns this many bytes. */
  decompress(bytes: Uint8Array, length: number): Uint8Array;
}

/** The values of a page that are there, and the levels of all. */
export interface PageValues {
  readonly count: number;
  readonly values: ColumnValues;
  /** Absent where all values are there. */
  readonly definition?: Uint8Array | undefined;
  /** Absent where the column is no list. */
  readonly repetition?: Uint8Array | undefined;
}

const [RLE, BIT_PACKED] = [3, 4];

/** Encodings by their numbers in parquet.thrift. */
const ENCODINGS: Readonly<Record<number, string>> = {
  0: 'PLAIN',
  2: 'PLAIN_DICTIONARY',
  3: 'RLE',
  4: 'BIT_PACKED',
  5: 'DELTA_BINARY_PACKED',
  6: 'DELTA_LENGTH_BYTE_ARRAY',
  7: 'DELTA_BYTE_ARRAY',
  8: 'RLE_DICTIONARY',
  9: 'BYTE_STREAM_SPLIT',
};

/** The values that dictionary indices stand for. */
export function readDictionary(page: Page, { leaf, decompress }: Reading): ColumnValues {
  const bytes = decompress(page.bytes, page.uncompressed);
  const values = leaf.toNumbers(plain(bytes, page.count, leaf));
  return values instanceof Float32Array ? values : Float64Array.from(values, Number);
}

/** Decodes a page of values. */
export function readValues(page: Page, reading: Reading, dictionary: ColumnValues | undefined): PageValues {
  const { leaf, decompress } = reading;
  const { count } = page;
  const { maxDefinition, maxRepetition } = leaf;
  let body: Uint8Array;
  let repetition: Uint8Array | undefined;
  let definition: Uint8Array | undefined;
  if (page.kind === 'data 2') {
    const { repetitionBytes, definitionBytes } = page;
    const levels = repetitionBytes + definitionBytes;
    repetition = levelsOf(page.bytes.subarray(0, repetitionBytes), maxRepetition, count);
    definition = levelsOf(page.bytes.subarray(repetitionBytes, levels), maxDefinition, count);
    const [rest, length] = [page.bytes.subarray(levels), page.uncompressed - levels];
    body = page.isCompressed ? decompress(rest, length) : rest;
  } else if (page.kind === 'data') {
    body = decompress(page.bytes, page.uncompressed);
    const take = (encoding: number, most: number): Uint8Array | undefined => {
      const { levels, length } = prefixedLevels(body, encoding, most, count);
      body = body.subarray(length);
      return levels;
    };
    repetition = take(page.repetitionEncoding, maxRepetition);
    definition = take(page.definitionEncoding, maxDefinition);
  } else {
    throw new RangeError('a second dictionary');
  }
  let present = count;
  if (definition) {
    present = 0;
    for (const level of definition) present += Number(level === maxDefinition);
  }
  if (page.kind === 'data 2' && maxRepetition === 0 && page.nulls !== count - present) {
    throw new RangeError(`${count - present} nulls instead of ${page.nulls}`);
  }
  const values = decode(body, page.encoding, present, reading, dictionary);
  if (values.length < present) throw new RangeError(`${values.length} values instead of ${present}`);
  return { count, values, repetition, definition: present < count ? definition : undefined };
}

const bitsOf = (most: number): number => 32 - Math.clz32(most);

/** Levels by their runs; none where all are 0. */
function levelsOf(bytes: Uint8Array, most: number, count: number): Uint8Array | undefined {
  if (most === 0) return undefined;
  const levels = new Uint8Array(count);
  readRuns(bytes, bitsOf(most), levels);
  return checkLevels(levels, most);
}

/** Levels before the values of a page, with their length, and how many bytes they take. */
function prefixedLevels(bytes: Uint8Array, encoding: number, most: number, count: number) {
  if (most === 0) return { levels: undefined, length: 0 };
  if (encoding === BIT_PACKED) {
    const levels = new Uint8Array(count);
    const length = readBitPacked(bytes, bitsOf(most), levels);
    return { levels: checkLevels(levels, most), length };
  }
  if (encoding !== RLE) throw new Unsupported(`levels in the encoding ${ENCODINGS[encoding] ?? encoding}`);
  const length = prefixed(bytes, 'levels');
  return { levels: levelsOf(bytes.subarray(4, 4 + length), most, count), length: 4 + length };
}

function checkLevels(levels: Uint8Array, most: number): Uint8Array {
  if (levels.some((level) => level > most)) throw new RangeError(`levels above ${most}`);
  return levels;
}

/** The length that is before some bytes, in four of them. */
function prefixed(bytes: Uint8Array, of: string): number {
  const length = bytes.length < 4 ? Number.NaN : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length <= bytes.length - 4) return length;
  throw new RangeError(`${of} that end after their page`);
}

function decode(
  bytes: Uint8Array,
  encoding: number,
  count: number,
  { leaf }: Reading,
  dictionary: ColumnValues | undefined,
): ColumnValues {
  const { type, type_length: width } = leaf.element;
  const name = ENCODINGS[encoding];
  switch (name) {
    case 'PLAIN':
      return leaf.toNumbers(plain(bytes, count, leaf));
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      return lookUp(bytes, count, dictionary);
    case 'RLE': {
      if (type !== 'BOOLEAN') break;
      const values = new Uint8Array(count);
      readRuns(bytes.subarray(4, 4 + prefixed(bytes, 'runs')), 1, values);
      return values;
    }
    case 'DELTA_BINARY_PACKED': {
      if (type !== 'INT32' && type !== 'INT64') break;
      checkDeltas(bytes, count);
      const out = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count);
      if (count > 0) deltaBinaryUnpack(readerOf(bytes), count, out);
      return leaf.toNumbers(out);
    }
    case 'BYTE_STREAM_SPLIT': {
      if (type === undefined || !(type in WIDTHS || type === 'FIXED_LEN_BYTE_ARRAY')) break;
      need(bytes, count * (WIDTHS[type] ?? width!));
      return leaf.toNumbers(byteStreamSplit(readerOf(bytes), count, type, width) as Stored);
    }
  }
  throw new Unsupported(`values of type ${type} in the encoding ${name ?? encoding}`);
}

type Stored = Parameters<Leaf['toNumbers']>[0];

const readerOf = (bytes: Uint8Array) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  offset: 0,
});

const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 };

function need(bytes: Uint8Array, length: number): void {
  if (!(length <= bytes.length)) throw new RangeError(`${bytes.length} bytes for values of ${length}`);
}

/** Values one after another, of which hyparquet believes that they are all there, if in a page after this one. */
function plain(bytes: Uint8Array, count: number, { element }: Leaf): Stored {
  const { type, type_length: width } = element;
  if (type === 'BYTE_ARRAY') {
    for (let i = 0, rest = bytes; i < count; i++) rest = rest.subarray(4 + prefixed(rest, 'values'));
  } else if (type === 'BOOLEAN') {
    need(bytes, Math.ceil(count / 8));
  } else {
    need(bytes, count * (type === 'FIXED_LEN_BYTE_ARRAY' ? width! : WIDTHS[type!]!));
  }
  return readPlain(readerOf(bytes), type!, count, width) as Stored & DecodedArray;
}

/** Indices into the dictionary, after the number of their bits, become what they stand for. */
function lookUp(bytes: Uint8Array, count: number, dictionary: ColumnValues | undefined): ColumnValues {
  if (!dictionary) throw new RangeError('no dictionary before it');
  const out = dictionary instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  if (count === 0) return out;
  const width = bytes[0] ?? 33;
  if (width > 32) throw new RangeError(`indices of ${width} bits`);
  const indices = new Uint32Array(count);
  if (width > 0) readRuns(bytes.subarray(1), width, indices);
  const from = dictionary as Float64Array;
  for (let i = 0; i < count; i++) {
    const index = indices[i]!;
    if (index >= from.length) throw new RangeError(`the index ${index} in a dictionary of ${from.length}`);
    out[i] = from[index]!;
  }
  return out;
}

/**
 * Walks through blocks of deltas: hyparquet's deltaBinaryUnpack does not end where a block has no values, and makes room for any number of
 * miniblocks. Source: Parquet encodings, "DELTA_BINARY_PACKED = 5".
 */
function checkDeltas(bytes: Uint8Array, count: number): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (at >= bytes.length) break;
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('deltas that end early');
  };
  const [block, miniblocks, total] = [varint(), varint(), varint()];
  varint();
  const size = block / miniblocks;
  if (!(block > 0 && block % 128 === 0 && block <= 2 ** 26 && Number.isInteger(size) && size % 32 === 0)) {
    throw new RangeError(`deltas in blocks of ${block} values in ${miniblocks}`);
  }
  if (total !== count) throw new RangeError(`${total} deltas instead of ${count}`);
  for (let left = count - 1; left > 0; ) {
    varint();
    const widths = bytes.subarray(at, at + miniblocks);
    at += miniblocks;
    if (at > bytes.length) throw new RangeError('deltas that end early');
    for (let i = 0; i < miniblocks && left > 0; i++, left -= size) {
      const width = widths[i]!;
      if (width > 64) throw new RangeError(`deltas of ${width} bits`);
      if (Math.ceil((Math.min(size, left) * width) / 8) > bytes.length - at)
        throw new RangeError('deltas that end early');
      at += (size * width) / 8;
    }
  }
}
