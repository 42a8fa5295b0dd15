import { DataError, messageOf } from '../errors.ts';
import { badCell, collectRows, locateColumns, prepend, raggedRow, startOf } from './cells.ts';
import { readLines } from './lines.ts';
import type { Format, Table } from './table.ts';

type Value = readonly unknown[] | Readonly<Record<string, unknown>>;

/** One JSON value a line: an array of numbers, or an object whose members (in the order of the first line's) are the columns. */
export const jsonl: Format = {
  extensions: ['.jsonl', '.ndjson'],
  takes: ['columns'],
  async open({ name, bytes }, options): Promise<Table> {
    const values = readValues(bytes(), name);
    const group = await startOf(values);
    const first = group?.[0];
    if (first instanceof DataError) throw first;
    if (!group || !first) throw new DataError(`${name} is empty: expected a JSON array or object on every line`);
    const names = Array.isArray(first) ? undefined : Object.keys(first);
    const width = names?.length ?? (first as unknown[]).length;
    const columns = locateColumns(name, options, names, width);
    const weightAt = options.weightColumn === undefined ? undefined : columns.length - 1;
    if (columns.length === 0) throw new DataError(`${name}, row 1: received no columns, expected at least one number`);
    const labels = columns.map((column) => (names ? JSON.stringify(names[column]) : String(column + 1)));
    let row = 0;

    const write = (value: Value | DataError, into: Float64Array, at: number): void => {
      row++;
      if (value instanceof DataError) throw value;
      if (Array.isArray(value) === (names !== undefined)) {
        throw new DataError(
          `${name}, row ${row}: received ${kindOf(value)}, expected ${kindOf(first)} as in the first row`,
        );
      }
      const cells = names ? membersOf(value as Record<string, unknown>, names) : (value as unknown[]);
      const received = names && !options.columns ? Object.keys(value).length : cells.length;
      if (received !== width) throw raggedRow(name, row, received, width);
      for (const [j, column] of columns.entries()) {
        const cell = cells[column];
        if (cell === null && options.allowsMissing) into[at + j] = Number.NaN;
        else if (typeof cell !== 'number' || !Number.isFinite(cell)) throw badCell(name, row, labels[j]!, cell);
        else into[at + j] = cell;
      }
    };
    return {
      dimensions: columns.length,
      batches: collectRows(prepend(group, values), columns.length, write, options),
      weightAt,
      close: async () => void (await values.return(undefined)),
    };
  },
};

/** The value of every line, or what is wrong with it. */
async function* readValues(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<(Value | DataError)[]> {
  let row = 0;
  for await (const lines of readLines(bytes, name)) {
    yield lines.filter((line) => line.trim() !== '').map((line) => parse(line, `${name}, row ${++row}`));
  }
}

function parse(line: string, place: string): Value | DataError {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return new DataError(`${place}: no JSON (${messageOf(error)}); expected an array of numbers on every line`);
  }
  if (typeof value === 'object' && value !== null) return value as Value;
  return new DataError(`${place}: received ${line.slice(0, 40)}, expected an array of numbers or an object`);
}

const membersOf = (value: Record<string, unknown>, names: readonly string[]): unknown[] =>
  names.map((key) => (Object.hasOwn(value, key) ? value[key] : undefined));

const kindOf = (value: Value): string => (Array.isArray(value) ? 'an array' : 'an object');
