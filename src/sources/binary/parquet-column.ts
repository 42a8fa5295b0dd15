// A Parquet column of a row group: pages become numbers.
import type { ColumnChunk } from 'hyparquet';
import { DataError, MegaMixError } from '../../errors.ts';
import { type Codec, decompressor } from '../compression/decompress.ts';
import { raggedRow } from '../text/cells.ts';
import { type ColumnValues, copyValues, damaged, Unsupported, unsupported } from './columnar.ts';
import type { Numbers } from './number-types.ts';
import type { ByteRange } from './parquet-footer.ts';
import { readPages } from './parquet-pages.ts';
import type { ParquetColumn } from './parquet-schema.ts';
import { type PageValues, readDictionary, readValues } from './parquet-values.ts';

/** So many bytes of all columns together are read ahead. */
const WINDOWS_BYTES = 2 ** 26;
const [LEAST_WINDOW, MOST_WINDOW] = [2 ** 13, 2 ** 20];
/** So many bytes of pages are held decoded, of all columns together. */
const MOST_BYTES = 2 ** 29;

/** Parquet's names of compressions. */
const COMPRESSIONS: Readonly<Record<string, Codec>> = {
  SNAPPY: 'Snappy',
  GZIP: 'GZIP',
  BROTLI: 'Brotli',
  ZSTD: 'Zstandard',
  LZ4: 'LZ4',
  LZ4_RAW: 'LZ4 block',
};

/** State that the columns of a table share while they are read. */
export interface ParquetTable {
  readonly file: ByteRange;
  readonly name: string;
  /** How many columns are read at a time. */
  readonly columns: number;
  /** Bytes of decoded pages. */
  held: number;
}

/** A column of a row group, read page by page. */
export class ColumnReader {
  readonly #column: ParquetColumn;
  readonly #place: ParquetTable;
  readonly #pages: AsyncGenerator<PageValues>;
  /** How many numbers make a row; 0 where the column is no list. */
  readonly #width: number;
  #values: ColumnValues = [];
  #at = 0;
  #held = 0;
  /** Lists: how many have started in the file, and the numbers of the last one. */
  #rows: number;
  #inRow = 0;
  #isBegun = false;

  constructor(place: ParquetTable, column: ParquetColumn, chunk: ColumnChunk | undefined, width = 0, rowsBefore = 0) {
    this.#column = column;
    this.#place = place;
    this.#width = width;
    this.#rows = rowsBefore;
    this.#inRow = width;
    this.#pages = valuesOf(place, column, chunk);
  }

