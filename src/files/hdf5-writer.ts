// Writes a group into an HDF5 file, and keeps the rest.
import { copyFile, stat } from 'node:fs/promises';
import { Dataset, type File, Group } from 'h5wasm/node';
import { FileError, SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';
import { checkWritable, rewriteAtomically } from './atomic.ts';
import { lookUp, type ShapedValues, withHdf5, writeHdf5 } from './hdf5.ts';

/** Text, a float64, or an int32. */
export type Attribute = string | number | Int32Array;

/** Members of others that are larger are not carried over when a file has to be written anew. */
const LARGEST_COPY = 1 << 30;
const MOST_MEMBERS = 10_000;
const NUMBERS = /^<?[bBhHiIlLqQfd]$/;
const TEXT = /^S/;

/**
 * Whether a group goes into a new file, beside the others of an existing one, or into a file that is written anew without what it
 * replaces: itself, and models that are out of date.
 */
type Plan = { readonly way: 'create' | 'add' | 'replace'; readonly without: ReadonlySet<string> };

/** Says of models directly in the file, by their groups, whether they are to go. */
export type IsStale = (group: string) => boolean;

const NONE: ReadonlySet<string> = new Set();

/**
 * Puts a group of numbers into an HDF5 file, whole or not at all. What else an existing file holds stays, but for models that are
 * stale: the file is copied and added to; or, as HDF5 groups cannot be replaced here, written anew with copies of the others.
 */
export async function writeGroup(
  path: string,
  name: string,
  datasets: ReadonlyMap<string, ShapedValues>,
  attributes: Readonly<Record<string, Attribute>>,
  isStale?: IsStale,
): Promise<void> {
  await rewriteAtomically(path, async (temporary) => {
    const { way, without } = await planGroup(path, name, isStale);
    if (way === 'add') await copyFile(path, temporary);
    await writeHdf5(temporary, way === 'add' ? 'a' : 'w', async (file) => {
      if (way === 'replace') await withHdf5(path, path, (old) => copyMembers(old, file, path, stepsOf(name), without));
      const group = createGroups(file, name);
      for (const [key, { data, shape }] of datasets) {
        group.create_dataset({ name: key, data, shape: [...shape], dtype: '<d' });
      }
      for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === 'number') group.create_attribute(key, value, [], '<d');
        else group.create_attribute(key, value, typeof value === 'string' ? null : []);
      }
    });
  });
}

/** Fails now if `writeGroup` would fail later. */
export async function checkGroup(path: string, name: string, isStale?: IsStale): Promise<void> {
  await planGroup(path, name, isStale);
  await checkWritable(path);
}

async function planGroup(path: string, name: string, isStale: IsStale = () => false): Promise<Plan> {
  const steps = stepsOf(name);
  if (steps.length === 0 || steps.some((step) => step === '.' || step === '..')) {
    throw new SettingError('bad-setting', `group: received ${shown(name)}, expected names with slashes between them`, {
      setting: 'group',
    });
  }
  const holds = await stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
  if (!holds) return { way: 'create', without: NONE };
  return withHdf5(path, path, (file) => {
    for (let i = 1; i < steps.length; i++) {
      const above = steps.slice(0, i).join('/');
      if (lookUp(file, above) instanceof Dataset) throw occupied(path, above);
    }
    const without = new Set(file.keys().filter((key) => key !== steps[0] && isStale(key) && isModelOnly(file, key)));
    if (!isOccupied(file, path, name) && without.size === 0) return { way: 'add', without };
    checkMembers(file, path, steps, without);
    return { way: 'replace', without };
  });
}

/** Whether there is a model in the place; anything else there is an error. */
function isOccupied(file: File, path: string, name: string): boolean {
  const there = lookUp(file, name);
  if (there === undefined) return false;
  if (!(there instanceof Group)) throw occupied(path, name);
  const datasets = there.keys().filter((key) => there.get(key) instanceof Dataset);
  if (datasets.length === 0 && Object.keys(there.attrs).length === 0) return false;
  if (!datasets.includes('log_weights')) throw occupied(path, name);
  return true;
}

/** Whether a group holds a model and nothing below it. */
function isModelOnly(file: File, key: string): boolean {
  const group = lookUp(file, key);
  if (!(group instanceof Group)) return false;
  const keys = group.keys();
  return keys.includes('log_weights') && keys.every((member) => group.get(member) instanceof Dataset);
}

