import type { AsyncBuffer, ColumnMetaData } from 'hyparquet';
import { damaged } from './columnar.ts';

/** A header is rarely longer than 100 bytes, but may hold statistics. */
const HEADER_BYTES = 1 << 12;
const LONGEST_HEADER = 1 << 20;
const MOST_PAGE_BYTES = 2 ** 30;

/** What of a page's header matters here, by the numbers that Parquet gives its fields. */
interface PageHeader {
  readonly uncompressed: number;
  readonly compressed: number;
  readonly values: number;
  readonly isDictionary: boolean;
}

/**
 * Walks through the pages of a column before they are decoded, as hyparquet believes what their headers say. Source: parquet.thrift.
 *
 * @throws DataError where pages are not where they should be, or have more values than the column.
 */
export async function checkPages(file: AsyncBuffer, column: ColumnMetaData, name: string): Promise<void> {
  const { dictionary_page_offset: dictionaryAt, data_page_offset: dataAt, num_values: claimed } = column;
  const start = Number(dictionaryAt || dataAt);
  const end = start + Number(column.total_compressed_size);
  const wrong = (what: string): Error => damaged(name, `column ${column.path_in_schema.join('.')}: ${what}`);
  if (!(start >= 0 && start <= end && end <= file.byteLength))
    throw wrong(`bytes ${start} to ${end} of ${file.byteLength}`);
  let values = 0;
  for (let at = start; at < end; ) {
    const { header, length } = await readHeader(file, at, end, wrong);
    const { uncompressed, compressed, values: count, isDictionary } = header;
    at += length + compressed;
    const fits = compressed >= 0 && at <= end && uncompressed >= 0 && uncompressed <= MOST_PAGE_BYTES;
    if (!fits || !(count >= 0 && count <= claimed)) {
      throw wrong(`a page of ${compressed} bytes, ${uncompressed} decompressed, and ${count} values`);
    }
    if (!isDictionary) values += count;
  }
  if (values !== Number(claimed)) throw wrong(`${values} values instead of ${claimed}`);
}

async function readHeader(
  file: AsyncBuffer,
  at: number,
  end: number,
  wrong: (what: string) => Error,
): Promise<{ header: PageHeader; length: number }> {
  const { deserializeTCompactProtocol } = await import('hyparquet/src/thrift.js');
  for (let bytes = HEADER_BYTES; ; bytes *= 8) {
    const view = new DataView(await file.slice(at, Math.min(end, at + bytes)));
    const reader = { view, offset: 0 };
    try {
      const fields = deserializeTCompactProtocol(reader);
      const data = fields.field_5 ?? fields.field_8;
      const header = {
        uncompressed: Number(fields.field_2),
        compressed: Number(fields.field_3),
        values: Number((data ?? fields.field_7)?.field_1),
        isDictionary: data === undefined,
      };
      return { header, length: reader.offset };
    } catch {
      if (at + bytes >= end || bytes >= LONGEST_HEADER) throw wrong('a page without a header');
    }
  }
}
