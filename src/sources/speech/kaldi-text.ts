// A Kaldi matrix as text.
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { type ByteReader, latin1, shown } from '../bytes.ts';
import type { Place } from '../place.ts';
import { invalidRow } from '../skipped.ts';
import type { Batch, ReadOptions } from '../table.ts';
import { badCell, parseCell, raggedRow } from '../text/cells.ts';
import type { UtteranceMatrix } from './matrix.ts';

const NEWLINE = 10;
const LONGEST_LINE = 1 << 24;
const BEGINNING = /^\s*\[(?=[\s\]])/;
const END = /\]\s*$/;

/**
 * A matrix as text: [, a line for each row (or what is before a ;), and ] after the last. One in a single line is one row, or, of a
 * list, a vector.
 */
export async function readTextMatrix(reader: ByteReader, place: Place, options: ReadOptions): Promise<UtteranceMatrix> {
  const rows = readRows(reader, place, options.isList === true);
  const { value: first, done } = await rows.next();
  if (done) return { dimensions: 0, batches: collect(rows, [], place, options) };
  return { dimensions: first.length, batches: collect(rows, first, place, options) };
}

async function* collect(
  rows: AsyncGenerator<string[]>,
  first: readonly string[],
  place: Place,
  { allowsMissing, skipped, isLive }: ReadOptions,
): AsyncGenerator<Batch> {
  const dimensions = first.length;
  if (dimensions === 0) return;
  const capacity = isLive ? 1 : rowsPerChunk(dimensions);
  let row = 0;
  let data = new Float64Array(capacity * dimensions);
  let filled = 0;
  for (let cells: readonly string[] | undefined = first; cells; cells = (await rows.next()).value) {
    const into = data.subarray(filled * dimensions, (filled + 1) * dimensions);
    row++;
    try {
      if (cells.length !== dimensions) throw raggedRow(place, row, cells.length, dimensions);
      for (let j = 0; j < dimensions; j++) {
        const value = parseCell(cells[j]!, allowsMissing);
        if (value === undefined) throw badCell(place, row, j + 1, cells[j]);
        into[j] = value;
      }
    } catch (error) {
      invalidRow(error, skipped, into);
    }
    if (++filled < capacity) continue;
    yield { data };
    data = new Float64Array(capacity * dimensions);
    filled = 0;
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions) };
}

/** The cells of each row. */
async function* readRows(reader: ByteReader, place: Place, isList: boolean): AsyncGenerator<string[]> {
  for (let isFirst = true; ; isFirst = false) {
    const bytes = await reader.readUntil([NEWLINE], LONGEST_LINE);
    if (!bytes)
      throw new DataError(
        'too-large',
        `${place}: a line of more than ${LONGEST_LINE >> 20} MiB; expected one row on every line`,
        { source: place.source },
      );
    const text = isFirst ? afterBracket(bytes, place) : latin1(bytes);
    const isLast = END.test(text);
    for (const row of (isLast ? text.replace(END, '') : text).split(';')) {
      const cells = row.split(/\s+/).filter(Boolean);
      if (cells.length > 0) yield* isList && isFirst && isLast ? cells.map((cell) => [cell]) : [cells];
    }
    if (isLast) return;
    if (bytes.at(-1) !== NEWLINE)
      throw new DataError('truncated', `${place}: it ends before its ]: the file was cut short, write it again`, {
        source: place.source,
      });
  }
}

function afterBracket(bytes: Uint8Array, place: Place): string {
  const text = latin1(bytes);
  if (BEGINNING.test(text)) return text.replace(BEGINNING, '');
  const found = others.find(([start]) => text.startsWith(start))?.[1];
  throw new DataError(
    'wrong-format',
    `${place}: received ${found ?? shown(bytes)}, expected a matrix: \\0B and its type, or text in [ ]`,
    { source: place.source },
  );
}

/** Other contents of Kaldi files, by their first bytes. */
const others: readonly (readonly [start: string, what: string])[] = [
  ['RIFF', 'sound (WAV)'],
  ['\x1f\x8b', 'bytes compressed by gzip'],
];
