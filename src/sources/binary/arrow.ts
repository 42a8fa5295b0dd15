// Arrow files and streams, read by record batches.
import { stat } from 'node:fs/promises';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';
import type { Batch, Input, Opener, ReadOptions, Table } from '../table.ts';
import { prepend } from '../text/batches.ts';
import { raggedRow } from '../text/cells.ts';
import { type ArrowValues, decodeBatch, type Lists } from './arrow-batches.ts';
import { type BatchMessage, openMessages } from './arrow-messages.ts';
import { type ArrowField, toColumn } from './arrow-schema.ts';
import { type ColumnLayout, type ColumnValues, checkMissing, copyValues, damaged, layOutColumns } from './columnar.ts';
import type { Numbers } from './number-types.ts';
import { TextCodes, UtteranceCutter } from './utterance-column.ts';

/**
 * Arrow's IPC files (Feather version 2) and streams: columns of numbers, or one of lists of the same length, plain, LZ4 or Zstandard. A
 * record batch is held at a time.
 */
export const arrow: Opener = {
  open: openArrow,
};

async function openArrow({ name, path, bytes, lentBytes = bytes }: Input, options: ReadOptions): Promise<Table> {
  const size = path === undefined ? 0 : (await stat(path)).size;
  const reader = new ByteReader(lentBytes());
  const close = (): Promise<void> => reader.close();
  try {
    const { fields, batches: messages } = await openMessages(reader, name, path, (end) => end <= size);
    const layout = layOutColumns(name, fields.map(toColumn), options);
    const texts = new TextCodes();
    const naming = layout.utterance === undefined ? undefined : fields[layout.utterance]!;
    const isText = naming && toColumn(naming).isText;
    const cutter = naming && new UtteranceCutter(name, naming.name, isText ? texts : undefined);
    const batches = decode(messages, fields, layout, texts);
    const { places, isVector } = layout;
    if (!isVector) {
      return {
        dimensions: places.length,
        batches: toRows(batches, layout, places.length, cutter),
        weightAt: layout.weightAt,
        timeAt: layout.timeAt,
        close,
      };
    }
    const { type } = fields[places[0]!]!;
    const first = type.kind === 'FixedSizeList' ? undefined : await firstRows(batches);
    const dimensions = type.kind === 'FixedSizeList' ? type.size : first ? widthOf(first, layout) : 1;
    if (dimensions === 0)
      throw new DataError('wrong-shape', `${name}: its lists are of length 0: expected numbers`, { source: name });
    return {
      dimensions,
      batches: toRows(first ? prepend(first, batches) : batches, layout, dimensions, cutter),
      weightAt: layout.weightAt,
      timeAt: layout.timeAt,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Rows of a batch, column by column. */
interface Decoded {
  readonly rows: number;
  readonly columns: readonly ArrowValues[];
  /** What names the utterance of each row. */
  readonly names: ColumnValues | undefined;
}

/** Record batches that have rows; dictionaries before them are looked up. */
async function* decode(
  messages: AsyncGenerator<BatchMessage>,
  fields: readonly ArrowField[],
  { name, places, utterance }: ColumnLayout,
  texts: TextCodes,
): AsyncGenerator<Decoded> {
  const wanted = new Set(utterance === undefined ? places : [...places, utterance]);
  const values = dictionaryFields([...wanted].map((place) => fields[place]!));
  const dictionaries = new Map<number, ColumnValues>();
  let batches = 0;
  try {
    for await (const message of messages) {
      const { dictionary } = message;
      if (!dictionary) {
        batches++;
        const { rows, columns } = await decodeBatch(message, fields, wanted, dictionaries, texts);
        const named = utterance === undefined ? undefined : columns.get(utterance);
        const names = named && 'values' in named ? named.values : undefined;
        if (rows > 0) yield { rows, columns: places.map((place) => columns.get(place)!), names };
        continue;
      }
      const { id, isDelta } = dictionary;
      const field = values.get(id);
      if (!field) continue; // of a column that is not asked for
      const { columns } = await decodeBatch(message, [field], new Set([0]), dictionaries, texts);
      const decoded = columns.get(0)!;
      const added = 'values' in decoded ? decoded.values : [];
      const known = isDelta ? dictionaries.get(id) : undefined;
      dictionaries.set(id, known ? append(known, added) : added);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const what = error.message.includes('DataView') ? 'a FlatBuffer of what is not there' : error.message;
    throw damaged(name, `record batch ${batches === 0 ? 1 : batches}: ${what}`);
  }
}

/** Value types of dictionaries, by their ids. */
function dictionaryFields(
  fields: readonly ArrowField[],
  found = new Map<number, ArrowField>(),
): Map<number, ArrowField> {
  for (const { dictionary, ...field } of fields) {
    if (dictionary) found.set(dictionary.id, field);
    dictionaryFields(field.children, found);
  }
  return found;
}

function append(known: ColumnValues, added: ColumnValues): ColumnValues {
  const all = Array.isArray(known) ? (known as ColumnValues[number][]) : Array.from(known);
  for (let i = 0; i < added.length; i++) all.push(added[i]);
  return all;
}

async function firstRows(batches: AsyncGenerator<Decoded>): Promise<Decoded | undefined> {
  const first = await batches.next();
  return first.done ? undefined : first.value;
}

/** How long the first list is. */
function widthOf({ columns }: Decoded, { name, labels }: ColumnLayout): number {
  const [column] = columns;
  const list = column && 'lists' in column ? listAt(column.lists, 0, name) : undefined;
  if (list && list[1] > list[0]) return list[1] - list[0];
  throw new DataError('bad-cell', `${name}, row 1: received ${list ? 'an empty list' : 'null'}, expected numbers`, {
    source: name,
    row: 1,
    column: labels[0],
  });
}

function listAt(lists: Lists, row: number, name: string): ReturnType<Lists['list']> {
  try {
    return lists.list(row);
  } catch (error) {
    throw damaged(name, (error as RangeError).message);
  }
}

async function* toRows(
  batches: AsyncIterable<Decoded>,
  layout: ColumnLayout,
  dimensions: number,
  cutter: UtteranceCutter | undefined,
): AsyncGenerator<Batch> {
  const capacity = rowsPerChunk(dimensions);
  let before = 0;
  for await (const { rows, columns, names } of batches) {
    for (let start = 0; start < rows; start += capacity) {
      const count = Math.min(capacity, rows - start);
      const data: Numbers = layout.isDouble
        ? new Float64Array(count * dimensions)
        : new Float32Array(count * dimensions);
      let missing = -1;
      for (const [j, column] of columns.entries()) {
        const found =
          'lists' in column
            ? copyLists(data, column.lists, start, { dimensions, before, name: layout.name })
            : copyValues(data, j, dimensions, column.values, start, count);
        const at = found < 0 || 'lists' in column ? found : found * dimensions + j;
        if (at >= 0 && (missing < 0 || at < missing)) missing = at;
      }
      checkMissing(layout, dimensions, missing, before + start);
      if (cutter && names) yield* cutter.cut(data, dimensions, names, start, before + start);
      else yield { data };
    }
    before += rows;
  }
}

/** Copies lists, which must all be as long, from a row on; returns which number is the first that is missing, or −1. */
function copyLists(
  out: Numbers,
  lists: Lists,
  start: number,
  { dimensions, before, name }: { dimensions: number; before: number; name: string },
): number {
  const rows = out.length / dimensions;
  let first: number | undefined;
  let areInOrder = true;
  for (let i = 0; i < rows; i++) {
    const list = listAt(lists, start + i, name);
    const length = list ? list[1] - list[0] : dimensions;
    if (length !== dimensions) throw raggedRow(name, before + start + i + 1, length, dimensions);
    first ??= list?.[0] ?? 0;
    areInOrder &&= list?.[0] === first + i * dimensions;
  }
  if (areInOrder) return copyValues(out, 0, 1, lists.numbers, first!, out.length);
  let missing = -1;
  for (let i = 0; i < rows; i++) {
    const list = lists.list(start + i);
    const at = i * dimensions;
    if (!list) out.fill(Number.NaN, at, at + dimensions);
    const found = list ? copyValues(out, at, 1, lists.numbers, list[0], dimensions) : 0;
    if (found >= 0 && missing < 0) missing = at + found;
  }
  return missing;
}
