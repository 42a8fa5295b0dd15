import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { DataError, fileError } from '../errors.ts';
import { ByteReader } from './bytes.ts';
import { type Matrix, readMatrix } from './kaldi-matrix.ts';
import { readLines } from './lines.ts';
import type { Batch, Format, Input, ReadOptions } from './table.ts';
import { tableOfUtterances, type Utterance } from './utterances.ts';

/** Utterances are short, and each is looked up by itself. */
const READ_BYTES = 1 << 16;

/** What a line says: which rows of the matrix that begins where. */
interface Entry {
  readonly key: string;
  readonly path: string;
  readonly offset: number;
  /** The first row and the one after the last. */
  readonly rows: readonly [number, number] | undefined;
}

/**
 * Kaldi's lists of utterances: lines of a key and `file`, `file:offset` or `file:offset[first:last]`. Files are looked for from the
 * current directory, as Kaldi does, and then from that of the list.
 */
export const scp: Format = {
  extensions: ['.scp'],
  takes: [],
  open: (input, options) => tableOfUtterances(input.name, readList(input, options)),
};

async function* readList(input: Input, options: ReadOptions): AsyncGenerator<Utterance> {
  let number = 0;
  for await (const lines of readLines(input.bytes(), input.name)) {
    for (const line of lines) {
      number++;
      if (line.trim() !== '') yield* readEntry(line, number, input, options);
    }
  }
}

async function* readEntry(
  line: string,
  number: number,
  { name, directory }: Input,
  options: ReadOptions,
): AsyncGenerator<Utterance> {
  const { key, ...entry } = parseLine(line, `${name}, line ${number}`);
  const place = `${name}, utterance ${key} (${entry.path}:${entry.offset})`;
  const file = await findFile(entry.path, directory);
  const reader = new ByteReader(createReadStream(file, { start: entry.offset, highWaterMark: READ_BYTES }));
  try {
    if ((await reader.peek()) === undefined)
      throw new DataError(`${place}: there is nothing there: is the list an old one?`);
    const matrix = await readMatrix(reader, place, options);
    const batches = entry.rows ? rowsOf(matrix, entry.rows, place) : matrix.batches;
    yield { key, dimensions: matrix.dimensions, batches };
  } catch (error) {
    throw fileError(error, `${place}`, 'read');
  } finally {
    await reader.close();
  }
}

function parseLine(line: string, place: string): Entry {
  const [, key, rest] = /^\s*(\S+)\s+(.*?)\s*$/s.exec(line) ?? [];
  if (key === undefined || rest === '') {
    throw new DataError(`${place}: received ${JSON.stringify(line.slice(0, 60))}, expected a key and file:offset`);
  }
  if (rest!.endsWith('|') || rest!.startsWith('|') || rest === '-') {
    throw new DataError(
      `${place}: received ${JSON.stringify(rest!.slice(0, 60))}: commands and pipes are not run: copy the features to an archive (copy-feats)`,
    );
  }
  const [, located, range] = /^(.*?)(?:\[([^[\]]*)\])?$/s.exec(rest!)!;
  const [, path, offset] = /^(.*?)(?::(\d+))?$/s.exec(located!)!;
  return {
    key,
    path: path!,
    offset: Number(offset ?? 0),
    rows: range === undefined ? undefined : parseRange(range, place),
  };
}

function parseRange(range: string, place: string): [number, number] {
  const [, first, last] = /^(\d+):(\d+)$/.exec(range) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new DataError(`${place}: received the range [${range}], expected rows from 0, as in [0:99]`);
  }
  return [Number(first), Number(last) + 1];
}

async function findFile(path: string, directory: string | undefined): Promise<string> {
  if (isAbsolute(path) || directory === undefined) return path;
  return access(path).then(
    () => path,
    () => join(directory, path),
  );
}

/** Some rows of a matrix, which must be there. */
async function* rowsOf(
  { dimensions, batches }: Matrix,
  [first, end]: readonly [number, number],
  place: string,
): AsyncGenerator<Batch> {
  let row = 0;
  for await (const batch of batches) {
    const count = batch.data.length / dimensions;
    const [from, to] = [Math.max(first - row, 0), Math.min(end - row, count)];
    if (from < to) yield { data: batch.data.slice(from * dimensions, to * dimensions) };
    batch.release?.();
    row += count;
    if (row >= end) return;
  }
  throw new DataError(`${place}: it has ${row} rows, but the list asks for rows ${first} to ${end - 1} (from 0)`);
}
