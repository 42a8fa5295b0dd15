// The model file, in HDF5.
import { stat } from 'node:fs/promises';
import { DataError, FileError, fileError } from '../errors.ts';
import { checkWritable } from '../files/atomic.ts';
import { checkedSteps } from '../files/group-names.ts';
import type { StoredGroup } from '../files/hdf5-group.ts';
import type { GroupToWrite, IsStale } from '../files/hdf5-writer.ts';
import { type ModelName, models } from '../mixture/model-table.ts';
import { readGroupInThread } from '../sources/thread/reader-thread.ts';
import { type FrontEnd, storedFrontEnd } from '../speech/front-end.ts';
import { abortSignal, anything, type OptionTable, oneOf, text } from '../util/options.ts';
import { checkSeal, checksum, FORMAT_VERSION, sealOf } from './model-checks.ts';
import { attributesOf, datasetsOf, lacksCounts, type ModelState, stateOf } from './model-contents.ts';

export type { ModelState } from './model-contents.ts';

/**
 * Options of `MixtureModel.load`; all but `group` and `signal` are for files that lack something, as those of the
 * Python package.
 */
export interface LoadOptions {
  /** Group in the file; default 'model_fitted'. */
  readonly group?: string | undefined;
  /** Kind of model, if the file does not say. */
  readonly model?: ModelName | undefined;
  /** Number of rows that it was fitted to, or a function that returns it; required if the file has no counts. */
  readonly rows?: number | (() => Promise<number>) | undefined;
  /** Discount of a Pitman–Yor process, in [0, 1), if the file does not say. */
  readonly discount?: number | undefined;
  /** Ends the reading, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `MixtureModel.save`. */
export interface SaveOptions {
  /** Group in the file; default 'model_fitted'. */
  readonly group?: string | undefined;
}

export const groupOptions = { group: text } satisfies OptionTable<SaveOptions>;

export const loadOptions = {
  ...groupOptions,
  model: oneOf(models),
  rows: anything,
  discount: anything,
  signal: abortSignal,
} satisfies OptionTable<LoadOptions>;

/** Where models are unless another group is named. */
export const DEFAULT_GROUP = 'model_fitted';

/** Contents of a group that is to be written. */
export type Stored = Pick<GroupToWrite, 'datasets' | 'attributes'>;

/** Writes a model into a group of an HDF5 file, whole or not at all; other groups of the file stay, but for stale ones. */
export async function saveModel(
  path: string,
  state: ModelState,
  group: string = DEFAULT_GROUP,
  extras?: Stored,
  isStale?: IsStale,
): Promise<void> {
  await saveGroups(path, new Map([[group, storedModel(state, extras)]]), isStale);
}

/** Writes several groups into an HDF5 file, all or none; other groups of the file stay, but for stale ones. */
export async function saveGroups(path: string, groups: ReadonlyMap<string, Stored>, isStale?: IsStale): Promise<void> {
  const { writeGroups } = await import('../files/hdf5-writer.ts');
  const named = Array.from(groups, ([name, { datasets, attributes }]) => {
    const seal = sealOf({ datasets, attributes });
    return { name, datasets, attributes: { ...attributes, seal } };
  });
  await writeGroups(path, named, isStale);
}

/** A model as its group holds it, with further contents. */
export function storedModel(state: ModelState, extras?: Stored): Stored {
  const attributes = { ...attributesOf(state), iter: Int32Array.of(state.iterations), ...extras?.attributes };
  const datasets = new Map([...datasetsOf(state), ...(extras?.datasets ?? [])]);
  return sealed({ datasets, attributes }, state.frontEnd);
}

/** Contents of a group with what all have: how sound became rows, the time, the version of the format, and the checksum. */
export function sealed({ datasets, attributes }: Stored, frontEnd: FrontEnd | undefined): Stored {
  const seal = { time: Date.now() / 1000, format_version: Int32Array.of(FORMAT_VERSION), checksum: checksum(datasets) };
  const sound = frontEnd && { front_end: JSON.stringify(storedFrontEnd(frontEnd)) };
  return { datasets, attributes: { ...attributes, ...seal, ...sound } };
}

/** Fails now if `saveModel` would fail later. */
export async function checkSavable(path: string, group: string = DEFAULT_GROUP, isStale?: IsStale): Promise<void> {
  const isNew = await stat(path).then(
    ({ size }) => size === 0,
    () => true,
  );
  if (isNew) {
    checkedSteps(group);
    return checkWritable(path);
  }
  const { checkGroups } = await import('../files/hdf5-writer.ts');
  await checkGroups(path, [group], isStale);
}

/**
 * Reads a model.
 *
 * @throws DataError where the file is damaged, no model, or does not say what `options` must say then; FileError where it cannot be read.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<ModelState> {
  const { group, signal } = options;
  const stored = await readStored(path, group, signal).catch(async (error) => {
    const isMissing = error instanceof DataError && error.code === 'unknown-dataset';
    throw isMissing && (await hasModel(path, stateGroupOf(group))) ? noModelYet(path, group) : error;
  });
  if (isBeginning(stored)) throw noModelYet(path, group);
  return modelOf(stored, path, options);
}

/** What a group of a model file holds, after a check that it is what was written. */
export async function readStored(path: string, group: string | undefined, signal?: AbortSignal): Promise<StoredGroup> {
  try {
    await checkRegular(path);
    const stored = await readGroupInThread(path, group ?? DEFAULT_GROUP, signal);
    checkSeal(stored, nameOf(path, group));
    return stored;
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** HDF5 looks here and there in a file, which it could wait for without end where that is a pipe. */
export async function checkRegular(path: string): Promise<void> {
  const status = await stat(path);
  if (status.isFile() || status.isDirectory()) return; // the system says of a directory that it is one
  throw new FileError('not-a-file', `${path} cannot be read: a model is in a regular file, not in a pipe or a device`, {
    path,
  });
}

/** The model that a group holds. */
export async function modelOf(stored: StoredGroup, path: string, options: LoadOptions): Promise<ModelState> {
  const { group, model, discount } = options;
  const name = nameOf(path, group);
  try {
    const mustCount = typeof options.rows === 'function' && lacksCounts(stored, model, name);
    const rows = typeof options.rows !== 'function' ? options.rows : mustCount ? await options.rows() : undefined;
    return stateOf(stored, name, { model, discount, rows });
  } catch (error) {
    throw fileError(error, path, 'read'); // rows may have to be counted
  }
}

/** A group as messages name it. */
export const nameOf = (path: string, group: string | undefined): string =>
  group === undefined ? path : `${path}:/${group}`;

/** The group that holds the state of an online fit, beside the group of its model. */
export const stateGroupOf = (group: string = DEFAULT_GROUP): string => `${group}_online`;

/** Whether a group holds the state of an online fit that has no model yet. */
export const isBeginning = ({ datasets, attributes }: StoredGroup): boolean =>
  !datasets.has('log_weights') && typeof attributes.online_settings === 'string';

const noModelYet = (path: string, group: string | undefined): DataError =>
  new DataError(
    'unknown-dataset',
    `${nameOf(path, group)} holds no model yet, only the first rows of an online fit: go on with it`,
    { source: path, setting: 'resume' },
  );

/** Whether an HDF5 file has such a group, whatever is in it. */
export async function hasModel(path: string, group: string = DEFAULT_GROUP): Promise<boolean> {
  try {
    await checkRegular(path);
    return await (await import('../files/hdf5-group.ts')).hasGroup(path, group);
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}
