import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { DataError, messageOf } from '../errors.ts';
import { badCell, collectRows, locateColumns, parseDecimal, prepend, raggedRow } from './cells.ts';
import type { Format, Table } from './table.ts';

/** A record longer than this is a quote that was never closed, or no CSV. */
const LONGEST_RECORD = 1 << 22;

/** Comma-separated values (RFC 4180), any delimiter, UTF-8 with or without a byte order mark. */
export const csv: Format = {
  extensions: ['.csv'],
  takes: ['columns', 'delimiter', 'header'],
  async open({ name, bytes }, options): Promise<Table> {
    const records = readRecords(bytes(), name, options.delimiter ?? ',');
    const { value: first } = await records.next();
    if (!first) throw new DataError(`${name} is empty: expected rows of numbers`);
    const isHeader = options.header ?? looksLikeHeader(first, name);
    const columns = locateColumns(name, options.columns, isHeader ? first : undefined, first.length);
    const labels = columns.map((column) => (isHeader ? JSON.stringify(first[column]) : String(column + 1)));
    let row = 0;

    const write = (record: string[], into: Float64Array, at: number): void => {
      row++;
      if (record.length !== first.length) throw raggedRow(name, row, record.length, first.length);
      for (const [j, column] of columns.entries()) {
        const value = parseDecimal(record[column]!);
        if (value === undefined) throw badCell(name, row, labels[j]!, record[column], hintOf(record));
        into[at + j] = value;
      }
    };
    const dataRecords = isHeader ? records : prepend(first, records);
    return {
      dimensions: columns.length,
      batches: collectRows(dataRecords, columns.length, write),
      close: async () => void (await records.return(undefined)),
    };
  },
};

async function* readRecords(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  delimiter: string,
): AsyncGenerator<string[]> {
  const parser = parse({
    bom: true,
    delimiter,
    max_record_size: LONGEST_RECORD,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  pipeline(bytes, parser, () => {
    // An error of the bytes or of the parser is thrown by the loop below.
  });
  try {
    for await (const record of parser) yield record;
  } catch (error) {
    if (error instanceof CsvError) throw new DataError(`${name} is no CSV: ${messageOf(error)}`);
    throw error;
  }
}

/** All text are names, all numbers are data; whatever could be both is refused, as either guess could lose a row or make one up. */
function looksLikeHeader(cells: readonly string[], name: string): boolean {
  const values = cells.map(parseDecimal);
  const isText = values.map((value) => value === undefined);
  const isNumbered = cells.length > 1 && values.every((value, i) => value === i);
  if (!isNumbered && !isText.includes(true)) return false;
  if (!isText.includes(false) && cells.some((cell) => cell.trim() !== '')) return !isUndivided(cells);
  const odd = isText.indexOf(true);
  const received = isNumbered
    ? `0 to ${cells.length - 1}`
    : `${JSON.stringify(cells[odd])} in column ${odd + 1} beside numbers`;
  throw new DataError(
    `${name}, row 1: received ${received}, so it may be names or data: say --header or --no-header (header: true or false)`,
  );
}

const OTHER_DELIMITERS = /[;\t| ]/;

/** Whether the only cell is a row of numbers with another delimiter. */
const isUndivided = (cells: readonly string[]): boolean =>
  cells.length === 1 &&
  cells[0]!
    .trim()
    .split(OTHER_DELIMITERS)
    .every((text) => parseDecimal(text) !== undefined);

/** A single cell with another delimiter in it tells what is wrong. */
function hintOf(record: readonly string[]): string | undefined {
  const other = record.length === 1 ? OTHER_DELIMITERS.exec(record[0]!.trim())?.[0] : undefined;
  return other && `is the delimiter another one (--delimiter ${JSON.stringify(other)})?`;
}
