// Buffers of an Arrow record batch, checked, become numbers.
import { fromHalves } from '../../kernels/float16.ts';
import { decompressor } from '../compression/decompress.ts';
import type { BatchMessage } from './arrow-messages.ts';
import { type ArrowField, type ArrowType, textOffsetBits } from './arrow-schema.ts';
import type { ColumnValues } from './columnar.ts';
import { decimal } from './decimal.ts';
import type { TextCodes } from './utterance-column.ts';

/** Places of fields in the tables of Arrow's Message.fbs. */
const [LENGTH, NODES, BUFFERS, COMPRESSION, VARIADIC] = [0, 1, 2, 3, 4];
/** A batch is held whole; what is in it is held as doubles. */
const MOST_VALUES = 2 ** 27;

/** Lists of numbers, one after another. */
export interface Lists {
  readonly length: number;
  readonly numbers: ColumnValues;
  /** Where the list of a row begins and ends; undefined where there is none. */
  list(row: number): readonly [start: number, end: number] | undefined;
}

/** Values of a column of a batch. */
export type ArrowValues = { readonly values: ColumnValues } | { readonly lists: Lists };

/** Dictionaries by their ids. */
export type Dictionaries = ReadonlyMap<number, ColumnValues>;

interface Context {
  readonly fieldNodes: Iterator<[number, number]>;
  readonly buffers: Iterator<[number, number]>;
  readonly variadic: Iterator<number>;
  readonly hasOldUnions: boolean;
  readonly dictionaries: Dictionaries;
  readonly texts: TextCodes;
  read(buffer: readonly [number, number]): Uint8Array;
}

/**
 * Decodes columns of a batch. Every length, offset and count of it is checked against the bytes that are there (apache-arrow's reader
 * believes them, and loops). Source: Arrow columnar format 1.5, "Physical Memory Layout".
 *
 * @throws RangeError where it is damaged.
 */
export async function decodeBatch(
  { batch, body, hasOldUnions }: BatchMessage,
  fields: readonly ArrowField[],
  wanted: ReadonlySet<number>,
  dictionaries: Dictionaries,
  texts: TextCodes,
): Promise<{ rows: number; columns: Map<number, ArrowValues> }> {
  const rows = batch.long(LENGTH);
  if (!(rows >= 0 && rows <= MOST_VALUES)) throw new RangeError(`${rows} rows in a batch`);
  const context: Context = {
    fieldNodes: batch.pairs(NODES)[Symbol.iterator](),
    buffers: batch.pairs(BUFFERS)[Symbol.iterator](),
    variadic: batch.longs(VARIADIC)[Symbol.iterator](),
    hasOldUnions,
    dictionaries,
    texts,
    read: await readerOf(batch.table(COMPRESSION)?.byte(0), body),
  };
  const columns = new Map<number, ArrowValues>();
  for (const [place, field] of fields.entries()) {
    if (wanted.has(place)) columns.set(place, decodeColumn(field, rows, context));
    else pass(field, context);
  }
  if (!context.fieldNodes.next().done || !context.buffers.next().done)
    throw new RangeError('more buffers than its schema');
  return { rows, columns };
}

/** How the bytes of a buffer are got; `codec` is undefined where they are as they are. */
async function readerOf(codec: number | undefined, body: Uint8Array): Promise<Context['read']> {
  const take = ([offset, length]: readonly [number, number]): Uint8Array => {
    if (offset >= 0 && length >= 0 && offset + length <= body.length) return body.subarray(offset, offset + length);
    throw new RangeError(`bytes ${offset} to ${offset + length} of ${body.length}`);
  };
  if (codec === undefined) return take;
  if (codec > 1) throw new RangeError(`buffers of the unknown compression ${codec}`);
  const decompress = await decompressor(codec === 0 ? 'LZ4 frame' : 'Zstandard');
  let sum = 0;
  return (buffer) => {
    const bytes = take(buffer);
    if (bytes.length === 0) return bytes;
    if (bytes.length < 8) throw new RangeError('a compressed buffer without its length');
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
    if (length === -1) return bytes.subarray(8);
    sum += length;
    if (!(length >= 0 && sum <= 8 * MOST_VALUES)) throw new RangeError(`a buffer of ${length} bytes`);
    return decompress(bytes.subarray(8), length);
  };
}

function take<T>(items: Iterator<T>, of: string): T {
  const next = items.next();
  if (next.done) throw new RangeError(`fewer ${of} than its schema`);
  return next.value;
}

const buffer = (context: Context): [number, number] => take(context.buffers, 'buffers');

