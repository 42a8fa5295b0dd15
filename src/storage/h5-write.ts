import { copyFile, stat } from 'node:fs/promises';
import { Dataset, Group } from 'h5wasm/node';
import { DataError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import { lookUp, type Values, withHdf5, writeHdf5 } from './h5.ts';

/** Larger datasets of others are not carried over when a file has to be written anew. */
const LARGEST_COPY = 1 << 30;

/** Text, a float64, or an int32. */
export type Attribute = string | number | Int32Array;

/**
 * Puts a group of numbers into an HDF5 file, whole or not at all. What else an existing file holds stays: the file is
 * copied and added to; or, as HDF5 groups cannot be replaced here, written anew with copies of the others.
 */
export async function writeGroup(
  path: string,
  name: string,
  datasets: ReadonlyMap<string, Values>,
  attributes: Readonly<Record<string, Attribute>>,
): Promise<void> {
  const exists = await stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
  const replaces = exists && (await withHdf5(path, path, (file) => lookUp(file, name) !== undefined));
  await writeAtomically(path, async (temporary) => {
    if (exists && !replaces) await copyFile(path, temporary);
    await writeHdf5(temporary, exists && !replaces ? 'a' : 'w', async (file) => {
      if (replaces) await withHdf5(path, path, (old) => copyMembers(old, file, path, name));
      const group = createGroups(file, name);
      for (const [key, { data, shape }] of datasets)
        group.create_dataset({ name: key, data, shape: [...shape], dtype: '<d' });
      for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === 'number') group.create_attribute(key, value, [], '<d');
        else group.create_attribute(key, value, typeof value === 'string' ? null : []);
      }
    });
  });
}

function createGroups(file: Group, path: string): Group {
  let group = file;
  for (const step of path.split('/').filter(Boolean)) {
    const existing = lookUp(group, step);
    if (existing instanceof Dataset)
      throw new DataError(`the group ${path} cannot be written: ${step} is a dataset there`);
    group = existing ?? group.create_group(step);
  }
  return group;
}

/** Copies all but the group `except`. */
function copyMembers(from: Group, to: Group, path: string, except?: string): void {
  copyAttributes(from, to);
  for (const key of from.keys()) {
    const [first, ...rest] = except?.split('/').filter(Boolean) ?? [];
    if (key === first && rest.length === 0) continue;
    const entity = from.get(key);
    if (entity instanceof Group)
      copyMembers(entity, to.create_group(key), path, key === first ? rest.join('/') : undefined);
    else copyDataset(entity instanceof Dataset ? entity : undefined, key, to, path);
  }
}

function copyDataset(dataset: Dataset | undefined, key: string, to: Group, path: string): void {
  const bytes = dataset?.metadata.total_size ? dataset.metadata.total_size * dataset.metadata.size : 0;
  const value = dataset && bytes <= LARGEST_COPY ? dataset.value : null;
  if (!dataset || value === null || typeof dataset.dtype !== 'string') {
    throw new DataError(
      `${path} also holds '${key}', which cannot be carried over when the file is written anew: choose another file, or another --group`,
    );
  }
  const compressed = dataset.filters.some(({ id }) => id === 1);
  const { chunks } = dataset.metadata;
  const copy = to.create_dataset({
    name: key,
    data: (typeof value === 'bigint' ? Number(value) : value) as Float64Array,
    shape: dataset.shape,
    dtype: dataset.dtype,
    ...(chunks ? { chunks } : {}),
    ...(compressed ? { compression: 'gzip' as const } : {}),
  });
  copyAttributes(dataset, copy);
}

function copyAttributes(from: Group | Dataset, to: Group | Dataset): void {
  for (const [key, { value, shape, dtype }] of Object.entries(from.attrs)) {
    if (value !== null) to.create_attribute(key, value as Float64Array, shape, dtype);
  }
}
