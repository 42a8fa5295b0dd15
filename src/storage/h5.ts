import { open } from 'node:fs/promises';
import h5wasm, { Dataset, File, Group } from 'h5wasm/node';
import { DataError, MegaMixError, messageOf } from '../errors.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

let started: Promise<void> | undefined;

/** h5wasm returns garbage where it fails to read, unless told to throw; once is enough. */
function start(): Promise<void> {
  started ??= h5wasm.ready.then((module) => {
    (module as unknown as { activate_throwing_error_handler(): void }).activate_throwing_error_handler();
  });
  return started;
}

/**
 * Opens an HDF5 file for reading, uses it, and closes it.
 *
 * @throws DataError where the file is missing, no HDF5, cut short or damaged.
 */
export async function withHdf5<T>(path: string, name: string, use: (file: File) => T | Promise<T>): Promise<T> {
  const file = await openHdf5(path, name);
  try {
    return await use(file);
  } catch (error) {
    throw asDataError(error, name);
  } finally {
    file.close();
  }
}

/** Opens an HDF5 file for reading; the caller closes it. */
export async function openHdf5(path: string, name: string): Promise<File> {
  await checkSignature(path, name);
  await start();
  try {
    const file = new File(path, 'r');
    if (file.file_id >= 0n) return file;
  } catch (error) {
    throw asDataError(error, name);
  }
  throw new DataError(`${name} cannot be opened as HDF5: it is cut short or damaged`);
}

/** Creates an HDF5 file, or opens a copy to add to. */
export async function writeHdf5(path: string, mode: 'w' | 'a', use: (file: File) => Promise<void>): Promise<void> {
  await start();
  try {
    const file = new File(path, mode);
    try {
      await use(file);
      file.flush();
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof MegaMixError) throw error;
    throw new DataError(`${path} cannot be written as HDF5 (is the disk full?): ${causeOf(error)}`);
  }
}

/** What h5wasm throws is the dump of a stack; its user needs one line. */
export function asDataError(error: unknown, name: string): MegaMixError {
  if (error instanceof MegaMixError) return error;
  return new DataError(
    `${name} cannot be read as HDF5, it is damaged or uses what is not supported: ${causeOf(error)}`,
  );
}

/** The innermost line of the dump, which says what failed first. */
function causeOf(error: unknown): string {
  const message = messageOf(error);
  const causes = [...message.matchAll(/#\d+:.*?\(\): (.*)/g)];
  return (causes.at(-1)?.[1] ?? message.split('\n')[0]!).slice(0, 200);
}

/** Follows a path of groups; undefined where there is nothing. */
export function lookUp(file: Group, path: string): Dataset | Group | undefined {
  let place: Dataset | Group = file;
  for (const step of path.split('/').filter(Boolean)) {
    if (!(place instanceof Group) || !place.keys().includes(step)) return undefined;
    const next = place.get(step);
    if (!(next instanceof Dataset) && !(next instanceof Group)) return undefined;
    place = next;
  }
  return place;
}

async function checkSignature(path: string, name: string): Promise<void> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    if (bytesRead < 8 || !buffer.equals(SIGNATURE)) {
      throw new DataError(`${name} is ${bytesRead === 0 ? 'empty' : 'not an HDF5 file'}: expected one`);
    }
  } finally {
    await handle.close();
  }
}

/** Numbers with their shape; () for one number. */
export interface Values {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** All datasets of numbers directly in a group. */
export function datasetsOf(group: Group): Map<string, Values> {
  const datasets = new Map<string, Values>();
  for (const key of group.keys()) {
    const entity = group.get(key);
    if (!(entity instanceof Dataset)) continue;
    const { value, shape } = entity;
    const data =
      typeof value === 'number' ? Float64Array.of(value) : ArrayBuffer.isView(value) ? toFloat64(value) : undefined;
    if (data) datasets.set(key, { data, shape: shape ?? [] });
  }
  return datasets;
}

const toFloat64 = (values: ArrayBufferView): Float64Array =>
  Float64Array.from(values as unknown as ArrayLike<number | bigint>, Number);
