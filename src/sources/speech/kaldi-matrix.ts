// A binary Kaldi matrix, by its type.
import { DataError } from '../../errors.ts';
import { type NumberType, numberTypes } from '../binary/number-types.ts';
import { readRows, type StoredRows } from '../binary/stored-rows.ts';
import { type ByteReader, latin1, shown } from '../bytes.ts';
import { MOST_COLUMNS } from '../chunk-stream.ts';
import type { Place } from '../place.ts';
import type { Batch, ReadOptions } from '../table.ts';
import { bytesOfColumns, columnsCompressed, linear } from './kaldi-compressed.ts';
import { readTextMatrix } from './kaldi-text.ts';
import type { UtteranceMatrix } from './matrix.ts';

type Open = (reader: ByteReader, place: Place, options: ReadOptions) => Promise<UtteranceMatrix>;

/** Numbers as they are, or as whole numbers between the least and the largest, by rows. */
const types: Readonly<Record<string, Open>> = {
  FM: (reader, place, options) => openPlain(reader, place, options, numberTypes.f4!),
  DM: (reader, place, options) => openPlain(reader, place, options, numberTypes.f8!),
  CM: openColumns,
  CM2: (reader, place, options) => openLinear(reader, place, options, 2),
  CM3: (reader, place, options) => openLinear(reader, place, options, 1),
};

/** One number for each row, such as row weights are. */
const vectorTypes: Readonly<Record<string, NumberType>> = { FV: numberTypes.f4!, DV: numberTypes.f8! };

/** Other types that Kaldi writes; \x04 is the size of a whole number. */
const others: Readonly<Record<string, string>> = {
  SM: 'a sparse matrix',
  SV: 'a sparse vector',
  FP: 'a packed matrix',
  DP: 'a packed matrix',
};
const WHOLE = '\x04';

const LONGEST_TOKEN = 16;
const SPACE = 32;

/**
 * Reads a matrix of a Kaldi table: binary (FM, DM and the compressed CM, CM2, CM3) or text. Source: Kaldi's matrix/kaldi-matrix.cc and
 * matrix/compressed-matrix.cc.
 */
export async function readMatrix(reader: ByteReader, place: Place, options: ReadOptions): Promise<UtteranceMatrix> {
  if ((await reader.peek()) !== 0) return readTextMatrix(reader, place, options);
  const mark = latin1(await reader.read(new Uint8Array(2)));
  if (mark !== '\0B') throw mark.length < 2 ? cutShort(place) : notKnown(place, shown(Buffer.from(mark, 'latin1')));
  if ((await reader.peek()) === WHOLE.charCodeAt(0)) throw notKnown(place, 'of whole numbers, such as alignments are');
  const token = latin1((await reader.readUntil([SPACE], LONGEST_TOKEN)) ?? new Uint8Array(0));
  const type = token.slice(0, -1);
  if (Object.hasOwn(types, type) && token.endsWith(' ')) return types[type]!(reader, place, options);
  const vector = Object.hasOwn(vectorTypes, type) ? vectorTypes[type] : undefined;
  if (!vector) throw token.length > 0 && !token.endsWith(' ') ? cutShort(place) : notKnown(place, nameOf(type));
  if (!options.isList) {
    throw new DataError(
      'wrong-shape',
      `${place}: a vector (${type}); expected a matrix, rows × columns: were other features meant?`,
      { source: place.source },
    );
  }
  const rows = await readSize(reader, place);
  return plain(reader, place, options, { numberType: vector, rows, dimensions: 1 });
}

/** Error for bytes that end too early. */
export const cutShort = (place: Place, what = 'it ends within its matrix'): DataError =>
  new DataError('truncated', `${place}: ${what}: the file was cut short, write it again`, { source: place.source });

function nameOf(type: string): string {
  const name = shown(Buffer.from(type, 'latin1'));
  return Object.hasOwn(others, type) ? `${name}, ${others[type]}` : name;
}

function notKnown(place: Place, type: string): DataError {
  return new DataError(
    'wrong-format',
    `${place}: received the type ${type}, expected a matrix: ${Object.keys(types).join(', ')}, or text in [ ]`,
    { source: place.source },
  );
}

async function openPlain(
  reader: ByteReader,
  place: Place,
  options: ReadOptions,
  numberType: NumberType,
): Promise<UtteranceMatrix> {
  const rows = await readSize(reader, place);
  return plain(reader, place, options, { numberType, rows, dimensions: await readSize(reader, place) });
}

function plain(
  reader: ByteReader,
  place: Place,
  { isLive }: ReadOptions,
  { numberType, rows, dimensions }: Pick<StoredRows, 'numberType' | 'rows' | 'dimensions'>,
): UtteranceMatrix {
  checkShape(place, rows, dimensions);
  const cutShort = (found: number): DataError => missingRows(place, rows, dimensions, found);
  const stored = { numberType, isSwapped: false, rows, dimensions, cutShort };
  const batches = readRows(reader, stored, isLive);
  return { dimensions: rows === 0 ? 0 : dimensions, batches };
}

async function openLinear(
  reader: ByteReader,
  place: Place,
  options: ReadOptions,
  bytes: 1 | 2,
): Promise<UtteranceMatrix> {
  const { least, range, rows, dimensions } = await readRange(reader, place);
  return plain(reader, place, options, { numberType: linear(bytes, least, range), rows, dimensions });
}

async function openColumns(reader: ByteReader, place: Place): Promise<UtteranceMatrix> {
  const shape = await readRange(reader, place);
  const { rows, dimensions } = shape;
  const bytes = bytesOfColumns(place, rows, dimensions);
  async function* batches(): AsyncGenerator<Batch> {
    const stored = await reader.readSome(bytes);
    if (stored.length < bytes) {
      throw cutShort(
        place,
        `it claims ${rows} rows of ${dimensions} numbers, ${bytes} bytes, but ends after ${stored.length}`,
      );
    }
    yield* columnsCompressed(stored, shape);
  }
  return { dimensions: rows === 0 ? 0 : dimensions, batches: batches() };
}

async function readRange(
  reader: ByteReader,
  place: Place,
): Promise<{ least: number; range: number; rows: number; dimensions: number }> {
  const header = await reader.read(new Uint8Array(16));
  if (header.length < 16) throw cutShort(place);
  const view = new DataView(header.buffer);
  const [rows, dimensions] = [view.getInt32(8, true), view.getInt32(12, true)];
  checkShape(place, rows, dimensions);
  return { least: view.getFloat32(0, true), range: view.getFloat32(4, true), rows, dimensions };
}

/** A whole number, which follows on the number of its bytes. */
async function readSize(reader: ByteReader, place: Place): Promise<number> {
  const bytes = await reader.read(new Uint8Array(5));
  if (bytes.length < 5) throw cutShort(place);
  if (bytes[0] !== 4)
    throw new DataError('damaged', `${place}: its size is of ${bytes[0]} bytes, expected 4: the file is damaged`, {
      source: place.source,
    });
  return new DataView(bytes.buffer).getInt32(1, true);
}

function checkShape(place: Place, rows: number, dimensions: number): void {
  if (rows >= 0 && dimensions >= 0 && dimensions <= MOST_COLUMNS && (dimensions > 0 || rows === 0)) return;
  throw new DataError('damaged', `${place}: it claims ${rows} rows of ${dimensions} numbers: the file is damaged`, {
    source: place.source,
  });
}

function missingRows(place: Place, rows: number, dimensions: number, found: number): DataError {
  return cutShort(place, `it claims ${rows} rows of ${dimensions} numbers, but ends after ${found} rows`);
}
