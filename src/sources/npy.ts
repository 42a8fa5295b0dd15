import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { OpenFile } from '../storage/open-file.ts';
import { ByteReader, latin1 } from './bytes.ts';
import { type NumberType, numberTypes } from './number-types.ts';
import { readRows, toNumbers } from './stored-rows.ts';
import type { Batch, Format, ReadOptions, Table } from './table.ts';

const MAGIC = '\x93NUMPY';
const LONGEST_HEADER = 1 << 20;

/** What the header of an array says. */
interface Layout {
  readonly name: string;
  readonly numberType: NumberType;
  readonly isSwapped: boolean;
  readonly isColumnMajor: boolean;
  readonly rows: number;
  readonly dimensions: number;
}

/**
 * NumPy's array files, versions 1 to 3: two-dimensional, of any real or whole numbers, either byte order; column-major (Fortran)
 * order from files only, as every chunk takes something of the whole. Source: NEP 1, and numpy.lib.format.
 */
export const npy: Format = {
  extensions: ['.npy'],
  takes: [],
  open: ({ name, path, bytes, lentBytes = bytes }, options) => openNpy(name, lentBytes(), options, path),
};

/** Opens an array as bytes of their own, or as those of a file. */
export async function openNpy(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  { isList = false, isLive = false }: ReadOptions,
  path?: string,
): Promise<Table> {
  const reader = new ByteReader(bytes);
  try {
    const layout = parseHeader(await readHeader(reader, name), name, isList);
    const { rows, dimensions } = layout;
    if (!layout.isColumnMajor) {
      return { dimensions, rows, batches: readAll(reader, layout, isLive), close: () => reader.close() };
    }
    if (path === undefined) {
      throw new DataError(
        `${name}: column-major (Fortran) order can be read from a file only: save it to one, or with numpy.ascontiguousarray`,
      );
    }
    const start = reader.position;
    await reader.close();
    return { dimensions, rows, batches: readColumns(path, start, layout), close: async () => {} };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* readAll(reader: ByteReader, layout: Layout, isLive: boolean): AsyncGenerator<Batch> {
  const { name, rows } = layout;
  yield* readRows(reader, { ...layout, cutShort: (found) => cutShort(layout, found) }, isLive);
  if ((await reader.peek()) !== undefined) {
    throw new DataError(`${name}: it goes on after the ${rows} rows that its header claims: write it again`);
  }
}

/** Of every chunk each column is a run of its own in the file. */
async function* readColumns(path: string, start: number, layout: Layout): AsyncGenerator<Batch> {
  const { name, rows, dimensions, numberType } = layout;
  const { bytes, make } = numberType;
  const file = await OpenFile.open(path);
  try {
    const { size } = await file.stat();
    const expected = start + rows * dimensions * bytes;
    if (size < expected) throw cutShort(layout, Math.floor((size - start) / (dimensions * bytes)));
    if (size > expected) throw new DataError(`${name}: it goes on after what its header claims: write it again`);
    const length = Math.min(rowsPerChunk(dimensions), rows);
    const stored = new Uint8Array(length * bytes);
    const column = make(length);
    for (let done = 0; done < rows; done += length) {
      const count = Math.min(length, rows - done);
      const data = make(count * dimensions);
      let allFinite: true | undefined = true;
      for (let j = 0; j < dimensions; j++) {
        const raw = stored.subarray(0, count * bytes);
        const position = start + (j * rows + done) * bytes;
        const { bytesRead } = await file.read(raw, 0, raw.length, position);
        if (bytesRead < raw.length) throw cutShort(layout, done);
        const values = column.subarray(0, count);
        if (toNumbers(layout, raw, values) !== true) allFinite = undefined;
        for (let n = 0, at = j; n < count; n++, at += dimensions) data[at] = values[n]!;
      }
      yield { data, allFinite };
    }
  } finally {
    await file.close();
  }
}

function cutShort({ name, rows, dimensions }: Layout, found: number): DataError {
  return new DataError(
    `${name}: its header claims ${rows} rows of ${dimensions} numbers, but it ends after ${found} rows: ` +
      'the file was cut short, write it again',
  );
}

async function readHeader(reader: ByteReader, name: string): Promise<string> {
  const start = await reader.read(new Uint8Array(8));
  if (start.length === 0) throw new DataError(`${name} is empty: expected an .npy array`);
  if (start.length < 8 || latin1(start.subarray(0, 6)) !== MAGIC) {
    throw new DataError(`${name} is not an .npy file (it does not begin with \\x93NUMPY)`);
  }
  const version = start[6]!;
  if (version < 1 || version > 3)
    throw new DataError(`${name}: .npy version ${version}; versions 1, 2 and 3 are known`);
  const lengthBytes = await reader.read(new Uint8Array(version === 1 ? 2 : 4));
  const length = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (length > LONGEST_HEADER) throw new DataError(`${name}: its header claims ${length} bytes; the file is damaged`);
  const header = await reader.read(new Uint8Array(length));
  if (lengthBytes.length < 2 || header.length < length)
    throw new DataError(`${name} ends within its header: the file was cut short`);
  return version === 3 ? new TextDecoder().decode(header) : latin1(header);
}

function parseHeader(header: string, name: string, isList: boolean): Layout {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  if (!descr || !order || !shape)
    throw new DataError(`${name}: its .npy header cannot be understood: ${header.trim()}`);
  const lengths = shape[1]!.split(',').flatMap((text) => (text.trim() ? [Number.parseInt(text, 10)] : []));
  const described = descr[1] ?? 'a record';
  const [, byteOrder, key] = /^([<>=|]?)(\w+)$/.exec(described) ?? [];
  const numberType = key !== undefined && Object.hasOwn(numberTypes, key) ? numberTypes[key] : undefined;
  if (!numberType) {
    throw new DataError(
      `${name}: its numbers are '${described}'; expected whole numbers, float16, float32 or float64: ` +
        "save it again with .astype('float64')",
    );
  }
  if (isList && lengths.length === 1) lengths.push(1);
  if (lengths.length !== 2) {
    throw new DataError(
      `${name}: an array of ${lengths.length} dimensions, shape (${lengths.join(', ')}); expected 2, rows × columns: ` +
        `${lengths.length === 1 ? 'save it again with .reshape(-1, 1) if every number is a row' : 'reshape it'}`,
    );
  }
  const [rows, dimensions] = lengths as [number, number];
  if (dimensions === 0) throw new DataError(`${name}: its rows have no columns`);
  const isColumnMajor = order[1] === 'True' && rows > 1 && dimensions > 1;
  return { name, numberType, isSwapped: byteOrder === '>', isColumnMajor, rows, dimensions };
}
