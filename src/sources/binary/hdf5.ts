// HDF5 datasets, read in slices.
import { statSync } from 'node:fs';
import { Dataset, type File, Group } from 'h5wasm/node';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { asDataError, closeHdf5, lookUp, openHdf5, readRaw } from '../../files/hdf5.ts';
import { printable } from '../../util/shown.ts';
import type { Batch, Opener, Table } from '../table.ts';
import { checkFilters, numberTypeOf } from './hdf5-types.ts';
import type { NumberType } from './number-types.ts';

const MOST_LISTED = 20;
const DEEPEST_LISTED = 6;
/** A slice of rows is no longer than this; compressed chunks are decompressed whole. */
const MOST_BYTES = 2 ** 28;
/** Gzip makes nothing shorter than by this. */
const MOST_RATIO = 1032;
const UNWRITTEN_BYTES = 2 ** 28;

/** A two-dimensional dataset of numbers, read in slices that end on the boundaries of its chunks. */
export const hdf5: Opener = {
  async open({ name, path, inside }, _, from): Promise<Table> {
    if (path === undefined)
      throw new DataError('needs-file', `${name}: HDF5 cannot be read from a pipe: give the path of a file`, {
        source: name,
      });
    const file = await openHdf5(path, name);
    try {
      const dataset = chooseDataset(file, inside, name);
      checkFilters(dataset, name);
      const numberType = numberTypeOf(dataset, path, name);
      const [rows, dimensions] = checkShape(dataset, name);
      checkSize(path, rows * dimensions * numberType.bytes, name);
      const row = Math.min(from?.row ?? 0, rows);
      const begins = row > 0 ? row - (row % rowsOfSlice(dataset, numberType.bytes, dimensions, name)) : 0;
      return {
        dimensions,
        rows,
        begins,
        batches: readSlices(dataset, numberType, begins, rows, dimensions, name),
        close: async () => closeHdf5(file),
      };
    } catch (error) {
      closeHdf5(file);
      throw asDataError(error, name);
    }
  },
};

async function* readSlices(
  dataset: Dataset,
  numberType: NumberType,
  begins: number,
  rows: number,
  dimensions: number,
  name: string,
): AsyncGenerator<Batch> {
  try {
    const sliceRows = rowsOfSlice(dataset, numberType.bytes, dimensions, name);
    for (let start = begins; start < rows; start += sliceRows) {
      const end = Math.min(rows, start + sliceRows);
      const raw = readRaw(dataset, [start, 0], [end - start, dimensions], numberType.bytes);
      yield toBatch(numberType, raw);
    }
  } catch (error) {
    throw asDataError(error, name);
  }
}

function toBatch(numberType: NumberType, raw: Uint8Array<ArrayBuffer>): Batch {
  const { bytes, decode } = numberType;
  if (!decode) return { data: bytes === 8 ? new Float64Array(raw.buffer) : new Float32Array(raw.buffer) };
  const data = numberType.make(raw.length / bytes);
  return { data, allFinite: decode(raw, data) || undefined };
}

/** About a chunk of rows, and whole chunks of the file. */
function rowsOfSlice({ metadata, filters }: Dataset, bytes: number, dimensions: number, name: string): number {
  const most = Math.floor(MOST_BYTES / (bytes * dimensions));
  const chunkRows = Math.max(1, metadata.chunks?.[0] ?? 1);
  if (most === 0)
    throw new DataError('too-large', `${name}: rows of ${dimensions} numbers, more than are held at a time`, {
      source: name,
    });
  if (chunkRows <= most) {
    return (
      Math.max(1, Math.min(Math.floor(most / chunkRows), Math.round(rowsPerChunk(dimensions) / chunkRows))) * chunkRows
    );
  }
  if (filters.length === 0) return Math.min(most, rowsPerChunk(dimensions));
  throw new DataError(
    'too-large',
    `${name}: compressed chunks of ${chunkRows} rows of ${dimensions} numbers, more than the ${MOST_BYTES / 2 ** 20} MiB ` +
      'that are held at a time: write it with smaller chunks',
    { source: name },
  );
}

function chooseDataset(file: File, inside: string | undefined, name: string): Dataset {
  if (inside !== undefined) {
    const found = lookUp(file, inside);
    if (found instanceof Dataset) return found;
    throw new DataError(
      'unknown-dataset',
      `${name} has no dataset ${inside}; it has ${listed(datasetPaths(file, ''))}`,
      { source: name },
    );
  }
  const paths = datasetPaths(file, '');
  const only = paths.length === 1 ? lookUp(file, paths[0]!) : undefined;
  if (only instanceof Dataset) return only;
  throw new DataError(
    'unknown-dataset',
    `${name} has ${listed(paths)}: name one dataset, as in ${name}:${printable(paths[0] ?? '/data')}`,
    { source: name },
  );
}

const listed = (paths: readonly string[]): string =>
  paths.length === 0 ? 'no datasets' : paths.slice(0, 8).map(printable).join(', ') + (paths.length > 8 ? ', …' : '');

/** The datasets below a group, as many as are of use in a message; links can lead in circles. */
function datasetPaths(group: Group, prefix: string, found: string[] = [], depth = 0): string[] {
  for (const key of group.keys()) {
    if (found.length >= MOST_LISTED || depth > DEEPEST_LISTED) return found;
    const entity = group.get(key);
    if (entity instanceof Dataset) found.push(`${prefix}/${key}`);
    else if (entity instanceof Group) datasetPaths(entity, `${prefix}/${key}`, found, depth + 1);
  }
  return found;
}

/** Rows that were never written are in no file, and are not read for ever. */
function checkSize(path: string, bytes: number, name: string): void {
  const { size } = statSync(path);
  if (bytes <= Math.max(UNWRITTEN_BYTES, MOST_RATIO * size)) return;
  throw new DataError(
    'truncated',
    `${name}: a dataset of ${bytes} bytes in a file of ${size}: most of it was never written`,
    { source: name },
  );
}

function checkShape({ shape }: Dataset, name: string): [number, number] {
  if (shape?.length !== 2 || shape[1] === 0) {
    const what = shape ? `of shape (${shape.join(', ')})` : 'that holds nothing (its dataspace is null)';
    throw new DataError('wrong-shape', `${name}: a dataset ${what}; expected two dimensions, rows × columns`, {
      source: name,
    });
  }
  return [shape[0]!, shape[1]!];
}