/** The length of a column, and its bitmap of what is there, if something is not. */
function node(context: Context, length?: number, hasBitmap = true): { length: number; bitmap: Uint8Array | undefined } {
  const [count, nulls] = take(context.fieldNodes, 'columns');
  const isGood = count >= 0 && count <= MOST_VALUES && (length === undefined || count === length);
  if (!isGood) throw new RangeError(`${count} values${length === undefined ? '' : ` instead of ${length}`}`);
  const bitmap = hasBitmap ? context.read(buffer(context)) : new Uint8Array(0);
  if (bitmap.length === 0 && nulls <= 0) return { length: count, bitmap: undefined };
  if (8 * bitmap.length < count) throw new RangeError(`a bitmap of ${bitmap.length} bytes for ${count} values`);
  let missing = 0;
  for (let i = 0; i < count; i++) missing += Number(!isSet(bitmap, i));
  if (nulls >= 0 && missing !== nulls) throw new RangeError(`${missing} nulls instead of ${nulls}`);
  return { length: count, bitmap: missing > 0 ? bitmap : undefined };
}

const isSet = (bits: Uint8Array, i: number): boolean => ((bits[i >> 3]! >> (i & 7)) & 1) === 1;

function decodeColumn(field: ArrowField, rows: number, context: Context): ArrowValues {
  const { kind } = field.type;
  const isList = !field.dictionary && (kind === 'List' || kind === 'ListView' || kind === 'FixedSizeList');
  return isList ? { lists: decodeLists(field, rows, context) } : { values: decodeNumbers(field, context, rows) };
}

/** Numbers, or null where there are none. */
function decodeNumbers(field: ArrowField, context: Context, rows?: number): ColumnValues {
  if (field.type.kind === 'RunEndEncoded' && !field.dictionary) return decodeRuns(field, context, rows);
  const { length, bitmap } = node(context, rows);
  const textBits = field.dictionary ? undefined : textOffsetBits(field.type);
  if (textBits !== undefined) return withNulls(decodeTexts(textBits, length, context), bitmap);
  const stored = context.read(buffer(context));
  if (!field.dictionary) return withNulls(toNumbers(field.type, stored, length), bitmap);
  const dictionary = context.dictionaries.get(field.dictionary.id);
  if (!dictionary) throw new RangeError(`no dictionary ${field.dictionary.id} before it`);
  const indices = toNumbers(field.dictionary.index, stored, length);
  return Array.from({ length }, (_, i) => {
    if (bitmap && !isSet(bitmap, i)) return null;
    const index = Number(indices[i]);
    if (index >= 0 && index < dictionary.length) return dictionary[index];
    throw new RangeError(`the index ${index} in a dictionary of ${dictionary.length}`);
  });
}

const utf8 = new TextDecoder();

/** Texts as their codes. */
function decodeTexts(bits: 32 | 64, length: number, context: Context): ColumnValues {
  const starts = context.read(buffer(context));
  const bytes = context.read(buffer(context));
  if (length === 0) return [];
  const places = view(INTEGERS.signed[bits]!, starts, length + 1) as ArrayLike<number | bigint>;
  return Float64Array.from({ length }, (_, i) => {
    const [start, end] = [Number(places[i]), Number(places[i + 1])];
    if (!(start >= 0 && start <= end && end <= bytes.length))
      throw new RangeError(`a text from ${start} to ${end} of ${bytes.length} bytes`);
    return context.texts.codeOf(utf8.decode(bytes.subarray(start, end)));
  });
}

function withNulls(values: ColumnValues, bitmap: Uint8Array | undefined): ColumnValues {
  if (!bitmap) return values;
  return Array.from({ length: values.length }, (_, i) => (isSet(bitmap, i) ? values[i] : null));
}

/** The values of runs, each as often as it is there. */
function decodeRuns({ children }: ArrowField, context: Context, rows?: number): ColumnValues {
  const { length } = node(context, rows, false);
  const ends = decodeNumbers(children[0]!, context);
  const values = decodeNumbers(children[1]!, context, ends.length);
  const all = new Array<ColumnValues[number]>(length);
  let at = 0;
  for (let run = 0; run < ends.length && at < length; run++) {
    const end = Number(ends[run]);
    if (ends[run] === null || !(end > at)) throw new RangeError(`a run that ends at ${ends[run]} after ${at}`);
    const to = Math.min(end, length);
    all.fill(values[run], at, to);
    at = to;
  }
  if (at < length) throw new RangeError(`runs of ${at} values instead of ${length}`);
  return all;
}

type View<T> = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, offset: number, length: number): T };

