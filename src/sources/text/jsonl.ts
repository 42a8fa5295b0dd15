// JSON lines.
import { DataError, messageOf } from '../../errors.ts';
import { shown } from '../../util/shown.ts';
import type { Opener, Table } from '../table.ts';
import { collectRows } from './batches.ts';
import { badCell, type Hint, raggedRow } from './cells.ts';
import { locateColumns } from './columns.ts';
import { keyChecker, keysOf, parseJson } from './json-text.ts';
import { readLines } from './lines.ts';

type Value = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A line: its text, and its value or what is wrong with it. */
interface Line {
  readonly text: string;
  readonly value: Value | DataError;
  /** How many members it has. */
  readonly length: number;
}

/** Errors of the first lines, of which one is kept. */
interface Unusable {
  count: number;
  first?: DataError;
}

/**
 * One JSON value a line: an array of numbers, or an object whose members (in the order of the first line's) are the columns. NaN and
 * the infinities, as Python writes them, are numbers that are not finite.
 */
export const jsonl: Opener = {
  async open({ name, bytes }, options): Promise<Table> {
    const lines = readValues(bytes(), name);
    const unusable: Unusable = { count: 0 };
    const group = await usable(lines, unusable, options.skipped !== undefined);
    if (!group)
      throw (
        unusable.first ??
        new DataError('empty', `${name} is empty: expected a JSON array or object on every line`, { source: name })
      );
    const first = group[0]!.value as Value;
    const names = Array.isArray(first) ? undefined : keysOf(group[0]!.text);
    const width = names?.length ?? (first as unknown[]).length;
    const { places: columns, weightAt, timeAt, utterance } = locateColumns(name, options, names, width);
    const utteranceKey = utterance === undefined ? undefined : (names?.[utterance] ?? utterance);
    if (columns.length === 0)
      throw new DataError('empty', `${name}, row 1: received no columns, expected at least one number`, {
        source: name,
        row: 1,
      });
    const labels = columns.map((column) => (names ? names[column]! : column + 1));
    const keys: readonly (string | number)[] = columns.map((column) => names?.[column] ?? column);
    let row = 0;

    const write = ({ value, length }: Line, into: Float64Array, at: number): string | undefined => {
      row++;
      if (value instanceof DataError) throw value;
      if (Array.isArray(value) === (names !== undefined)) {
        throw new DataError(
          'ragged-row',
          `${name}, row ${row}: received ${kindOf(value)}, expected ${kindOf(first)} as in the first row`,
          { source: name, row },
        );
      }
      if (length !== width && !(names && options.columns)) {
        throw raggedRow(name, row, length, width, length === 1 ? hintOf(value) : undefined);
      }
      const cells = value as Readonly<Record<string | number, unknown>>;
      for (let j = 0; j < keys.length; j++) {
        const key = keys[j]!;
        const cell = cells[key];
        if (typeof cell === 'number' && (Number.isFinite(cell) || (options.allowsMissing && Number.isNaN(cell)))) {
          into[at + j] = cell;
        } else if (cell === null && options.allowsMissing) into[at + j] = Number.NaN;
        else throw badCell(name, row, labels[j]!, Object.hasOwn(cells, key) ? cell : undefined, hintOf(value));
      }
      if (utteranceKey === undefined) return undefined;
      const named = Object.hasOwn(cells, utteranceKey) ? cells[utteranceKey] : undefined;
      if (typeof named === 'string' || typeof named === 'number') return String(named);
      throw new DataError(
        'bad-cell',
        `${name}, row ${row}, column ${shown(utteranceKey)}: received ${shown(named)}, expected the name of an utterance`,
        { source: name, row },
      );
    };
    async function* all(): AsyncGenerator<readonly Line[]> {
      const { count, first: wrong } = unusable;
      for (let n = 0; n < count; n++) yield [unusableLine(wrong!)];
      yield group!;
      yield* lines;
    }
    return {
      dimensions: columns.length,
      batches: collectRows(all(), columns.length, write, options),
      weightAt,
      timeAt,
      close: async () => void (await lines.return(undefined)),
    };
  },
};

/** The first lines that begin with one of use; those before are counted, or an error. */
async function usable(
  lines: AsyncGenerator<Line[]>,
  unusable: Unusable,
  isSkipping: boolean,
): Promise<readonly Line[] | undefined> {
  for (;;) {
    const { value: group, done } = await lines.next();
    if (done) return undefined;
    for (const [i, { value }] of group.entries()) {
      if (!(value instanceof DataError)) return group.slice(i);
      if (!isSkipping) throw value;
      unusable.count++;
      unusable.first ??= value;
    }
  }
}

async function* readValues(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line[]> {
  let row = 0;
  const keyTwice = keyChecker();
  for await (const texts of readLines(bytes, name)) {
    yield texts.filter((text) => text.trim() !== '').map((text) => parse(text, name, ++row, keyTwice));
  }
}

const unusableLine = (value: DataError): Line => ({ text: '', value, length: 0 });

function parse(text: string, name: string, row: number, keyTwice: ReturnType<typeof keyChecker>): Line {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const what = /^\s*(?:\[|\{|\[\s*[[{].*,)\s*$/.test(text) ? WHOLE : `no JSON (${messageOf(error)})`;
    return unusableLine(
      new DataError('wrong-format', `${name}, row ${row}: ${what}; expected an array of numbers on every line`, {
        source: name,
        row,
        cause: error,
      }),
    );
  }
  if (Array.isArray(value)) return { text, value, length: value.length };
  if (typeof value !== 'object' || value === null) {
    const received = text.slice(0, 40);
    return unusableLine(
      new DataError(
        'not-rows',
        `${name}, row ${row}: received ${received}, expected an array of numbers or an object`,
        { source: name, row },
      ),
    );
  }
  const { length } = Object.keys(value);
  const twice = keyTwice(text, length);
  return twice === undefined
    ? { text, value: value as Value, length }
    : unusableLine(
        new DataError(
          'ragged-row',
          `${name}, row ${row}: the key ${JSON.stringify(twice)} comes twice: expected each once`,
          { source: name, row, column: twice },
        ),
      );
}

const WHOLE = "the JSON goes on after the line: write a row on every line (as jq -c '.[]' does)";

/** Possible cause in the whole file: it is one array of rows. */
const hintOf = (value: Value): Hint | undefined =>
  Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null
    ? { text: "if the file is one array of rows, write a row on every line (as jq -c '.[]' does)" }
    : undefined;

const kindOf = (value: Value): string => (Array.isArray(value) ? 'an array' : 'an object');
