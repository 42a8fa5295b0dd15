// h5wasm made safe: opening, looking up, errors.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { devNull } from 'node:os';
import h5wasm, { Dataset, File, Group } from 'h5wasm/node';
import { DataError, FileError, fileErrorCode, MegaMixError, messageOf } from '../errors.ts';
import { areHeapsWhole } from './hdf5-heaps.ts';

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const LEAST_USER_BLOCK = 512;

const STANDARD_ERROR = 2;

let started: Promise<void> | undefined;
let library: unknown;
let isBroken = false;

/** h5wasm returns garbage where it fails to read, unless it is set to throw; once is enough. */
async function start(): Promise<void> {
  if (isBroken)
    throw new DataError('damaged', 'HDF5 broke off at a file that is damaged: start again, without that file');
  started ??= h5wasm.ready.then((module) => {
    library = module;
    silence(module as unknown as Memory);
    (module as unknown as { activate_throwing_error_handler(): void }).activate_throwing_error_handler();
  });
  await started;
}

/** It reports by way of a temporary file; where none can be made, it prints a dump, which nobody should see. */
function silence({ FS }: Memory): void {
  try {
    FS.streams[STANDARD_ERROR]!.nfd = openSync(devNull, 'w');
  } catch {
    // it is seen then
  }
}

/**
 * Opens an HDF5 file for reading, uses it, and closes it.
 *
 * @throws DataError where the file is no HDF5, cut short or damaged; what the system throws where it cannot be read.
 */
export async function withHdf5<T>(path: string, name: string, use: (file: File) => T | Promise<T>): Promise<T> {
  if (!withFile(path, areHeapsWhole))
    throw new DataError('damaged', `${name} is damaged (strings that do not end): write it again`, { source: name });
  const file = await openHdf5(path, name);
  try {
    return await use(file);
  } catch (error) {
    throw asDataError(error, name);
  } finally {
    closeHdf5(file);
  }
}

/** Closes a file; after what went wrong in it, that may not be possible any more. */
export function closeHdf5(file: File): void {
  try {
    file.close();
  } catch {
    closeErrorFiles(); // what is to be said was said by the error before
  }
}

/** Opens an HDF5 file for reading; the caller closes it. */
export async function openHdf5(path: string, name: string): Promise<File> {
  checkSignature(path, name);
  await start();
  try {
    const file = new File(path, 'r');
    if (file.file_id >= 0n) return file;
  } catch (error) {
    throw asDataError(error, name);
  }
  throw new DataError('truncated', `${name} is damaged, or cut short, and cannot be opened as HDF5: write it again`, {
    source: name,
  });
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
    closeErrorFiles();
    if (error instanceof MegaMixError) throw error;
    const file = path.replace(/\.[\da-f]{8}\.tmp$/, '');
    const what = /error message = '([^']+)'/.exec(messageOf(error))?.[1] ?? 'is the disk full?';
    throw new FileError(fileErrorCode(error), `${file} cannot be written as HDF5: ${what}`, {
      path: file,
      cause: error,
    });
  }
}

/** h5wasm does not close the temporary files of its errors. */
function closeErrorFiles(): void {
  const { FS } = (library ?? { FS: { streams: [] } }) as Memory;
  for (const stream of FS.streams) if (stream?.path?.includes('tmpfile_')) FS.close(stream);
}

/** h5wasm throws the dump of a stack; its user needs one line. */
export function asDataError(error: unknown, name: string): unknown {
  closeErrorFiles();
  // after an abort the library is in no state that could be relied on
  if (error instanceof WebAssembly.RuntimeError) isBroken = true;
  if (error instanceof MegaMixError || typeof (error as NodeJS.ErrnoException).code === 'string') return error;
  return new DataError(
    'damaged',
    `${name} is damaged, and cannot be read as HDF5 (${causeOf(error)}): write it again`,
    { source: name },
  );
}

/** Meanings of the lines of a dump; the first match counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/fletcher32/i, 'the Fletcher32 checksum of a chunk is wrong'],
  [/inflate|deflate/i, 'a gzip chunk is damaged'],
  [/truncated|past end|end of file|eof|overflow/i, 'it is cut short, or points beyond its end'],
  [/checksum/i, 'the checksum of a header is wrong'],
  [/filter/i, 'a chunk cannot be decompressed'],
  [/external/i, 'its rows are in another file that cannot be read'],
  [/alloc|memory/i, 'it claims more than fits into memory'],
];

function causeOf(error: unknown): string {
  const message = messageOf(error);
  return CAUSES.find(([pattern]) => pattern.test(message))?.[1] ?? 'what it says of itself cannot be';
}

/** Memory of h5wasm, which its types leave out. */
interface Memory {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  readonly FS: {
    readonly streams: readonly ({ readonly path?: string; nfd: number } | null | undefined)[];
    close(stream: object): void;
  };
  create_object_reference(file: bigint, path: string): ArrayLike<number>;
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[],
    offset: readonly bigint[],
    strides: readonly bigint[],
    at: bigint,
  ): number;
}

/** Where the header of a dataset is, from where its file begins. */
export function addressOf({ file_id, path }: Dataset): number {
  const address = (library as Memory).create_object_reference(file_id, path);
  return Number(new DataView(Uint8Array.from(address).buffer).getBigUint64(0, true));
}

/** Bytes of a slice of a dataset, little-endian, `bytes` per number. */
export function readRaw(
  { file_id, path }: Dataset,
  offset: readonly number[],
  count: readonly number[],
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const memory = library as Memory;
  const length = count.reduce((product, factor) => product * factor, bytes);
  const at = memory._malloc(Math.max(1, length));
  if (at === 0) throw new Error('out of memory');
  try {
    const strides = count.map(() => 1n);
    const status = memory.get_dataset_data(file_id, path, count.map(BigInt), offset.map(BigInt), strides, BigInt(at));
    if (status < 0) throw new Error('read failed');
    return memory.HEAPU8.slice(at, at + length) as Uint8Array<ArrayBuffer>;
  } finally {
    memory._free(at);
  }
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

function checkSignature(path: string, name: string): void {
  const { size, superblock } = withFile(path, (file) => ({
    size: fstatSync(file).size,
    superblock: superblockOf(file),
  }));
  if (superblock < 0)
    throw new DataError('wrong-format', `${name} is ${size === 0 ? 'empty' : 'not an HDF5 file'}: expected one`, {
      source: name,
    });
}

/** Looks into a file beside the library, by its descriptor; at once, as the library reads. */
export function withFile<T>(path: string, use: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** Where a file begins: at once, or behind a user block of 512 bytes, or twice that, and so on, as those of MATLAB do; −1 if nowhere. */
export function superblockOf(file: number): number {
  const { size } = fstatSync(file);
  const mark = Buffer.alloc(SIGNATURE.length);
  for (let at = 0; at + mark.length <= size; at = at === 0 ? LEAST_USER_BLOCK : 2 * at) {
    if (readSync(file, mark, 0, mark.length, at) === mark.length && mark.equals(SIGNATURE)) return at;
  }
  return -1;
}

/** Numbers with their shape; () for one number. */
export interface ShapedValues {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** All datasets of numbers directly in a group. */
export function datasetsOf(group: Group): Map<string, ShapedValues> {
  const datasets = new Map<string, ShapedValues>();
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
