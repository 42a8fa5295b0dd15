// NumPy arrays (.npy).
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { OpenFile } from '../../files/open-file.ts';
import { ByteReader } from '../bytes.ts';
import type { Batch, Input, Opener, ReadOptions, Table } from '../table.ts';
import { type ArrayLayout, isStart, readHeader } from './npy-header.ts';
import { chunksBefore, readRows, toNumbers } from './stored-rows.ts';

/**
 * NumPy's array files, versions 1 to 3: two-dimensional, of truth values, whole numbers, float16, float32 or float64, either byte order; column-major (Fortran)
 * order from files only, as every chunk takes something of the whole. Source: NEP 1, and numpy.lib.format.
 */
export const npy: Opener = {
  open: ({ name, path, bytes, lentBytes = bytes }, options, from) =>
    openNpy(name, lentBytes, options, path === undefined ? undefined : { path, row: from?.row ?? 0 }),
};

/** Opens an array as bytes of their own, or as those of a file, of which the rows before one need not be read. */
export async function openNpy(
  name: string,
  bytes: Input['bytes'],
  { isList = false, isLive = false }: ReadOptions,
  file?: { readonly path: string; readonly row: number },
): Promise<Table> {
  let reader = new ByteReader(bytes());
  try {
    const layout = await readHeader(reader, name, isList);
    const { rows, dimensions } = layout;
    const begins = chunksBefore(Math.min(file?.row ?? 0, rows), dimensions);
    if (!layout.isColumnMajor) {
      if (begins > 0) {
        const start = reader.position + begins * dimensions * layout.numberType.bytes;
        await reader.close();
        reader = new ByteReader(bytes(start));
      }
      const batches = readAll(reader, layout, begins, isLive);
      return { dimensions, rows, begins, batches, close: () => reader.close() };
    }
    if (!file) {
      throw new DataError(
        'needs-file',
        `${name}: column-major (Fortran) order can be read from a file only, not compressed: save it to one, or with numpy.ascontiguousarray`,
        { source: name },
      );
    }
    const start = reader.position;
    await reader.close();
    return { dimensions, rows, begins, batches: readColumns(file.path, start, layout, begins), close: async () => {} };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* readAll(
  reader: ByteReader,
  layout: ArrayLayout,
  begins: number,
  isLive: boolean,
): AsyncGenerator<Batch> {
  const { name, rows } = layout;
  const rest = { ...layout, rows: rows - begins, cutShort: (found: number) => cutShort(layout, begins + found) };
  yield* readRows(reader, rest, isLive);
  const next = await reader.read(new Uint8Array(6));
  if (next.length > 0) throw goesOn(name, rows, isStart(next));
}

/** Of every chunk each column is a run of its own in the file. */
async function* readColumns(path: string, start: number, layout: ArrayLayout, begins: number): AsyncGenerator<Batch> {
  const { name, rows, dimensions, numberType } = layout;
  const { bytes, make } = numberType;
  const file = await OpenFile.open(path);
  try {
    const { size } = await file.stat();
    const expected = start + rows * dimensions * bytes;
    if (size < expected) throw cutShort(layout, Math.floor((size - start) / (dimensions * bytes)));
    if (size > expected) {
      const next = new Uint8Array(6);
      await file.read(next, 0, next.length, expected);
      throw goesOn(name, rows, isStart(next));
    }
    const length = Math.min(rowsPerChunk(dimensions), rows);
    const stored = new Uint8Array(length * bytes);
    const column = make(length);
    for (let done = begins; done < rows; done += length) {
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

/** numpy.load takes no notice of what follows: here, those would be rows that are lost in silence. */
function goesOn(name: string, rows: number, isArray: boolean): DataError {
  const what = isArray ? 'another array follows: save each in a file of its own' : 'write it again';
  return new DataError('damaged', `${name}: it goes on after the ${rows} rows that its header claims: ${what}`, {
    source: name,
  });
}

function cutShort({ name, rows, dimensions }: ArrayLayout, found: number): DataError {
  return new DataError(
    'truncated',
    `${name}: its header claims ${rows} rows of ${dimensions} numbers, but it ends after ${found} rows: ` +
      'the file was cut short, write it again',
    { source: name },
  );
}
