import { Dataset, type File, Group } from 'h5wasm/node';
import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { asDataError, lookUp, openHdf5 } from '../storage/h5.ts';
import type { Batch, Format, Table } from './table.ts';

const MOST_LISTED = 20;
const DEEPEST_LISTED = 6;

/** A two-dimensional dataset of numbers, read in slices that end on the boundaries of its chunks. */
export const hdf5: Format = {
  extensions: ['.h5', '.hdf5'],
  takes: [],
  needsFile: true,
  hasNames: true,
  async open({ name, path, inside }): Promise<Table> {
    if (path === undefined) throw new DataError(`${name}: HDF5 cannot be read from a pipe: give the path of a file`);
    const file = await openHdf5(path, name);
    try {
      const dataset = chooseDataset(file, inside, name);
      const [rows, dimensions] = checkShape(dataset, name);
      return {
        dimensions,
        rows,
        batches: readSlices(dataset, rows, dimensions, name),
        close: async () => void file.close(),
      };
    } catch (error) {
      file.close();
      throw asDataError(error, name);
    }
  },
};

async function* readSlices(dataset: Dataset, rows: number, dimensions: number, name: string): AsyncGenerator<Batch> {
  try {
    const chunkRows = dataset.metadata.chunks?.[0] ?? 1;
    const sliceRows = Math.max(1, Math.round(rowsPerChunk(dimensions) / chunkRows)) * chunkRows;
    for (let start = 0; start < rows; start += sliceRows) {
      const end = Math.min(rows, start + sliceRows);
      const data = toFloats(dataset.slice([[start, end], []]));
      if (data?.length !== (end - start) * dimensions) {
        throw new DataError(`${name}: rows ${start + 1} to ${end} cannot be read: the file is damaged`);
      }
      yield { data };
    }
  } catch (error) {
    throw asDataError(error, name);
  }
}

function chooseDataset(file: File, inside: string | undefined, name: string): Dataset {
  if (inside !== undefined) {
    const found = lookUp(file, inside);
    if (found instanceof Dataset) return found;
    throw new DataError(`${name} has no dataset ${inside}; it has ${listed(datasetPaths(file, ''))}`);
  }
  const paths = datasetPaths(file, '');
  const only = paths.length === 1 ? lookUp(file, paths[0]!) : undefined;
  if (only instanceof Dataset) return only;
  throw new DataError(`${name} has ${listed(paths)}: name one dataset, as in ${name}:${paths[0] ?? '/data'}`);
}

const listed = (paths: readonly string[]): string =>
  paths.length === 0 ? 'no datasets' : paths.slice(0, 8).join(', ') + (paths.length > 8 ? ', …' : '');

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

function checkShape(dataset: Dataset, name: string): [number, number] {
  const { shape } = dataset;
  if (shape?.length !== 2 || shape[1] === 0) {
    throw new DataError(
      `${name}: a dataset of shape (${shape?.join(', ') ?? ''}); expected two dimensions, rows × columns`,
    );
  }
  if (!/^[<>|]?[bBhHiIlLqQfd]$/.test(String(dataset.dtype))) {
    throw new DataError(
      `${name}: a dataset of type ${JSON.stringify(dataset.dtype)}; expected integers, float32 or float64`,
    );
  }
  return [shape[0]!, shape[1]!];
}

function toFloats(values: unknown): Float64Array | Float32Array | undefined {
  if (values instanceof Float64Array || values instanceof Float32Array) return values;
  if (!ArrayBuffer.isView(values)) return undefined;
  return Float64Array.from(values as unknown as ArrayLike<number | bigint>, Number);
}
