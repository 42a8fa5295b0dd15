// HDF5 files: datasets of rows, and groups of h5features.
import { Dataset, type File } from 'h5wasm/node';
import { DataError } from '../../errors.ts';
import { lookUp } from '../../files/hdf5.ts';
import type { Opener } from '../table.ts';
import { featuresIn, tableOfFeatures } from './h5features.ts';
import { StoredMatrix } from './hdf5-matrix.ts';
import { datasetPaths, hdf5Table, listed, notNamed, tableOfMatrix } from './hdf5-table.ts';

/** A two-dimensional dataset of numbers, read in slices that end on the boundaries of its chunks; or the items of h5features. */
export const hdf5: Opener = {
  open: (input, _, from) =>
    hdf5Table(input, (file, path) => {
      const { name, inside } = input;
      const features = featuresIn(file, inside, name);
      if (features) return tableOfFeatures(features, path, name, from);
      return tableOfMatrix(new StoredMatrix(chooseDataset(file, inside, name), path, name), from?.row);
    }),
};

function chooseDataset(file: File, inside: string | undefined, name: string): Dataset {
  if (inside !== undefined) {
    const found = lookUp(file, inside);
    if (found instanceof Dataset) return found;
    throw new DataError('unknown-dataset', `${name} has no dataset ${inside}; it has ${listed(datasetPaths(file))}`, {
      source: name,
    });
  }
  const paths = datasetPaths(file);
  const only = paths.length === 1 ? lookUp(file, paths[0]!) : undefined;
  if (only instanceof Dataset) return only;
  throw notNamed(name, paths);
}
