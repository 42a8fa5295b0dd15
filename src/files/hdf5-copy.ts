// Copies what an HDF5 file holds into another, but for what is to be replaced.
import { Dataset, Group } from 'h5wasm/node';
import { FileError } from '../errors.ts';
import type { Path } from './group-names.ts';

/** Members of others that are larger are not carried over when a file has to be written anew. */
const LARGEST_COPY = 1 << 30;
const MOST_MEMBERS = 10_000;
const NUMBERS = /^<?[bBhHiIlLqQfd]$/;
const TEXT = /^S/;

const NONE: ReadonlySet<string> = new Set();

/** What is left out of a copy. */
export interface Left {
  /** Groups, as paths, whose own datasets and attributes are to be replaced. */
  readonly replaced: readonly Path[];
  /** Groups directly in the file that are left out whole. */
  readonly without?: ReadonlySet<string>;
}

/** Copies all members of a group but those to be left out. */
export function copyMembers(from: Group, to: Group, left: Left): void {
  if (!isReplaced(left)) copyAttributes(from, to);
  for (const [key, below] of membersOf(from, left)) {
    const member = from.get(key);
    if (member instanceof Group) copyMembers(member, to.create_group(key), below);
    else copyDataset(member as Dataset, key, to);
  }
}

/** Whether it is the group itself whose datasets and attributes are to be replaced. */
const isReplaced = ({ replaced }: Left): boolean => replaced.some((path) => path.length === 0);

/** What is copied of a group, and of each member what is left out below it. */
function* membersOf(group: Group, left: Left): Generator<[key: string, below: Left]> {
  const { replaced, without = NONE } = left;
  for (const key of group.keys()) {
    if (without.has(key) || (isReplaced(left) && group.get(key) instanceof Dataset)) continue;
    yield [key, { replaced: replaced.filter(([first]) => first === key).map((path) => path.slice(1)) }];
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

/**
 * Checks that all that has to be copied can be, to the bit; before anything is written.
 *
 * @throws FileError that names what cannot.
 */
export function checkMembers(group: Group, path: string, left: Left, prefix = '', seen = { members: 0 }): void {
  if (!isReplaced(left)) checkAttributes(group, path, prefix);
  for (const [key, below] of membersOf(group, left)) {
    const name = `${prefix}/${key}`;
    if (++seen.members > MOST_MEMBERS)
      throw notCarried(path, `more than ${MOST_MEMBERS} members, or a group within itself`);
    const member = isSoftLink(group, key) ? null : group.get(key);
    if (member instanceof Group) checkMembers(member, path, below, name, seen);
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
