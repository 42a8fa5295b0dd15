// Parquet pages, their headers and checksums.
import type { ColumnMetaData } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { crc32 } from '../compression/crc32.ts';
import type { ByteRange } from './parquet-footer.ts';
import { endOfStruct } from './thrift.ts';

/** A header is rarely longer than 100 bytes, but may hold statistics. */
const HEADER_BYTES = 1 << 12;
const LONGEST_HEADER = 1 << 20;

/** Kinds of pages that are read; an index is passed over. */
const [DATA, DICTIONARY, DATA_2] = [0, 2, 3];

/** Fields of pages of all kinds. */
interface AnyPage {
  readonly bytes: Uint8Array;
  readonly uncompressed: number;
  readonly count: number;
  readonly encoding: number;
}

/** A page as it is in the file, with what matters of its header. */
export type Page =
  | (AnyPage & { readonly kind: 'dictionary' })
  | (AnyPage & { readonly kind: 'data'; readonly definitionEncoding: number; readonly repetitionEncoding: number })
  | (AnyPage & {
      readonly kind: 'data 2';
      readonly nulls: number;
      readonly definitionBytes: number;
      readonly repetitionBytes: number;
      readonly isCompressed: boolean;
    });

/**
 * The pages of a column, which are checked against the bytes that are there, and against their checksums where they have one. A page is held at
 * a time, or some short ones. Source: parquet.thrift.
 *
 * @throws RangeError where pages are not what they should be.
 */
export async function* readPages(file: ByteRange, column: ColumnMetaData, windowBytes: number): AsyncGenerator<Page> {
  const { dictionary_page_offset: dictionaryAt, data_page_offset: dataAt } = column;
  const start = Number(dictionaryAt && dictionaryAt < dataAt ? dictionaryAt : dataAt);
  const end = start + Number(column.total_compressed_size);
  const total = Number(column.num_values);
  if (!(start >= 0 && end >= start && total >= 0)) throw new RangeError('no place in the file');
  if (end > file.size) throw new RangeError(`bytes ${start} to ${end} of ${file.size}`);
  let window = { start, bytes: new Uint8Array(0) };
  const read = async (from: number, length: number): Promise<Uint8Array> => {
    const { start, bytes } = window;
    if (from < start || from + length > start + bytes.length) {
      window = { start: from, bytes: await file.read(from, Math.min(end, from + Math.max(length, windowBytes))) };
    }
    return window.bytes.subarray(from - window.start, from - window.start + length);
  };
  const header = async (at: number): Promise<{ header: Uint8Array; length: number }> => {
    for (let most = HEADER_BYTES; ; most *= 8) {
      const header = await read(at, Math.min(most, end - at));
      try {
        return { header, length: endOfStruct(header, 0) };
      } catch {
        if (most > end - at || most > LONGEST_HEADER) throw new RangeError('a page without a header');
      }
    }
  };
  let values = 0;
  for (let at = start; values < total; ) {
    if (at >= end) throw new RangeError(`${values} values instead of ${total}`);
    const found = await header(at);
    const view = new DataView(found.header.buffer, found.header.byteOffset, found.length);
    const fields: Fields = deserializeTCompactProtocol({ view, offset: 0 });
    at += found.length;
    const compressed = natural(fields.field_3, 'compressed bytes');
    if (compressed > end - at) throw new RangeError(`${compressed} bytes of the last ${end - at}`);
    const bytes = await read(at, compressed);
    at += compressed;
    const { field_4: crc } = fields;
    if (crc !== undefined && crc32(bytes) !== Number(crc) >>> 0) throw new RangeError('a wrong checksum');
    const page = toPage(fields, bytes);
    if (!page) continue;
    if (page.kind !== 'dictionary') values += page.count;
    if (values > total) throw new RangeError(`${values} values instead of ${total}`);
    yield page;
  }
}

type Fields = Readonly<Record<`field_${number}`, unknown>>;

function toPage(fields: Fields, bytes: Uint8Array): Page | undefined {
  const { field_1: kind } = fields;
  const own = fields[kind === DATA ? 'field_5' : kind === DICTIONARY ? 'field_7' : 'field_8'] as Fields | undefined;
  if (kind !== DATA && kind !== DICTIONARY && kind !== DATA_2) return undefined;
  if (typeof own !== 'object') throw new RangeError('a header without what its kind of page needs');
  const uncompressed = natural(fields.field_2, 'bytes');
  const count = natural(own.field_1, 'values');
  if (kind === DICTIONARY) return { kind: 'dictionary', bytes, uncompressed, count, encoding: natural(own.field_2) };
  if (kind === DATA) {
    const [definitionEncoding, repetitionEncoding] = [natural(own.field_3), natural(own.field_4)];
    return {
      kind: 'data',
      bytes,
      uncompressed,
      count,
      encoding: natural(own.field_2),
      definitionEncoding,
      repetitionEncoding,
    };
  }
  const [definitionBytes, repetitionBytes] = [natural(own.field_5), natural(own.field_6)];
  const levels = definitionBytes + repetitionBytes;
  if (levels > bytes.length || levels > uncompressed) throw new RangeError(`${levels} bytes of levels`);
  return {
    kind: 'data 2',
    bytes,
    uncompressed,
    count,
    encoding: natural(own.field_4),
    nulls: natural(own.field_2, 'nulls'),
    definitionBytes,
    repetitionBytes,
    isCompressed: own.field_7 !== false,
  };
}

/** A number of a header as it must be. */
function natural(value: unknown, of = 'encoding'): number {
  if (typeof value === 'number' && value >= 0 && Number.isInteger(value)) return value;
  throw new RangeError(typeof value === 'number' ? `a header of ${value} ${of}` : `a header without its ${of}`);
}
