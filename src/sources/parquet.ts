import type { AsyncBuffer, ColumnChunk, ParquetScan, SchemaTree } from 'hyparquet';
import { DataError, MegaMixError, messageOf } from '../errors.ts';
import { OpenFile } from '../storage/open-file.ts';
import { raggedRow } from './cells.ts';
import { type Column, type ColumnLayout, damaged, layOutColumns, rowsOfColumns, type Values } from './columnar.ts';
import { checkPages } from './parquet-pages.ts';
import type { Batch, Format, Table } from './table.ts';

/** Rows that are decoded at a time where the file says where they are; a page has no more, usually. */
const STEP_ROWS = 1 << 17;
/** Where it does not, a row group is decoded whole: as so many bytes at the most. */
const MOST_BYTES = 2 ** 29;
const FOOTER_BYTES = 12;

/**
 * Parquet: columns of numbers, or one of lists of the same length, in any encoding and compression. A row group is held at a time, or
 * a part of it if the file has a page index. Read by hyparquet.
 */
export const parquet: Format = {
  extensions: ['.parquet'],
  takes: ['columns'],
  needsFile: true,
  async open({ name, path }, options): Promise<Table> {
    if (path === undefined) throw new DataError(`${name}: Parquet cannot be read from a pipe: give the path of a file`);
    const file = await OpenFile.open(path);
    try {
      const buffer = await bufferOf(file, name);
      const scan = await openScan(buffer, name);
      const schema = await columnsOf(scan, name);
      const layout = layOutColumns(name, schema, options);
      const names = layout.places.map((place) => schema[place]!.name);
      if (new Set(schema.map((column) => column.name)).size < schema.length) {
        throw new DataError(`${name}: several columns have the same name: rename them`);
      }
      const rows = Number(scan.metadata.num_rows);
      const dimensions = layout.isVector ? await widthOf(scan, buffer, names[0]!, name) : names.length;
      const batches = readGroups(scan, buffer, names, layout, dimensions);
      return { dimensions, rows, batches, weightAt: layout.weightAt, close: () => file.close() };
    } catch (error) {
      await file.close();
      throw asDataError(error, name);
    }
  },
};

async function bufferOf(file: OpenFile, name: string): Promise<AsyncBuffer> {
  const { size } = await file.stat();
  if (size < FOOTER_BYTES)
    throw new DataError(`${name} is ${size === 0 ? 'empty' : 'too short'}: expected a Parquet file`);
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    if (!(start >= 0 && start <= end && end <= size)) throw damaged(name, `bytes ${start} to ${end} of ${size}`);
    const bytes = new Uint8Array(end - start);
    for (let filled = 0; filled < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw damaged(name, 'it was cut short while it was read');
      filled += bytesRead;
    }
    return bytes.buffer;
  };
  return {
    byteLength: size,
    slice(start, end = size) {
      const reading = read(start, end);
      reading.catch(() => {}); // thrown where it is awaited, if it ever is
      return reading;
    },
  };
}

