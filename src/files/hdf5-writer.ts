// Writes a group into an HDF5 file, and keeps the rest.
import { copyFile, stat } from 'node:fs/promises';
import { Dataset, type File, Group } from 'h5wasm/node';
import { FileError } from '../errors.ts';
import { checkWritable, rewriteAtomically } from './atomic.ts';
import { checkedSteps, type Path, stepsOf } from './group-names.ts';
import { lookUp, type ShapedValues, withHdf5, writeHdf5 } from './hdf5.ts';
import { checkMembers, copyMembers } from './hdf5-copy.ts';

/** Text, a float64, or an int32. */
export type Attribute = string | number | Int32Array;

/** A group of numbers to be written. */
export interface GroupToWrite {
  /** Its name, with slashes between the groups that it is in. */
  readonly name: string;
  readonly datasets: ReadonlyMap<string, ShapedValues>;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/**
 * Whether groups go into a new file, beside the others of an existing one, or into a file that is written anew without what they
 * replace: themselves, and models that are out of date.
 */
type Plan = { readonly way: 'create' | 'add' | 'replace'; readonly without: ReadonlySet<string> };

/** Says of models directly in the file, by their groups, whether they are to go. */
export type IsStale = (group: string) => boolean;

const NONE: ReadonlySet<string> = new Set();

/**
 * Puts groups of numbers into an HDF5 file, all of them or none. What else an existing file holds stays, but for models that are
 * stale: the file is copied and added to; or, as HDF5 groups cannot be replaced here, written anew with copies of the others.
 */
export async function writeGroups(path: string, groups: readonly GroupToWrite[], isStale?: IsStale): Promise<void> {
  const names = groups.map(({ name }) => name);
  await rewriteAtomically(path, async (temporary) => {
    const { way, without } = await planGroups(path, names, isStale);
    const left = { replaced: names.map(stepsOf), without };
    if (way === 'add') await copyFile(path, temporary);
    await writeHdf5(temporary, way === 'add' ? 'a' : 'w', async (file) => {
      if (way === 'replace') await withHdf5(path, path, (old) => copyMembers(old, file, left));
      for (const group of groups) fill(createGroups(file, group.name), group);
    });
  });
}

function fill(group: Group, { datasets, attributes }: GroupToWrite): void {
  for (const [key, { data, shape }] of datasets) {
    group.create_dataset({ name: key, data, shape: [...shape], dtype: '<d' });
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'number') group.create_attribute(key, value, [], '<d');
    else group.create_attribute(key, value, typeof value === 'string' ? null : []);
  }
}

/** Fails now if `writeGroups` would fail later. */
export async function checkGroups(path: string, names: readonly string[], isStale?: IsStale): Promise<void> {
  await planGroups(path, names, isStale);
  await checkWritable(path);
}

async function planGroups(path: string, names: readonly string[], isStale: IsStale = () => false): Promise<Plan> {
  const replaced = names.map(checkedSteps);
  const holds = await stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
  if (!holds) return { way: 'create', without: NONE };
  return withHdf5(path, path, (file) => {
    for (const steps of replaced) checkAbove(file, path, steps);
    const tops = new Set(replaced.map(([top]) => top));
    const without = new Set(file.keys().filter((key) => !tops.has(key) && isStale(key) && isModelOnly(file, key)));
    const areOccupied = names.filter((name) => isOccupied(file, path, name)).length > 0;
    if (!areOccupied && without.size === 0) return { way: 'add', without };
    checkMembers(file, path, { replaced, without });
    return { way: 'replace', without };
  });
}

/** Checks that what a group is to be in is no dataset. */
function checkAbove(file: File, path: string, steps: Path): void {
  for (let i = 1; i < steps.length; i++) {
    const above = steps.slice(0, i).join('/');
    if (lookUp(file, above) instanceof Dataset) throw occupied(path, above);
  }
}

/** An attribute of what was written here, which is a model unless it is the beginning of one. */
const OWN_MARK = 'format_version';

/** Whether there is a model in the place; anything else there is an error. */
function isOccupied(file: File, path: string, name: string): boolean {
  const there = lookUp(file, name);
  if (there === undefined) return false;
  if (!(there instanceof Group)) throw occupied(path, name);
  const datasets = there.keys().filter((key) => there.get(key) instanceof Dataset);
  if (datasets.length === 0 && Object.keys(there.attrs).length === 0) return false;
  if (!datasets.includes('log_weights') && !(OWN_MARK in there.attrs)) throw occupied(path, name);
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

function createGroups(file: File, name: string): Group {
  return stepsOf(name).reduce<Group>(
    (group, step) => (lookUp(group, step) as Group | undefined) ?? group.create_group(step),
    file,
  );
}
