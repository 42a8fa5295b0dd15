// The table of formats.
import { DataError, SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';
import { splitColumns } from './beside.ts';
import { decompressed, nameInside, refuseCompressed } from './compression/compressed.ts';
import { isFlatRows } from './rows.ts';
import type {
  DescribedFormat,
  Format,
  Input,
  Opener,
  ReadOptions,
  Table,
  TablePlace,
  TableProperties,
} from './table.ts';
import { inThread } from './thread/reader-thread.ts';
import { isPlainObject } from './values/named-rows.ts';

/** A format whose reader is loaded when the first file of it is opened. */
const loaded = (described: DescribedFormat, load: () => Promise<Opener>): Format => ({
  ...described,
  open: async (input, options, from) => (await load()).open(input, options, from),
});

/** Formats that can be read; a new one is one file and one row. */
export const formats = {
  npy: loaded({ extensions: ['.npy'], takes: [] }, async () => (await import('./binary/npy.ts')).npy),
  npz: loaded(
    { extensions: ['.npz'], takes: [], needsFile: true, hasNames: true },
    async () => (await import('./binary/npz.ts')).npz,
  ),
  csv: loaded(
    { extensions: ['.csv'], takes: ['columns', 'delimiter', 'header', 'utteranceColumn'], isDecoded: true },
    async () => (await import('./text/csv.ts')).csv,
  ),
  tsv: loaded(
    { extensions: ['.tsv'], takes: ['columns', 'header', 'utteranceColumn'], isDecoded: true },
    async () => (await import('./text/csv.ts')).tsv,
  ),
  txt: loaded(
    { extensions: ['.txt', '.dat'], takes: ['columns', 'header', 'utteranceColumn'], isDecoded: true },
    async () => (await import('./text/whitespace.ts')).table,
  ),
  jsonl: loaded(
    { extensions: ['.jsonl', '.ndjson'], takes: ['columns', 'utteranceColumn'], isDecoded: true },
    async () => (await import('./text/jsonl.ts')).jsonl,
  ),
  h5: inThread('h5', { extensions: ['.h5', '.hdf5', '.h5f'], takes: [], needsFile: true, hasNames: true }),
  mat: inThread('mat', { extensions: ['.mat'], takes: [], needsFile: true, hasNames: true }),
  ark: loaded({ extensions: ['.ark'], takes: [] }, async () => (await import('./speech/ark.ts')).ark),
  'wav.scp': {
    ...loaded(
      { extensions: ['wav.scp'], takes: ['channel', 'allowCommands', 'segments'] },
      async () => (await import('./speech/recordings.ts')).recordings,
    ),
    filesOf: async (input) => (await import('./speech/recordings.ts')).recordingFiles(await decompressed(input)),
  },
  scp: {
    ...loaded(
      { extensions: ['.scp'], takes: ['channel', 'allowCommands', 'segments'] },
      async () => (await import('./speech/scp.ts')).scp,
    ),
    filesOf: async (input) => (await import('./speech/scp.ts')).filesOf(await decompressed(input)),
  },
  htk: loaded(
    { extensions: ['.htk', '.fea', '.mfc', '.plp', '.fbk'], takes: [] },
    async () => (await import('./speech/htk.ts')).htk,
  ),
  parquet: inThread('parquet', {
    extensions: ['.parquet'],
    takes: ['columns', 'utteranceColumn'],
    needsFile: true,
    isDecoded: true,
  }),
  arrow: inThread('arrow', {
    extensions: ['.arrow', '.arrows', '.feather'],
    takes: ['columns', 'utteranceColumn'],
    isDecoded: true,
  }),
  wav: {
    ...loaded(
      { extensions: ['.wav'], takes: ['channel'], isInThread: true },
      async () => (await import('./speech/wav.ts')).wav,
    ),
    look: async (input, options) => (await import('./speech/wav.ts')).wav.look(input, options),
  },
} satisfies Record<string, Format>;

/** Name of a file format. */
export type FormatName = keyof typeof formats;

/** The format that a file's name ends with, or that of what is compressed in it. */
export function formatOf(path: string): Format | undefined {
  const lower = nameInside(path).toLowerCase();
  return Object.values<Format>(formats).find(({ extensions }) => extensions.some((ending) => lower.endsWith(ending)));
}

/** Name of a format. */
export const nameOf = (format: Format): FormatName =>
  (Object.keys(formats) as FormatName[]).find((name) => formats[name] === format)!;

/** Options that some formats take. */
const OF_FORMATS = [
  'columns',
  'delimiter',
  'header',
  'channel',
  'utteranceColumn',
  'allowCommands',
  'segments',
] as const;

/** Options that a format does not take would be ignored in silence: they are refused. */
export function checkOptions(format: Format, options: ReadOptions, name: string): void {
  for (const option of OF_FORMATS) {
    if (options[option] === undefined || format.takes.includes(option)) continue;
    throw new SettingError(
      'setting-conflict',
      `${option}: ${name} is of a format that has no such option: leave it out`,
      { setting: option },
    );
  }
}

/** Opens an input, or the rest of it; the column of weights, if one is named, is taken out of the data. */
export async function openAs(format: Format, input: Input, options: ReadOptions, from?: TablePlace): Promise<Table> {
  const { path } = input;
  if (format.needsFile && path !== undefined) refuseCompressed(path, nameOf(format));
  const isPlain = format.needsFile || (format.isInThread && path !== undefined); // or will be
  const table = await openOrClose(format, isPlain ? input : await decompressed(input, options.signal), options, from);
  const { weightColumn, timeColumn } = options;
  if (weightColumn === undefined && timeColumn === undefined) return table;
  const place = (column: string | number | undefined, setting: string): number | undefined =>
    column === undefined ? undefined : placeOf(column, table.dimensions, input.name, setting);
  try {
    return splitColumns(table, input.name, {
      weightAt: table.weightAt ?? place(weightColumn, 'weightColumn'),
      timeAt: table.timeAt ?? place(timeColumn, 'timeColumn'),
    });
  } catch (error) {
    await table.close();
    throw error;
  }
}

/** What is known of an input before its rows are read. */
export async function lookAs(format: Format, input: Input, options: ReadOptions): Promise<TableProperties> {
  const { weightColumn, timeColumn } = options;
  if (format.look && weightColumn === undefined && timeColumn === undefined) return format.look(input, options);
  const table = await openAs(format, input, options);
  await table.close();
  return table;
}

const OF_BYTES = ['format', 'frontEnd', ...OF_FORMATS] as const;

/** Refuses options for reading bytes when the data are rows; rows that are objects have columns. */
export function refuseReading(options: ReadOptions & { readonly format?: unknown }, name: string, rows: unknown): void {
  const isNamed = isPlainObject(Array.isArray(rows) ? rows[0] : rows) && !isFlatRows(rows);
  if (options.weightColumn !== undefined && !isNamed) {
    throw new SettingError(
      'setting-conflict',
      `weightColumn: ${name} is no file of a known format: give weights, or a chunk's own`,
      { setting: 'weightColumn' },
    );
  }
  const named = (['utteranceColumn', 'timeColumn'] as const).find((option) => options[option] !== undefined);
  if (named)
    throw new SettingError(
      'setting-conflict',
      `${named}: ${name} comes as rows, not as a file: give chunks with a name and times`,
      { setting: named },
    );
  const foreign = OF_BYTES.find((option) => options[option] !== undefined && !(isNamed && option === 'columns'));
  if (foreign)
    throw new SettingError(
      'setting-conflict',
      `${foreign}: ${name} comes as rows, not as bytes or a file: leave it out`,
      { setting: foreign },
    );
}

/** Opens an input; if that fails, everything opened is closed. */
async function openOrClose(
  format: Format,
  input: Input,
  options: ReadOptions,
  from: TablePlace | undefined,
): Promise<Table> {
  const begun: AsyncGenerator<Uint8Array>[] = [];
  const remembered =
    (read: Input['bytes']) =>
    (start?: number): AsyncGenerator<Uint8Array> => {
      const pieces = piecesOf(read(start));
      begun.push(pieces);
      return pieces;
    };
  const { bytes, lentBytes } = input;
  try {
    return await format.open(
      {
        ...input,
        bytes: remembered((start) => bytes(start)),
        ...(lentBytes && { lentBytes: remembered((start) => lentBytes(start)) }),
      },
      options,
      from,
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
function placeOf(column: string | number, width: number, name: string, setting: string): number {
  const place = Number(column) - 1;
  if (Number.isSafeInteger(place) && place >= 0 && place < width) return place;
  throw new DataError(
    'unknown-column',
    `${name} has no column ${JSON.stringify(column)}; it has 1 to ${width} (it has no column names)`,
    { source: name, column, setting },
  );
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
      'missing-setting',
      `${name}: received bytes: say which format they are in (format: ${Object.keys(formats).join('|')}); numbers are Array.from(bytes)`,
      { setting: 'format' },
    );
  }
  if (Object.hasOwn(formats, format)) return formats[format];
  throw new SettingError(
    'bad-setting',
    `format: received ${shown(format)}, expected ${Object.keys(formats).join(', ')}`,
    { setting: 'format' },
  );
}
