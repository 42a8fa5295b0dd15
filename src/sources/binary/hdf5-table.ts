// Opens HDF5 files as tables, and finds datasets in them.
import { Dataset, type File, Group } from 'h5wasm/node';
import { DataError } from '../../errors.ts';
import { asDataError, closeHdf5, openHdf5 } from '../../files/hdf5.ts';
import { printable } from '../../util/shown.ts';
import type { Batch, Input, Table } from '../table.ts';
import type { StoredMatrix } from './hdf5-matrix.ts';

const MOST_LISTED = 20;
const DEEPEST_LISTED = 6;

/** Opens a file, and makes a table of what is found in it, which closes it. */
export async function hdf5Table(
  { name, path }: Input,
  make: (file: File, path: string) => Table | Promise<Table>,
): Promise<Table> {
  if (path === undefined)
    throw new DataError('needs-file', `${name}: HDF5 cannot be read from a pipe: give the path of a file`, {
      source: name,
    });
  const file = await openHdf5(path, name);
  try {
    const table = await make(file, path);
    const close = async (): Promise<void> => {
      await table.close();
      closeHdf5(file);
    };
    return { ...table, batches: explained(table.batches, name), close };
  } catch (error) {
    closeHdf5(file);
    throw asDataError(error, name);
  }
}

/** The rows of one matrix, or those from a row on. */
export function tableOfMatrix(matrix: StoredMatrix, from = 0): Table {
  const { rows, dimensions } = matrix;
  const begins = matrix.sliceBefore(Math.min(from, rows));
  async function* batches(): AsyncGenerator<Batch> {
    yield* matrix.slices(begins);
  }
  return { dimensions, rows, begins, batches: batches(), close: async () => {} };
}

async function* explained(batches: AsyncIterable<Batch>, name: string): AsyncGenerator<Batch> {
  try {
    yield* batches;
  } catch (error) {
    throw asDataError(error, name);
  }
}

/** Paths of datasets, as messages show them. */
export const listed = (paths: readonly string[]): string =>
  paths.length === 0 ? 'no datasets' : paths.slice(0, 8).map(printable).join(', ') + (paths.length > 8 ? ', …' : '');

/** Error where one of several datasets is to be named. */
export const notNamed = (name: string, paths: readonly string[], what = 'dataset'): DataError =>
  new DataError(
    'unknown-dataset',
    `${name} has ${listed(paths)}: name one ${what}, as in ${name}:${printable(paths[0] ?? '/data')}`,
    { source: name },
  );

/** The datasets below a group, as many as are of use in a message; links can lead in circles. */
export function datasetPaths(group: Group, prefix = '', found: string[] = [], depth = 0): string[] {
  for (const key of group.keys()) {
    if (found.length >= MOST_LISTED || depth > DEEPEST_LISTED) return found;
    const entity = group.get(key);
    if (entity instanceof Dataset) found.push(`${prefix}/${key}`);
    else if (entity instanceof Group) datasetPaths(entity, `${prefix}/${key}`, found, depth + 1);
  }
  return found;
}
