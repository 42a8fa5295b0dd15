// Comma- and tab-separated values.
import { pipeline } from 'node:stream';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError, messageOf } from '../../errors.ts';
import type { Batch, Opener, ReadOptions, Table } from '../table.ts';
import { isPlainDelimiter, PlainLines } from './fast-csv.ts';
import { Pieces } from './line-window.ts';
import { collect, layOut, type RecordLayout, tableOfRecords } from './records.ts';
import { asUtf8 } from './utf8.ts';

/** A record longer than this is a quote that was never closed, or no CSV. */
const LONGEST_RECORD = 1 << 22;
const [NEWLINE, RETURN, QUOTE] = [10, 13, 34];
/** Line endings: any of these, whatever ended earlier lines. */
const RECORD_ENDS = ['\r\n', '\n', '\r'];

/**
 * Comma-separated values (RFC 4180), any delimiter and ends of lines, UTF-8 with or without a byte order mark. Lines of plain numbers are read
 * fast, unless a column of them names utterances; from the first line that is anything else on, csv-parse reads.
 */
export const csv: Opener = {
  open: ({ name, bytes }, options) => openSeparated(name, bytes(), options.delimiter ?? ',', options),
};

/** The same with tabs. */
export const tsv: Opener = {
  open: ({ name, bytes }, options) => openSeparated(name, bytes(), '\t', options),
};

async function openSeparated(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  delimiter: string,
  options: ReadOptions,
): Promise<Table> {
  const pieces = new Pieces(asUtf8(bytes, name), LONGEST_RECORD);
  try {
    const line =
      isPlainDelimiter(delimiter) && options.utteranceColumn === undefined ? await firstLine(pieces) : undefined;
    const first = line && (await readRecords([line], name, delimiter).next()).value?.[0];
    if (!line || !first) return await tableOfRecords(name, recordsOf(pieces, name, delimiter, options.isLive), options);
    const layout = layOut(name, first, options);
    if (layout.isHeader) pieces.at += line.length;
    const batches = plainBatches(layout, pieces, delimiter);
    return {
      dimensions: layout.columns.length,
      batches,
      weightAt: layout.weightAt,
      timeAt: layout.timeAt,
      close: () => pieces.close(),
    };
  } catch (error) {
    await pieces.close();
    throw error;
  }
}

/** The first line, if it is a record by itself and not the only one. */
async function firstLine(pieces: Pieces): Promise<Uint8Array | undefined> {
  if ((await pieces.wholeLines()) === 0) return undefined;
  const line = pieces.bytes.subarray(0, pieces.bytes.indexOf(10) + 1);
  const inside = line.subarray(0, line.at(-2) === RETURN ? -2 : -1);
  return inside.length === 0 || inside.includes(QUOTE) || inside.includes(RETURN) ? undefined : line;
}

/** Plain lines as rows, and all from the first that is not plain on by way of csv-parse. */
async function* plainBatches(layout: RecordLayout, pieces: Pieces, delimiter: string): AsyncGenerator<Batch> {
  const dimensions = layout.columns.length;
  const places = Int32Array.from({ length: layout.width }, (_, column) => layout.columns.indexOf(column));
  const lines = new PlainLines({ delimiter: delimiter.charCodeAt(0), places, dimensions });
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
    if (!layout.isLive || filled === 0) continue;
    yield { data: data.slice(0, filled * dimensions) };
    given += filled;
    filled = 0;
  }
  if (filled > 0) yield { data: data.slice(0, filled * dimensions) };
  const before = lines.count + Number(layout.isHeader);
  const rest = recordsOf(pieces, layout.name, delimiter, layout.isLive, before);
  yield* collect(layout, rest, given + filled);
}

/**
 * Records of the rest of the text. csv-parse holds back the end of what it is given until more comes: live lines are
 * given to it as whole texts, unless a quote may be open at their end.
 */
async function* recordsOf(
  pieces: Pieces,
  name: string,
  delimiter: string,
  isLive: boolean | undefined,
  linesBefore?: number,
): AsyncGenerator<string[][]> {
  let before = linesBefore;
  while (isLive) {
    const end = await pieces.wholeLines();
    const lines = pieces.bytes.subarray(pieces.at, Math.max(end, pieces.at));
    if (lines.length === 0 || count(lines, QUOTE) % 2 === 1) break;
    pieces.at = end;
    const group: string[][] = [];
    try {
      for await (const records of readRecords([lines], name, delimiter, before)) {
        for (const record of records) group.push(record);
      }
    } catch (error) {
      yield group;
      throw error;
    }
    yield group;
    before = (before ?? 0) + count(lines, NEWLINE);
  }
  yield* readRecords(pieces.rest(), name, delimiter, before);
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0;
  for (const byte of bytes) if (byte === wanted) found++;
  return found;
}

/** Records of bytes, in groups, that follow after `linesBefore` lines, if known. */
async function* readRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  delimiter: string,
  linesBefore?: number,
): AsyncGenerator<string[][]> {
  const { CsvError, parse } = await import('csv-parse');
  const parser = parse({
    bom: linesBefore === undefined,
    record_delimiter: RECORD_ENDS,
    delimiter,
    max_record_size: LONGEST_RECORD,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  pipeline(bytes, parser, () => {
    // An error of the bytes or of the parser is thrown by the loop below.
  });
  try {
    for await (const record of parser) yield [record];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const message = messageOf(error).replace(
      /\bat line (\d+)/,
      (_, line) => `at line ${Number(line) + (linesBefore ?? 0)}`,
    );
    throw new DataError('wrong-format', `${name} is no CSV: ${message}`, { source: name, cause: error });
  }
}