function occupied(path: string, name: string): FileError {
  return new FileError(
    'file-occupied',
    `${path} holds something at ${name} that is no model: choose another group, or another file`,
    { path, setting: 'group' },
  );
}

const stepsOf = (name: string): string[] => name.split('/').filter(Boolean);

function createGroups(file: File, name: string): Group {
  return stepsOf(name).reduce<Group>(
    (group, step) => (lookUp(group, step) as Group | undefined) ?? group.create_group(step),
    file,
  );
}

/** Contents of a copy: all members except some, and except the datasets and attributes of the model at `replaced`. */
function* membersOf(
  group: Group,
  replaced: readonly string[] | undefined,
  without: ReadonlySet<string>,
): Generator<[key: string, below: string[] | undefined]> {
  for (const key of group.keys()) {
    if (without.has(key)) continue;
    const below = replaced?.[0] === key ? replaced.slice(1) : undefined;
    if (replaced?.length === 0 && group.get(key) instanceof Dataset) continue;
    yield [key, below];
  }
}

function copyMembers(
  from: Group,
  to: Group,
  path: string,
  replaced: readonly string[] | undefined,
  without: ReadonlySet<string> = NONE,
): void {
  if (replaced?.length !== 0) copyAttributes(from, to);
  for (const [key, below] of membersOf(from, replaced, without)) {
    const member = from.get(key);
    if (member instanceof Group) copyMembers(member, to.create_group(key), path, below);
    else copyDataset(member as Dataset, key, to);
  }
}

function copyDataset(dataset: Dataset, key: string, to: Group): void {
  const { chunks } = dataset.metadata;
  const gzip = dataset.filters.find(({ id }) => id === 1);
  const value = dataset.value;
  const copy = to.create_dataset({
    name: key,
    data: (typeof value === 'bigint' ? BigInt64Array.of(value) : value) as Float64Array,
    shape: dataset.shape,
    dtype: dataset.dtype,
    ...(chunks ? { chunks } : {}),
    ...(gzip ? { compression: gzip.cd_values[0] ?? 6 } : {}),
  });
  copyAttributes(dataset, copy);
}

function copyAttributes(from: Group | Dataset, to: Group | Dataset): void {
  for (const [key, { value, shape, dtype }] of Object.entries(from.attrs)) {
    to.create_attribute(key, value as Float64Array, shape, dtype);
  }
}

/** Whether all that has to be copied can be, to the bit; asked before anything is written. */
function checkMembers(
  group: Group,
  path: string,
  replaced: readonly string[] | undefined,
  without: ReadonlySet<string> = NONE,
  prefix = '',
  seen = { members: 0 },
): void {
  if (replaced?.length !== 0) checkAttributes(group, path, prefix);
  for (const [key, below] of membersOf(group, replaced, without)) {
    const name = `${prefix}/${key}`;
    if (++seen.members > MOST_MEMBERS)
      throw notCarried(path, `more than ${MOST_MEMBERS} members, or a group within itself`);
    const member = isSoftLink(group, key) ? null : group.get(key);
    if (member instanceof Group) checkMembers(member, path, below, NONE, name, seen);
    else if (member instanceof Dataset && carries(member)) checkAttributes(member, path, name);
    else throw notCarried(path, name);
  }
}

const isSoftLink = (group: Group, key: string): boolean =>
  group.get_link(`${group.path}/${key}`.replace('//', '/')) !== null;

function carries({ dtype, shape, metadata, filters }: Dataset): boolean {
  const fixed = metadata.maxshape === null || metadata.maxshape?.join() === shape?.join();
  const plain = typeof dtype === 'string' && (TEXT.test(dtype) || (NUMBERS.test(dtype) && !metadata.vlen));
  return (
    shape !== null &&
    fixed &&
    plain &&
    metadata.total_size * metadata.size <= LARGEST_COPY &&
    filters.every(({ id }) => id <= 3)
  );
}

function checkAttributes(holder: Group | Dataset, path: string, name: string): void {
  for (const [key, { dtype, shape }] of Object.entries(holder.attrs)) {
    if (shape === null || typeof dtype !== 'string' || !(NUMBERS.test(dtype) || TEXT.test(dtype))) {
      throw notCarried(path, `the attribute ${key} of ${name || '/'}`);
    }
  }
}

function notCarried(path: string, what: string): FileError {
  return new FileError(
    'file-occupied',
    `${path} must be written anew to replace the model in it, but it also holds ${what}, which cannot be copied faithfully: ` +
      'choose another group, or another file',
    { path, setting: 'group' },
  );
}
