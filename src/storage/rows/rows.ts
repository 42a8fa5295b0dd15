// The table of formats that rows can be written in.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { SettingError } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { type RowPart, writeArk } from './ark.ts';
import { writeArrow } from './arrow.ts';
import { writeHtk } from './htk.ts';
import { writeNpy } from './npy.ts';
import { writeParquet } from './parquet.ts';

/** Rows to be written: runs of numbers, and the number of columns; undefined writes one number per row. */
export interface RowRuns {
  readonly runs: AsyncIterable<Numbers> | Iterable<Numbers>;
  readonly columns: number | undefined;
  /** File and utterance of the last run. */
  readonly part?: () => RowPart;
}

type WriteRows = (path: string, rows: RowRuns, signal?: AbortSignal) => Promise<void>;

const text =
  (toText: (rows: RowRuns) => AsyncIterable<string>): WriteRows =>
  (path, rows, signal) =>
    writeAtomically(path, (temporary) => pipeline(toText(rows), createWriteStream(temporary), { signal }));

/** What rows can be written as; their names, after a dot, end the files'. */
export const rowFormats = {
  npy: async (path, { runs, columns }, signal) => void (await writeNpy(path, until(runs, signal), columns)),
  csv: text((rows) => toLines(rows, (row) => row.join(','))),
  tsv: text((rows) => toLines(rows, (row) => row.join('\t'))),
  jsonl: text((rows) => toLines(rows, (row) => `[${row.join(',')}]`)),
  h5: async (path, { runs, columns }, signal) =>
    (await import('./hdf5.ts')).writeDataset(path, until(runs, signal), columns),
  ark: (path, { runs, columns = 1, part }, signal) => writeArk(path, until(runs, signal), columns, part),
  htk: (path, { runs, columns = 1 }, signal) => writeHtk(path, until(runs, signal), columns),
  parquet: (path, { runs, columns = 1 }, signal) => writeParquet(path, until(runs, signal), columns),
  arrow: (path, { runs, columns = 1 }, signal) => writeArrow(path, until(runs, signal), columns),
} satisfies Record<string, WriteRows>;

/** Whether parts stay apart in a file of such a name. */
export const keepsParts = (path: string): boolean => path.toLowerCase().endsWith('.ark');

/** The extensions that `rowWriter` knows. */
export const rowExtensions: readonly string[] = Object.keys(rowFormats).map((name) => `.${name}`);

/**
 * Returns the writer for a file's extension.
 *
 * @throws SettingError where there is none among `known`.
 */
export function rowWriter(path: string, known: readonly string[] = rowExtensions): WriteRows {
  const extension = known.find((ending) => path.toLowerCase().endsWith(ending));
  if (extension) return (rowFormats as Readonly<Record<string, WriteRows>>)[extension.slice(1)]!;
  const choice = `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
  throw new SettingError('bad-setting', `output: received ${path}, expected a name that ends with ${choice}, or -`, {
    setting: 'output',
  });
}

/** CSV, as a stream of text. */
export const toCsv = (rows: RowRuns): AsyncGenerator<string> => toLines(rows, (row) => row.join(','));

async function* toLines({ runs, columns = 1 }: RowRuns, toLine: (row: Numbers) => string): AsyncGenerator<string> {
  for await (const run of runs) {
    if (run.length === 0) continue;
    const lines: string[] = [];
    for (let at = 0; at < run.length; at += columns) lines.push(toLine(run.subarray(at, at + columns)));
    yield `${lines.join('\n')}\n`;
  }
}

async function* until<T>(items: AsyncIterable<T> | Iterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  for await (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}
