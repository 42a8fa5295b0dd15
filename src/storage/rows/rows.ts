// The table of formats that rows can be written in.
import { writeText } from '../../files/gathered-writer.ts';
import { type ArkOptions, writeArk } from './ark.ts';
import { writeArrow } from './arrow.ts';
import { writeHtk } from './htk.ts';
import { writeNpy } from './npy.ts';
import { writeParquet } from './parquet.ts';
import { interleavedColumns, numbersOf, type RowRun, type RowRuns } from './runs.ts';
import { jsonLines, separated, type TextOptions } from './text.ts';

/** Rows to be written, and whether they are sparse. */
export interface RowsToWrite extends RowRuns {
  readonly isSparse?: boolean | undefined;
}

/** How rows are written; each format takes what concerns it. */
export type FormatOptions = TextOptions & ArkOptions & { readonly signal?: AbortSignal | undefined };

/** A format that rows can be written in. */
export interface RowFormat {
  /** Whether parts stay apart in it: always, never, or if lines say their names. */
  readonly parts: 'apart' | 'named' | 'joined';
  write(path: string, rows: RowsToWrite, options: FormatOptions): Promise<void>;
}

const text = (toText: (rows: RowsToWrite, options: FormatOptions) => AsyncIterable<string>): RowFormat => ({
  parts: 'named',
  write: (path, rows, options) => writeText(path, toText(rows, options)),
});

/** A format of numbers alone. */
const numbers = (
  write: (path: string, runs: ReturnType<typeof numbersOf>, columns: number | undefined) => Promise<unknown>,
): RowFormat => ({
  parts: 'joined',
  async write(path, { runs, columns, isSparse = false }) {
    await write(path, numbersOf(runs), interleavedColumns(columns, isSparse));
  },
});

/** What rows can be written as; their names, after a dot, end the files'. */
export const rowFormats = {
  npy: numbers(writeNpy),
  csv: text((rows, options) => separated(rows, ',', options)),
  tsv: text((rows, options) => separated(rows, '\t', options)),
  jsonl: text(jsonLines),
  h5: numbers(async (path, runs, columns) => (await import('./hdf5.ts')).writeDataset(path, runs, columns)),
  h5f: {
    parts: 'apart',
    write: async (path, rows) => (await import('./h5features.ts')).writeH5features(path, rows),
  },
  ark: { parts: 'apart', write: writeArk },
  htk: numbers((path, runs, columns = 1) => writeHtk(path, runs, columns)),
  parquet: numbers((path, runs, columns = 1) => writeParquet(path, runs, columns)),
  arrow: numbers((path, runs, columns = 1) => writeArrow(path, runs, columns)),
} satisfies Record<string, RowFormat>;

/** npy, csv, tsv, jsonl, h5, h5f (h5features), ark, htk, parquet or arrow. */
export type RowFormatName = keyof typeof rowFormats;

/** The extensions of files that can be written. */
export const rowExtensions: readonly string[] = Object.keys(rowFormats).map((name) => `.${name}`);

/** Runs that are not empty, until the signal ends them. */
export async function* until(
  runs: AsyncIterable<RowRun> | Iterable<RowRun>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowRun> {
  for await (const run of runs) {
    signal?.throwIfAborted();
    if (run.data.length > 0) yield run;
  }
}
