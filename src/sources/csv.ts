import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { rowsPerChunk } from '../chunk.ts';
import { DataError, messageOf } from '../errors.ts';
import { badCell, collectRows, locateColumns, parseDecimal, prepend, raggedRow } from './cells.ts';
import { Pieces } from './pieces.ts';
import { isPlainDelimiter, PlainLines } from './plain-lines.ts';
import type { Batch, Format, ReadOptions, Table } from './table.ts';

/** A record longer than this is a quote that was never closed, or no CSV. */
const LONGEST_RECORD = 1 << 22;
const [RETURN, QUOTE] = [13, 34];

/** What the first record says of all. */
interface Layout {
  readonly name: string;
  readonly delimiter: string;
  readonly width: number;
  readonly isHeader: boolean;
  /** Where in a record the columns are, and what messages call them. */
  readonly columns: readonly number[];
  readonly labels: readonly string[];
}

/**
 * Comma-separated values (RFC 4180), any delimiter, UTF-8 with or without a byte order mark. Lines of plain numbers are read
 * fast; from the first line that is anything else on, csv-parse reads.
 */
export const csv: Format = {
  extensions: ['.csv'],
  takes: ['columns', 'delimiter', 'header'],
  async open({ name, bytes }, options): Promise<Table> {
    const delimiter = options.delimiter ?? ',';
    const pieces = new Pieces(bytes(), LONGEST_RECORD);
    const line = isPlainDelimiter(delimiter) ? await firstLine(pieces) : undefined;
    const records = readRecords(line ? [line] : pieces.rest(), name, delimiter);
    const { value: first } = await records.next();
    if (!first) throw new DataError(`${name} is empty: expected rows of numbers`);
    const layout = layOut(name, delimiter, first, options);
    if (!line) {
      const batches = collect(layout, layout.isHeader ? records : prepend(first, records));
      return { dimensions: layout.columns.length, batches, close: async () => void (await records.return(undefined)) };
    }
    if (layout.isHeader) pieces.at += line.length;
    const batches = plainBatches(layout, pieces, line.at(-2) === RETURN);
    return { dimensions: layout.columns.length, batches, close: () => pieces.close() };
  },
};

/** The first line, if it is a record by itself and not the only one. */
async function firstLine(pieces: Pieces): Promise<Uint8Array | undefined> {
  if ((await pieces.wholeLines()) === 0) return undefined;
  const line = pieces.bytes.subarray(0, pieces.bytes.indexOf(10) + 1);
  const inside = line.subarray(0, line.at(-2) === RETURN ? -2 : -1);
  return inside.length === 0 || inside.includes(QUOTE) || inside.includes(RETURN) ? undefined : line;
}

function layOut(name: string, delimiter: string, first: readonly string[], options: ReadOptions): Layout {
  const isHeader = options.header ?? looksLikeHeader(first, name);
  const columns = locateColumns(name, options.columns, isHeader ? first : undefined, first.length);
  const labels = columns.map((column) => (isHeader ? JSON.stringify(first[column]) : String(column + 1)));
  return { name, delimiter, width: first.length, isHeader, columns, labels };
}

/** Plain lines as rows, and all from the first that is not plain on by way of csv-parse. */
async function* plainBatches(layout: Layout, pieces: Pieces, hasReturns: boolean): AsyncGenerator<Batch> {
  const dimensions = layout.columns.length;
  const places = Int32Array.from({ length: layout.width }, (_, column) => layout.columns.indexOf(column));
  const lines = new PlainLines({ delimiter: layout.delimiter.charCodeAt(0), hasReturns, places, dimensions });
  const capacity = rowsPerChunk(dimensions);
  /** Memory that chunks were released of. */
  const free: Float64Array<ArrayBuffer>[] = [];
  let data = new Float64Array(capacity * dimensions);
  let filled = 0;
  let given = 0;
  while (!lines.isStopped) {
    const end = await pieces.wholeLines();
    if (end === 0) break;
    while (pieces.at < end && !lines.isStopped) {
      filled = lines.read(pieces.bytes, pieces.at, end, data, filled, capacity);
      pieces.at = lines.at;
      if (filled < capacity) continue;
      const full = data;
      yield { data, release: () => void free.push(full) };
      data = free.pop() ?? new Float64Array(capacity * dimensions);
      given += filled;
      filled = 0;
    }
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions) };
  const before = lines.count + Number(layout.isHeader);
  const known = { lines: before, newline: hasReturns ? '\r\n' : '\n' };
  const rest = readRecords(pieces.rest(), layout.name, layout.delimiter, known);
  yield* collect(layout, rest, given + filled);
}

/** Records as rows; so many came before. */
function collect(layout: Layout, records: AsyncIterable<string[]>, before = 0): AsyncGenerator<Batch> {
  const { name, width, columns, labels } = layout;
  let row = before;
  return collectRows(records, columns.length, (record, into, at) => {
    row++;
    if (record.length !== width) throw raggedRow(name, row, record.length, width);
    for (const [j, column] of columns.entries()) {
      const value = parseDecimal(record[column]!);
      if (value === undefined) throw badCell(name, row, labels[j]!, record[column], hintOf(record));
      into[at + j] = value;
    }
  });
}

/** Records of bytes that follow on so many lines, if any are known. */
async function* readRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  delimiter: string,
  known?: { readonly lines: number; readonly newline: string },
): AsyncGenerator<string[]> {
  const parser = parse({
    bom: known === undefined,
    record_delimiter: known ? [known.newline] : [],
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
    if (!(error instanceof CsvError)) throw error;
    const message = messageOf(error).replace(
      /\bat line (\d+)/,
      (_, line) => `at line ${Number(line) + (known?.lines ?? 0)}`,
    );
    throw new DataError(`${name} is no CSV: ${message}`);
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