  /** Copies the next numbers to every `step`-th place; returns which is the first of them that is missing, or −1. */
  async copy(out: Numbers, first: number, step: number, count: number): Promise<number> {
    let missing = -1;
    for (let done = 0; done < count; ) {
      if (this.#at === this.#values.length && !(await this.#next())) {
        this.#checkRow();
        throw this.#wrong(`${done} of ${count} values`);
      }
      const taken = Math.min(count - done, this.#values.length - this.#at);
      const found = copyValues(out, first + done * step, step, this.#values, this.#at, taken);
      if (found >= 0 && missing < 0) missing = done + found;
      done += taken;
      this.#at += taken;
    }
    return missing;
  }

  /** Must be called when all rows were copied: there must be no more. */
  async finish(): Promise<void> {
    if (this.#at < this.#values.length || (await this.#next())) throw this.#wrong('more values than rows');
    this.#checkRow();
    this.#hold(0);
  }

  /** Where a list ends. */
  #checkRow(): void {
    if (this.#inRow < this.#width) throw raggedRow(this.#place.name, this.#rows, this.#inRow, this.#width);
  }

  async #next(): Promise<boolean> {
    const { leaf } = this.#column;
    do {
      const page = await this.#pages.next();
      if (page.done) return false;
      this.#hold(page.value.values.length * 8);
      this.#values = this.#width > 0 ? this.#flatten(page.value) : withNulls(page.value, leaf!.maxDefinition);
      this.#at = 0;
    } while (this.#values.length === 0);
    return true;
  }

  #hold(bytes: number): void {
    this.#place.held += bytes - this.#held;
    this.#held = bytes;
    if (this.#place.held <= MOST_BYTES) return;
    throw new DataError(
      'too-large',
      `${this.#place.name}: its pages hold more than the ${MOST_BYTES / 2 ** 20} MiB that are held at a time: ` +
        'write it with smaller row groups (row_group_size=100000)',
      { source: this.#place.name },
    );
  }

  /** Consecutive lists, which must all have the same length; a missing one is as many missing numbers. */
  #flatten({ count, values, definition, repetition }: PageValues): ColumnValues {
    const { maxDefinition, listDefinition } = this.#column.leaf!;
    const width = this.#width;
    const numbers: ColumnValues[number][] | undefined = definition && [];
    let next = 0;
    for (let i = 0; i < count; i++) {
      const level = definition ? definition[i]! : maxDefinition;
      if (repetition![i] === 0) {
        this.#checkRow();
        this.#rows++;
        this.#inRow = 0;
        if (level < listDefinition) {
          if (level === listDefinition - 1) throw raggedRow(this.#place.name, this.#rows, 0, width);
          for (let j = 0; j < width; j++) numbers!.push(null);
          this.#inRow = width;
          this.#isBegun = true;
          continue;
        }
      } else if (level < listDefinition || !this.#isBegun) {
        throw this.#wrong('a row that goes on from nothing');
      }
      this.#isBegun = true;
      this.#inRow++;
      if (this.#inRow > width) {
        let length = this.#inRow;
        for (let j = i + 1; j < count && repetition![j] !== 0; j++) length++;
        throw raggedRow(this.#place.name, this.#rows, length, width);
      }
      numbers?.push(level === maxDefinition ? values[next++] : null);
    }
    return numbers ?? values;
  }

  #wrong(what: string): Error {
    return damaged(this.#place.name, `column ${JSON.stringify(this.#column.name)}: ${what}`, this.#column.name);
  }
}

/** How long the first list of a column is. */
export async function widthOfLists(
  place: ParquetTable,
  column: ParquetColumn,
  chunk: ColumnChunk | undefined,
): Promise<number> {
  const { maxDefinition, listDefinition } = column.leaf!;
  let width = 0;
  let rows = 0;
  pages: for await (const { count, definition, repetition } of valuesOf(place, column, chunk)) {
    for (let i = 0; i < count; i++) {
      if (repetition![i] === 0 && ++rows > 1) break pages;
      const level = definition ? definition[i]! : maxDefinition;
      if (level >= listDefinition) width++;
      else if (rows === 1) {
        const what = level === listDefinition - 1 ? 'an empty list' : 'null';
        throw new DataError('bad-cell', `${place.name}, row 1: received ${what}, expected numbers`, {
          source: place.name,
          row: 1,
          column: column.name,
        });
      }
    }
  }
  if (width === 0) throw damaged(place.name, `column ${JSON.stringify(column.name)}: no values`, column.name);
  return width;
}

/** The values of a column of a row group, a page at a time; every error names the column and the page. */
async function* valuesOf(
  place: ParquetTable,
  column: ParquetColumn,
  chunk: ColumnChunk | undefined,
): AsyncGenerator<PageValues> {
  const { file, name, columns } = place;
  const of = `column ${JSON.stringify(column.name)}`;
  let number = 1;
  try {
    const {
      meta_data: data,
      crypto_metadata: crypto,
      encrypted_column_metadata: encrypted,
      file_path: other,
    } = chunk ?? {};
    if (crypto !== undefined || encrypted !== undefined) throw new Unsupported('encrypted pages');
    if (other !== undefined) throw new Unsupported(`pages in another file, ${JSON.stringify(other)}`);
    if (!data) throw new RangeError('a row group without it');
    const { type, codec } = data;
    const leaf = column.leaf!;
    if (type !== leaf.element.type) throw new RangeError(`${type ?? 'no type'} instead of ${leaf.element.type}`);
    const compression = COMPRESSIONS[codec];
    if (codec !== 'UNCOMPRESSED' && !compression)
      throw new Unsupported(`pages compressed by ${codec ?? 'what is unknown'}`);
    const decompress = compression ? await decompressor(compression) : asIs;
    const reading = { leaf, decompress };
    const windowBytes = Math.max(LEAST_WINDOW, Math.min(MOST_WINDOW, WINDOWS_BYTES / columns));
    let dictionary: ColumnValues | undefined;
    for await (const page of readPages(file, data, windowBytes)) {
      if (Math.max(8 * page.count, page.uncompressed) > MOST_BYTES) {
        throw new DataError(
          'too-large',
          `${name}: ${of}: a page of ${page.uncompressed} bytes and ${page.count} values, more than the ` +
            `${MOST_BYTES / 2 ** 20} MiB that are held at a time: write it with smaller row groups (row_group_size=100000)`,
          { source: name, column: column.name },
        );
      }
      if (page.kind === 'dictionary' && !dictionary) dictionary = readDictionary(page, reading);
      else yield readValues(page, reading, dictionary);
      number++;
    }
  } catch (error) {
    if (error instanceof MegaMixError || typeof (error as NodeJS.ErrnoException).code === 'string') throw error;
    if (error instanceof Unsupported) throw unsupported(name, error, column.name);
    const what = error instanceof RangeError ? error.message : 'it cannot be decoded';
    throw damaged(name, `${of}, page ${number}: ${what}`, column.name);
  }
}

function asIs(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`${bytes.length} bytes instead of ${length}`);
  return bytes;
}

function withNulls({ count, values, definition }: PageValues, most: number): ColumnValues {
  if (!definition) return values;
  const all = new Array<ColumnValues[number]>(count);
  for (let i = 0, next = 0; i < count; i++) all[i] = definition[i] === most ? values[next++] : null;
  return all;
}
