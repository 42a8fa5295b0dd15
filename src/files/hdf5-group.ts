// Looks for a group of an HDF5 file, and reads it.
import { Group } from 'h5wasm/node';
import { DataError } from '../errors.ts';
import { datasetsOf, lookUp, type ShapedValues, withHdf5 } from './hdf5.ts';

/** The datasets of numbers, and the attributes, of a group. */
export interface StoredGroup {
  readonly datasets: ReadonlyMap<string, ShapedValues>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Reads a group of an HDF5 file.
 *
 * @throws DataError where the file is damaged, or has no such group; what the system throws where it cannot be read.
 */
export const readGroup = (path: string, name: string): Promise<StoredGroup> =>
  withHdf5(path, path, (file) => {
    const group = lookUp(file, name);
    if (!(group instanceof Group)) {
      throw new DataError(
        'unknown-dataset',
        `${path} has no group ${name}; it has ${file.keys().join(', ') || 'none'}: name one with group`,
        { source: path, setting: 'group' },
      );
    }
    const attributes: Record<string, unknown> = {};
    for (const [key, attribute] of Object.entries(group.attrs)) attributes[key] = attribute.value;
    return { datasets: datasetsOf(group), attributes };
  });

/** Whether an HDF5 file has such a group, whatever is in it. */
export const hasGroup = (path: string, name: string): Promise<boolean> =>
  withHdf5(path, path, (file) => lookUp(file, name) instanceof Group);
