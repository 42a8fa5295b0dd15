// Writes rows as a file of any format: the one public function.
import { DataError } from '../../errors.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { abortSignal, checkOptionsBy, checkPath, type OptionTable, oneOf, whole } from '../../util/options.ts';
import { rowFormats, rowWriter } from './rows.ts';

/** Rows of numbers that say how many columns they have, as chunks do. */
export interface WideRows {
  /** Rows × columns numbers, row by row. */
  readonly data: Numbers;
  /** How many columns there are. */
  readonly dimensions: number;
}

/** Rows to be written: chunks, as a Source gives them, or runs of numbers. */
export type WritableRows = AsyncIterable<WideRows | Numbers> | Iterable<WideRows | Numbers>;

/** npy, csv, tsv, jsonl, h5, ark, htk, parquet or arrow. */
export type RowFormatName = keyof typeof rowFormats;

/** How rows are written. */
export interface WriteOptions {
  /** The format, whatever the name ends with. */
  readonly format?: RowFormatName | undefined;
  /** Numbers in a row of runs that are bare typed arrays; without it each number is a row, as labels are. */
  readonly columns?: number | undefined;
  /** Ends the writing with its reason; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
}

const writeOptions = {
  format: oneOf(rowFormats),
  columns: whole(1),
  signal: abortSignal,
} satisfies OptionTable<WriteOptions>;

/**
 * Writes rows as a file, whole or not at all, in the format that its name ends with: .npy, .csv, .tsv, .jsonl, .h5, .ark, .htk, .parquet
 * or .arrow. Numbers are written as they are, of the type of the first.
 *
 * @returns how many rows were written.
 * @throws SettingError for a name or option that is none; DataError for rows of different types or widths.
 *
 * @example
 * ```js
 * import { MixtureModel, openData, writeRows } from 'megamix';
 *
 * const model = await MixtureModel.load('gmm.h5');
 * await writeRows('labels.npy', model.labels('train.npy'));
 * await writeRows('train.parquet', await openData('train.npy'));
 * ```
 */
export async function writeRows(path: string, rows: WritableRows, options: WriteOptions = {}): Promise<number> {
  checkOptionsBy(writeOptions, options);
  checkPath(path);
  const write = rowWriter(options.format === undefined ? path : `.${options.format}`);
  const items = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  const first = await items.next();
  let columns = options.columns;
  if (!first.done && !ArrayBuffer.isView(first.value)) columns ??= first.value.dimensions;
  let written = 0;
  async function* runs(): AsyncGenerator<Numbers> {
    try {
      for (let item = first; !item.done; item = await items.next()) {
        const { value } = item;
        const isBare = ArrayBuffer.isView(value);
        if (!isBare && value.dimensions !== (columns ?? 1)) {
          throw new DataError(
            'ragged-row',
            `${path}: received rows of ${value.dimensions} numbers after rows of ${columns ?? 1}`,
            { source: path },
          );
        }
        const run = isBare ? value : value.data;
        written += run.length / (columns ?? 1);
        yield run;
      }
    } finally {
      await items.return?.();
    }
  }
  await write(path, { runs: runs(), columns }, options.signal);
  return written;
}
