// The table of formats.
import { DataError, SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';
import { arrow } from './binary/arrow.ts';
import { hdf5 } from './binary/hdf5.ts';
import { npy } from './binary/npy.ts';
import { npz } from './binary/npz.ts';
import { parquet } from './binary/parquet.ts';
import { decompressed, nameInside, refuseCompressed } from './compression/compressed.ts';
import { isFlatRows } from './rows.ts';
import { ark } from './speech/ark.ts';
import { htk } from './speech/htk.ts';
import { scp } from './speech/scp.ts';
import { wav } from './speech/wav.ts';
import type { Format, Input, ReadOptions, Table } from './table.ts';
import { csv, tsv } from './text/csv.ts';
import { jsonl } from './text/jsonl.ts';
import { table } from './text/whitespace.ts';
import { inThread } from './thread/reader-thread.ts';
import { isPlainObject } from './values/named-rows.ts';
import { splitWeights } from './weights.ts';

/** What can be read; a new format is one file and one row. */
export const formats = {
  npy,
  npz,
  csv,
  tsv,
  txt: table,
  jsonl,
  h5: inThread('h5', hdf5),
  ark,
  scp,
  htk,
  parquet: inThread('parquet', parquet),
  arrow: inThread('arrow', arrow),
  wav,
} satisfies Record<string, Format>;

/** Name of a file format. */
export type FormatName = keyof typeof formats;

/** The format that a file's name ends with, or that of what is compressed in it. */
export function formatOf(path: string): Format | undefined {
  const lower = nameInside(path).toLowerCase();
  return Object.values<Format>(formats).find(({ extensions }) => extensions.some((ending) => lower.endsWith(ending)));
}

/** What a format is called. */
export const nameOf = (format: Format): FormatName =>
  (Object.keys(formats) as FormatName[]).find((name) => formats[name] === format)!;

/** Options that a format does not take would be ignored in silence: they are refused. */
export function checkOptions(format: Format, options: ReadOptions, name: string): void {
  for (const option of ['columns', 'delimiter', 'header', 'channel', 'frontEnd'] as const) {
    if (options[option] === undefined || format.takes.includes(option)) continue;
    throw new SettingError(`${option}: ${name} is of a format that has no such option: leave it out`);
  }
}

/** Opens an input; the column of weights, if one is named, is taken out of the data. */
export async function openAs(format: Format, input: Input, options: ReadOptions): Promise<Table> {
  const { path } = input;
  if (format.needsFile && path !== undefined) refuseCompressed(path, nameOf(format));
  const table = await openOrClose(
    format,
    format.needsFile ? input : await decompressed(input, options.signal),
    options,
  );
  const { weightColumn } = options;
  if (weightColumn === undefined) return table;
  try {
    return splitWeights(table, input.name, table.weightAt ?? placeOf(weightColumn, table.dimensions, input.name));
  } catch (error) {
    await table.close();
    throw error;
  }
}

const OF_BYTES = ['format', 'columns', 'delimiter', 'header', 'channel', 'frontEnd'] as const;

/** What says how bytes are to be read would be ignored of rows; rows that are objects have columns. */
export function refuseReading(options: ReadOptions & { readonly format?: unknown }, name: string, rows: unknown): void {
  const isNamed = isPlainObject(Array.isArray(rows) ? rows[0] : rows) && !isFlatRows(rows);
  if (options.weightColumn !== undefined && !isNamed) {
    throw new SettingError(`weightColumn: ${name} is no file of a known format: give weights, or a chunk's own`);
  }
  const foreign = OF_BYTES.find((option) => options[option] !== undefined && !(isNamed && option === 'columns'));
  if (foreign) throw new SettingError(`${foreign}: ${name} comes as rows, not as bytes or a file: leave it out`);
}

/** Opens an input; where that fails, whatever was begun to be read of it is let go. */
async function openOrClose(format: Format, input: Input, options: ReadOptions): Promise<Table> {
  const begun: AsyncGenerator<Uint8Array>[] = [];
  const remembered = (read: () => AsyncIterable<Uint8Array>) => (): AsyncGenerator<Uint8Array> => {
    const pieces = piecesOf(read());
    begun.push(pieces);
    return pieces;
  };
  const { bytes, lentBytes } = input;
  try {
    return await format.open(
      {
        ...input,
        bytes: remembered(() => bytes()),
        ...(lentBytes && { lentBytes: remembered(() => lentBytes()) }),
      },
      options,
    );
  } catch (error) {
    await Promise.all(begun.map((pieces) => pieces.return(undefined)));
    throw error;
  }
}

async function* piecesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

/** Where a column is, from 0, in a format that knows no names. */
function placeOf(column: string | number, width: number, name: string): number {
  const place = Number(column) - 1;
  if (Number.isSafeInteger(place) && place >= 0 && place < width) return place;
  throw new DataError(`${name} has no column ${JSON.stringify(column)}; it has 1 to ${width} (it has no column names)`);
}

/** How files are read. */
export interface FileOptions extends ReadOptions {
  /** Format, whatever the names of the files end with; required for streams of bytes. */
  readonly format?: FormatName | undefined;
}

/**
 * The format that bytes are in.
 *
 * @throws SettingError where that is not said.
 */
export function formatFor(format: FormatName | undefined, name: string): Format {
  if (format === undefined) {
    throw new SettingError(
      `${name}: received bytes: say which format they are in (--format ${Object.keys(formats).join('|')}); numbers are Array.from(bytes)`,
    );
  }
  if (Object.hasOwn(formats, format)) return formats[format];
  throw new SettingError(`format: received ${shown(format)}, expected ${Object.keys(formats).join(', ')}`);
}