/** So many numbers of a buffer, in place where that is possible. */
function view<T>(View: View<T>, bytes: Uint8Array, length: number): T {
  const size = length * View.BYTES_PER_ELEMENT;
  if (size > bytes.length) throw new RangeError(`${bytes.length} bytes for values of ${size}`);
  const aligned = bytes.byteOffset % View.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice(0, size);
  return new View(aligned.buffer, aligned.byteOffset, length);
}

const INTEGERS = {
  signed: { 8: Int8Array, 16: Int16Array, 32: Int32Array, 64: BigInt64Array },
  unsigned: { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array },
} as unknown as Readonly<Record<'signed' | 'unsigned', Readonly<Record<number, View<ColumnValues>>>>>;

function toNumbers(type: ArrowType, bytes: Uint8Array, length: number): ColumnValues {
  switch (type.kind) {
    case 'Int':
      return view(INTEGERS[type.isSigned ? 'signed' : 'unsigned'][type.bits]!, bytes, length);
    case 'Bool':
      if (8 * bytes.length < length) throw new RangeError(`${bytes.length} bytes for ${length} bits`);
      return Uint8Array.from({ length }, (_, i) => Number(isSet(bytes, i)));
    case 'Float': {
      if (type.bits === 64) return view(Float64Array, bytes, length);
      if (type.bits === 32) return view(Float32Array, bytes, length);
      const out = new Float32Array(length);
      fromHalves(view(Uint16Array, bytes, length), out);
      return out;
    }
    case 'Decimal': {
      if (type.bits === 32) return Float64Array.from(view(Int32Array, bytes, length), (n) => decimal(n, type.scale));
      const words = type.bits / 64;
      const stored = view(BigUint64Array, bytes, length * words);
      return Float64Array.from({ length }, (_, i) => {
        let value = 0n;
        for (let word = words - 1; word >= 0; word--) value = (value << 64n) | stored[i * words + word]!;
        return decimal(BigInt.asIntN(type.bits, value), type.scale);
      });
    }
    default:
      throw new RangeError(`no numbers, but ${type.kind}`);
  }
}

function decodeLists({ type, children }: ArrowField, rows: number, context: Context): Lists {
  const { length, bitmap } = node(context, rows);
  const item = children[0]!;
  const isThere = (row: number): boolean => !bitmap || isSet(bitmap, row);
  if (type.kind === 'FixedSizeList') {
    const { size } = type;
    const numbers = decodeNumbers(item, context);
    if (numbers.length < length * size) throw new RangeError(`${numbers.length} values in ${length} lists of ${size}`);
    return { length, numbers, list: (row) => (isThere(row) ? [row * size, (row + 1) * size] : undefined) };
  }
  const bits = type.kind === 'List' || type.kind === 'ListView' ? type.offsetBits : 32;
  const placesOf = (count: number): ArrayLike<number | bigint> => {
    const bytes = context.read(buffer(context));
    return length === 0 ? [] : (view(INTEGERS.signed[bits]!, bytes, count) as ArrayLike<number | bigint>);
  };
  const isView = type.kind === 'ListView';
  const starts = placesOf(isView ? length : length + 1);
  const sizes = isView ? placesOf(length) : undefined;
  const numbers = decodeNumbers(item, context);
  const list = (row: number): readonly [number, number] | undefined => {
    if (!isThere(row)) return undefined;
    const start = Number(starts[row]);
    const end = sizes ? start + Number(sizes[row]) : Number(starts[row + 1]);
    if (start >= 0 && start <= end && end <= numbers.length) return [start, end];
    throw new RangeError(`a list from ${start} to ${end} of ${numbers.length} values`);
  };
  return { length, numbers, list };
}

/** Passes over a column that is not asked for. */
function pass({ type, children, dictionary }: ArrowField, context: Context): void {
  take(context.fieldNodes, 'columns');
  const buffers = dictionary ? 2 : buffersOf(type, context.hasOldUnions);
  const more = !dictionary && type.kind === 'other' && type.isView ? take(context.variadic, 'buffers') : 0;
  for (let i = 0; i < buffers + more; i++) buffer(context);
  if (!dictionary) for (const child of children) pass(child, context);
}

function buffersOf(type: ArrowType, hasOldUnions: boolean): number {
  switch (type.kind) {
    case 'RunEndEncoded':
      return 0;
    case 'FixedSizeList':
      return 1;
    case 'ListView':
      return 3;
    case 'Union':
      return Number(hasOldUnions) + (type.isDense ? 2 : 1);
    case 'other':
      return type.buffers;
    default:
      return 2;
  }
}
