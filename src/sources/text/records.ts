// Records of text become rows of numbers.
import { DataError } from '../../errors.ts';
import type { Skipped } from '../skipped.ts';
import type { Batch, ReadOptions, Table } from '../table.ts';
import { collectRows, prepend, startOf } from './batches.ts';
import { badCell, type Hint, parseCell, parseDecimal, raggedRow, shown } from './cells.ts';
import { locateColumns } from './columns.ts';

/** Layout of all records, from the first. */
export interface RecordLayout {
  readonly name: string;
  readonly width: number;
  readonly isHeader: boolean;
  /** Where in a record the columns are, and what messages call them. */
  readonly columns: readonly number[];
  readonly labels: readonly (string | number)[];
  readonly skipped: Skipped | undefined;
  readonly allowsMissing: boolean | undefined;
  readonly isLive: boolean | undefined;
  /** As of a table. */
  readonly weightAt: number | undefined;
  readonly timeAt: number | undefined;
  /** Where in a record the name of the utterance is. */
  readonly utterance: number | undefined;
}

/** Records of text, in groups, as a table; the first may hold names. */
export async function tableOfRecords(
  name: string,
  records: AsyncGenerator<readonly string[][]>,
  options: ReadOptions,
): Promise<Table> {
  const group = await startOf(records);
  const first = group?.[0];
  if (!group || !first) throw new DataError('empty', `${name} is empty: expected rows of numbers`, { source: name });
  const layout = layOut(name, first, options);
  const batches = collect(layout, prepend(layout.isHeader ? group.slice(1) : group, records));
  const close = async (): Promise<void> => void (await records.return(undefined));
  return { dimensions: layout.columns.length, batches, weightAt: layout.weightAt, timeAt: layout.timeAt, close };
}

/** Looks at the first record. */
export function layOut(name: string, first: readonly string[], options: ReadOptions): RecordLayout {
  const isHeader = options.header ?? looksLikeHeader(first, name, options.allowsMissing);
  const { places: columns, ...beside } = locateColumns(name, options, isHeader ? first : undefined, first.length);
  const labels = columns.map((column) => (isHeader ? first[column]! : column + 1));
  const { skipped, allowsMissing, isLive } = options;
  return { name, width: first.length, isHeader, columns, labels, skipped, allowsMissing, isLive, ...beside };
}

/** Records as rows; `before` rows came earlier. */
export function collect(
  layout: RecordLayout,
  records: AsyncIterable<readonly string[][]>,
  before = 0,
): AsyncGenerator<Batch> {
  const { name, width, columns, labels, allowsMissing, utterance } = layout;
  let row = before;
  const write = (record: string[], into: Float64Array, at: number): string | undefined => {
    row++;
    if (record.length !== width) throw raggedRow(name, row, record.length, width, hintOf(record));
    for (const [j, column] of columns.entries()) {
      const value = parseCell(record[column]!, allowsMissing);
      if (value === undefined) throw badCell(name, row, labels[j]!, record[column], hintOf(record));
      into[at + j] = value;
    }
    return utterance === undefined ? undefined : record[utterance];
  };
  return collectRows(records, columns.length, write, layout);
}

/** All text are names, all numbers are data; whatever could be both is refused, as either guess could lose a row or make one up. */
function looksLikeHeader(cells: readonly string[], name: string, allowsMissing?: boolean): boolean {
  const values = cells.map((cell) => parseCell(cell, allowsMissing));
  const isText = values.map((value) => value === undefined);
  const isNumbered = cells.length > 1 && values.every((value, i) => value === i);
  if (!isNumbered && !isText.includes(true)) return false;
  const wrong = cells.findIndex((cell) => HAS_DECIMAL_COMMA.test(cell) || isUndivided(cell));
  if (wrong >= 0) throw badCell(name, 1, wrong + 1, cells[wrong], hintOf(cells));
  if (!isText.includes(false) && !cells.every((cell) => NO_NUMBER.test(cell))) return true;
  const odd = isText.indexOf(true);
  const received = isNumbered
    ? `0 to ${cells.length - 1}`
    : `${shown(cells[odd])} in column ${odd + 1}${isText.includes(false) ? ' beside numbers' : ''}`;
  throw new DataError(
    'needs-setting',
    `${name}, row 1: received ${received}, so it may be names or data: say header: true or false`,
    { source: name, row: 1, setting: 'header' },
  );
}

const OTHER_DELIMITERS = /[;\t| ]/;

/** Value of a missing or invalid number. */
const NO_NUMBER = /^\s*(?:|na|n\/a|null|none|[+-]?nan|[+-]?inf(?:inity)?|[+-]?[\d.]+e[+-]?\d+|[+-]?0x[\da-f]+)\s*$/i;

/** A number with a comma before its decimals, or between its thousands. */
const HAS_DECIMAL_COMMA = /^\s*[+-]?(?:[\d.]*\d,[\d.,]*|,\d+)(?:e[+-]?\d+)?\s*$/i;

/** Whether a cell is several numbers, with another delimiter between them. */
function isUndivided(cell: string): boolean {
  const parts = cell.trim().split(OTHER_DELIMITERS);
  return parts.length > 1 && parts.every((part) => parseDecimal(part) !== undefined || HAS_DECIMAL_COMMA.test(part));
}

/** Possible cause in all rows, as a cell suggests. */
function hintOf(record: readonly string[]): Hint | undefined {
  const undivided = record.find(isUndivided)?.trim();
  const other = undivided ?? (record.length === 1 ? record[0]!.trim() : '');
  const [delimiter] = OTHER_DELIMITERS.exec(other) ?? [];
  const comma = 'decimals need a point, as in 1.5';
  if (delimiter !== undefined) {
    const isDecimalComma = undivided !== undefined && (record.length > 1 || undivided.includes(','));
    const text = `is the delimiter another one (delimiter: ${JSON.stringify(delimiter)})?${isDecimalComma ? ` and ${comma}` : ''}`;
    return { text, setting: 'delimiter' };
  }
  return record.some((cell) => HAS_DECIMAL_COMMA.test(cell))
    ? { text: `${comma}; if commas stand between numbers, it is CSV with that delimiter` }
    : undefined;
}
