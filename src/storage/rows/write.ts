// Writes rows as a file of any format: the one public function.
import type { RowPart } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import type { Numbers } from '../../files/header-and-rows.ts';
import { Source } from '../../sources/source.ts';
import {
  abortSignal,
  checkOptionsBy,
  checkPath,
  type OptionTable,
  oneOf,
  trueOrFalse,
  whole,
} from '../../util/options.ts';
import { rowOutput } from './output.ts';
import { type RowFormatName, rowFormats } from './rows.ts';
import type { RowRun } from './runs.ts';

export type { RowFormatName } from './rows.ts';

/** Rows of numbers that say how many columns they have, as chunks do. */
export interface WideRows {
  /** Rows × columns numbers, row by row. */
  readonly data: Numbers;
  /** How many columns there are. */
  readonly dimensions: number;
  /** Of sparse rows the component, from 0, that each number is of. */
  readonly components?: Int32Array | undefined;
  /** The part that the rows are of; parts are told apart by their numbers. */
  readonly part?: Pick<RowPart, 'name' | 'number'> | undefined;
  /** The time of each row, in seconds. */
  readonly times?: Float64Array | undefined;
  /** Whether the one number of each row is a label or the like, not a row of one column. */
  readonly isList?: boolean | undefined;
}

/** Rows to be written: chunks, as a Source gives them, or runs of numbers. */
export type WritableRows = AsyncIterable<WideRows | Numbers> | Iterable<WideRows | Numbers>;

/** How rows are written. */
export interface WriteOptions {
  /** The format, whatever the name ends with. */
  readonly format?: RowFormatName | undefined;
  /** Numbers in a row of runs that are bare typed arrays; without it each number is a row, as labels are. */
  readonly columns?: number | undefined;
  /** CSV, TSV, JSON lines: whether each line begins with the name of its part, and the time where it is known. */
  readonly names?: boolean | undefined;
  /** Kaldi archives: whether a number is kept in a byte, as `copy-feats --compress=true` does. */
  readonly compress?: boolean | undefined;
  /** Ends the writing with its reason; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
}

const writeOptions = {
  format: oneOf(rowFormats),
  columns: whole(1),
  names: trueOrFalse,
  compress: trueOrFalse,
  signal: abortSignal,
} satisfies OptionTable<WriteOptions>;

/**
 * Writes rows as a file, whole or not at all, in the format that its name ends with: .npy, .csv, .tsv, .jsonl, .h5, .h5f (h5features), .ark, .htk, .parquet
 * or .arrow. Numbers are written as they are, of the type of the first.
 *
 * Archives and h5features keep the parts of chunks apart, by their names. A path with `{name}` in it writes a file for each part; `ark,scp:a.ark,a.scp` an archive and
 * the list of its entries.
 *
 * @returns how many rows were written.
 * @throws SettingError for a name or option that is none; DataError for rows of different types or widths, or parts of one name.
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
  const { columns: asked, ...rest } = options;
  const output = rowOutput(path, rest);
  const all = rows instanceof Source ? rows.arriving() : rows;
  const items: AsyncIterator<WideRows | Numbers> | Iterator<WideRows | Numbers> =
    Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]();
  const first = await items.next();
  let columns = asked;
  if (!first.done && !ArrayBuffer.isView(first.value) && !first.value.isList) columns ??= first.value.dimensions;
  let written = 0;
  async function* runs(): AsyncGenerator<RowRun> {
    try {
      for (let item = first; !item.done; item = await items.next()) {
        const run: RowRun & { readonly dimensions?: number } = ArrayBuffer.isView(item.value)
          ? { data: item.value }
          : item.value;
        if (run.dimensions !== undefined && run.dimensions !== (columns ?? 1)) {
          throw new DataError(
            'ragged-row',
            `${path}: received rows of ${run.dimensions} numbers after rows of ${columns ?? 1}`,
            { source: path },
          );
        }
        written += run.data.length / (columns ?? 1);
        yield run;
      }
    } finally {
      await items.return?.();
    }
  }
  const isSparse = !first.done && 'components' in first.value && first.value.components !== undefined;
  await output.write({ runs: runs(), columns, isSparse });
  return written;
}