async function openScan(file: AsyncBuffer, name: string): Promise<ParquetScan> {
  const [{ parquetScan }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  const scan = await parquetScan({ file, compressors, utf8: false, geoparquet: false });
  const { row_groups: groups, num_rows: rows } = scan.metadata;
  const sum = groups.reduce((total, group) => total + group.num_rows, 0n);
  if (sum !== rows || groups.some((group) => group.num_rows < 0n)) {
    throw damaged(name, `${rows} rows, but ${sum} in its row groups`);
  }
  return scan;
}

async function columnsOf({ metadata }: ParquetScan, name: string): Promise<Column[]> {
  const { parquetSchema } = await import('hyparquet');
  const { children } = parquetSchema(metadata);
  for (const { columns } of metadata.row_groups) {
    if (columns.length < children.length) throw damaged(name, `${columns.length} columns in a row group`);
  }
  return children.map(columnOf);
}

function columnOf(tree: SchemaTree): Column {
  const { element } = tree;
  const item = itemOf(tree);
  return {
    name: element.name,
    type: element.logical_type?.type ?? element.converted_type ?? element.type ?? 'GROUP',
    numbers: numbersOf(item ?? tree),
    isVector: item !== undefined,
  };
}

/** What lists are of. */
function itemOf({ element, children }: SchemaTree): SchemaTree | undefined {
  if (element.converted_type !== 'LIST' && element.logical_type?.type !== 'LIST') return undefined;
  const [list] = children;
  return children.length === 1 && list!.children.length === 1 ? list!.children[0] : undefined;
}

const INTEGERS = /^U?INT_(8|16|32|64)$/;

function numbersOf({ element, children }: SchemaTree): Column['numbers'] {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (children.length > 0 || element.repetition_type === 'REPEATED') return undefined;
  if (type === 'FIXED_LEN_BYTE_ARRAY' && logical?.type === 'FLOAT16') return 'float32';
  if ((converted && !INTEGERS.test(converted)) || (logical && logical.type !== 'INTEGER')) return undefined;
  if (type === 'FLOAT') return 'float32';
  return type === 'DOUBLE' || type === 'INT32' || type === 'INT64' || type === 'BOOLEAN' ? 'float64' : undefined;
}

async function* readGroups(
  scan: ParquetScan,
  file: AsyncBuffer,
  names: readonly string[],
  layout: ColumnLayout,
  dimensions: number,
): AsyncGenerator<Batch> {
  const { name, isVector } = layout;
  try {
    for (const { rowStart, rowEnd } of scan.ranges) {
      const chunks = chunksOf(scan, names, rowStart);
      await checkChunks(file, chunks, name);
      const step = stepOf(chunks, rowEnd - rowStart, dimensions, name);
      for (let start = rowStart; start < rowEnd; start += step) {
        const end = Math.min(rowEnd, start + step);
        const columns: Values[] = [];
        for (const column of names) {
          const values = await scan.readColumn({ column, rowStart: start, rowEnd: end });
          if (values.length !== end - start) throw damaged(name, `${values.length} of the rows ${start + 1} to ${end}`);
          columns.push(isVector ? flatten(values as List[], dimensions, name, start) : (values as Values));
        }
        yield* rowsOfColumns(layout, columns, end - start, start);
      }
    }
  } catch (error) {
    throw asDataError(error, name);
  }
}

/** The columns of the row group that begins at a row. */
function chunksOf({ metadata }: ParquetScan, names: readonly string[], rowStart: number): ColumnChunk[] {
  let before = 0;
  const group = metadata.row_groups.find(({ num_rows: rows }) => {
    before += Number(rows);
    return before > rowStart;
  })!;
  return group.columns.filter(({ meta_data: data }) => data && names.includes(data.path_in_schema[0]!));
}

async function checkChunks(file: AsyncBuffer, chunks: readonly ColumnChunk[], name: string): Promise<void> {
  for (const { meta_data: column } of chunks) await checkPages(file, column!, name);
}

/** How many of a row group's rows are read at a time. */
function stepOf(chunks: readonly ColumnChunk[], rows: number, dimensions: number, name: string): number {
  if (chunks.every(({ offset_index_offset: at, offset_index_length: length }) => at && length)) return STEP_ROWS;
  if (rows * dimensions * 8 <= MOST_BYTES) return rows;
  throw new DataError(
    `${name}: row group of ${rows} rows of ${dimensions} numbers, more than the ${MOST_BYTES / 2 ** 20} MiB that are held at a time: ` +
      'write it with smaller ones (row_group_size=100000), or with a page index (write_page_index=True)',
  );
}

type List = Values | null | undefined;

/** How long the first list is. */
async function widthOf(scan: ParquetScan, file: AsyncBuffer, column: string, name: string): Promise<number> {
  if (scan.ranges.length === 0) return 1;
  const { rowStart } = scan.ranges[0]!;
  await checkChunks(file, chunksOf(scan, [column], rowStart), name);
  const [first] = (await scan.readColumn({ column, rowStart, rowEnd: rowStart + 1 })) as List[];
  if (first && first.length > 0) return first.length;
  throw new DataError(`${name}, row 1: received ${first ? 'an empty list' : 'null'}, expected numbers`);
}

/** Lists one after another, which must all be as long; one that is missing is so many missing numbers. */
function flatten(lists: readonly List[], dimensions: number, name: string, before: number): Values {
  const values: Values[number][] = [];
  for (const [n, list] of lists.entries()) {
    if (list && list.length !== dimensions) throw raggedRow(name, before + n + 1, list.length, dimensions);
    for (let j = 0; j < dimensions; j++) values.push(list ? list[j] : null);
  }
  return values;
}

/** Whatever a reader stumbles over is damage. */
function asDataError(error: unknown, name: string): unknown {
  if (error instanceof MegaMixError || typeof (error as NodeJS.ErrnoException).code === 'string') return error;
  return new DataError(
    `${name} cannot be read as Parquet, it is damaged or uses what is not supported: ${messageOf(error)}`,
  );
}
