import { open } from 'node:fs/promises';
import type { AsyncRecordBatchStreamReader, DataType, RecordBatch, Vector } from 'apache-arrow';
import { DataError, MegaMixError, messageOf } from '../errors.ts';
import { readMessages } from './arrow-messages.ts';
import { ByteReader } from './bytes.ts';
import { type Column, type ColumnLayout, damaged, layOutColumns, rowsOfColumns, type Values } from './columnar.ts';
import { decompressLz4 } from './lz4.ts';
import type { Batch, Format, Input, ReadOptions, Table } from './table.ts';

type Arrow = typeof import('apache-arrow');

/**
 * Arrow's IPC files (Feather version 2) and streams: columns of numbers, or one of lists of fixed length, plain, LZ4 or Zstandard. A
 * record batch is held at a time. Read by apache-arrow.
 */
export const arrow: Format = {
  extensions: ['.arrow', '.arrows', '.feather'],
  takes: ['columns'],
  open: openArrow,
};

async function openArrow({ name, path, bytes, lentBytes = bytes }: Input, options: ReadOptions): Promise<Table> {
  const arrow = await load();
  const bytesReader = new ByteReader(lentBytes());
  const messages = readMessages(bytesReader, name, path === undefined ? undefined : () => schemaOf(path, arrow));
  const close = async (): Promise<void> => {
    await messages.return(undefined);
    await bytesReader.close();
  };
  try {
    const reader = (await arrow.RecordBatchReader.from(messages)) as AsyncRecordBatchStreamReader;
    await reader.open();
    const { fields } = reader.schema;
    const columns = fields.map((field) => columnOf(field.name, field.type, arrow));
    const layout = layOutColumns(name, columns, options);
    const [only] = layout.places;
    const dimensions = layout.isVector ? fields[only!]!.type.listSize : layout.places.length;
    if (!(dimensions >= 1)) throw damaged(name, `lists of ${dimensions} numbers`);
    const batches = readBatches(reader, layout, dimensions, arrow);
    return { dimensions, batches, weightAt: layout.weightAt, close };
  } catch (error) {
    await close();
    throw asDataError(error, name);
  }
}

let loading: Promise<Arrow> | undefined;

/** apache-arrow, with what decompresses. */
function load(): Promise<Arrow> {
  loading ??= (async () => {
    const [arrow, { decompressZstd }] = await Promise.all([import('apache-arrow'), import('hyparquet-compressors')]);
    arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, { decode: (bytes) => decompressZstd(bytes).slice() });
    arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, { decode: decompressLz4 });
    return arrow;
  })();
  return loading;
}

/** The message of the schema that a file has in its footer. */
async function schemaOf(path: string, { Message, RecordBatchReader }: Arrow): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const reader = await RecordBatchReader.from(file);
    await reader.open();
    return Message.encode(Message.from(reader.schema));
  } finally {
    await file.close();
  }
}

function columnOf(name: string, type: DataType, { DataType: types }: Arrow): Column {
  const item = types.isFixedSizeList(type) ? type.children[0]!.type : undefined;
  return { name, type: String(type), numbers: numbersOf(item ?? type, types), isVector: item !== undefined };
}

function numbersOf(type: DataType, types: Arrow['DataType']): Column['numbers'] {
  if (types.isBool(type)) return 'float32';
  if (types.isInt(type)) return type.bitWidth <= 16 ? 'float32' : 'float64';
  if (types.isFloat(type)) return type.precision === 2 ? 'float64' : 'float32';
  return undefined;
}

async function* readBatches(
  reader: AsyncRecordBatchStreamReader,
  layout: ColumnLayout,
  dimensions: number,
  arrow: Arrow,
): AsyncGenerator<Batch> {
  let before = 0;
  try {
    for await (const batch of reader) {
      if (batch.numRows > 0)
        yield* rowsOfColumns(layout, valuesOf(batch, layout, dimensions, arrow), batch.numRows, before);
      before += batch.numRows;
    }
  } catch (error) {
    throw asDataError(error, layout.name);
  }
}

function valuesOf(batch: RecordBatch, layout: ColumnLayout, dimensions: number, arrow: Arrow): Values[] {
  const { name, places, isVector } = layout;
  const vectors = places.map((place) => batch.getChildAt(place)!);
  for (const vector of vectors) {
    const isWhole = vector.length === batch.numRows && (isVector || isThere(vector, 1));
    if (!isWhole || (isVector && !isThere(vector.getChildAt(0)!, dimensions))) {
      throw damaged(name, `${batch.numRows} rows that are not all there`);
    }
  }
  if (!isVector) return vectors.map((vector) => toValues(vector, arrow));
  const [vector] = vectors as [Vector];
  if (vector.nullCount === 0) return [toValues(vector.getChildAt(0)!, arrow)];
  const missing = new Array<null>(dimensions).fill(null);
  return [[...(vector as Iterable<Vector | null>)].flatMap((row) => (row ? [...(row as Iterable<number>)] : missing))];
}

/** Whether there are as many numbers as a vector says. */
function isThere({ data, length, type }: Vector, width: number): boolean {
  const [only] = data;
  const bits = only?.values ? 8 * (only.values as Uint8Array).byteLength : 0;
  const hasBitmap = only?.nullBitmap && only.nullBitmap.length > 0;
  const least = type.bitWidth ?? 1;
  return (
    data.length === 1 &&
    bits >= length * least &&
    (!hasBitmap || 8 * only.nullBitmap.length >= length) &&
    length % width === 0
  );
}

/** The numbers as they are, where they are all there and need no decoding. */
function toValues(vector: Vector, { DataType: types }: Arrow): Values {
  const { type, nullCount } = vector;
  const isPlain = types.isInt(type) || (types.isFloat(type) && type.precision !== 0);
  return nullCount === 0 && isPlain ? (vector.toArray() as Values) : [...(vector as Iterable<number | null>)];
}

/** Whatever the reader stumbles over is damage. */
function asDataError(error: unknown, name: string): unknown {
  if (error instanceof MegaMixError || typeof (error as NodeJS.ErrnoException).code === 'string') return error;
  return new DataError(
    `${name} cannot be read as Arrow, it is damaged or uses what is not supported: ${messageOf(error)}`,
  );
}
