// The file of a checkpoint: checksummed, in two generations.
import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { DataError, FileError, fileError } from '../errors.ts';
import { writeAtomically } from '../files/atomic.ts';
import { writeFully } from '../files/gathered-writer.ts';
import { packageVersion } from '../util/version.ts';

/** The first line of the file; the second is the checksum of all that follows. */
const MAGIC = 'MegaMix checkpoint\n';
const CHECKSUM_LENGTH = 64;
const START = MAGIC.length + CHECKSUM_LENGTH + 1;

/** The name of the generation before. */
export const olderGeneration = (path: string): string => `${path}.previous`;

/** The name of the file of blocks that belongs to a checkpoint. */
export const blocksFile = (path: string): string => `${path}.blocks`;

/** A checkpoint that was read. */
export interface StoredCheckpoint {
  readonly contents: unknown;
  /** Why it is the older generation; undefined if it is the newest. */
  readonly fault: string | undefined;
}

/** Files of more bytes cannot be read at once. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A checkpoint as the bytes of its file, in pieces: plain data, with typed arrays.
 *
 * @throws FileError for more than 2 GiB.
 */
export function checkpointBytes(contents: unknown, path: string): readonly Uint8Array[] {
  const body = serialize({ version: packageVersion(), contents });
  if (START + body.length > MOST_BYTES) {
    throw new FileError(
      'io-failed',
      `${path} would take ${body.length} bytes, more than the 2 GiB that can be read again`,
      {
        path,
      },
    );
  }
  const checksum = createHash('sha256').update(body).digest('hex');
  return [Buffer.from(`${MAGIC}${checksum}\n`), body];
}

/** Writes a checkpoint, whole or not at all; the one before becomes the older generation. */
export async function writeCheckpoint(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const fill = async (temporary: string): Promise<void> => {
    const file = await open(temporary, 'r+');
    try {
      let position = 0;
      for (const piece of pieces) position += await writeFully(file, piece, position);
    } finally {
      await file.close();
    }
  };
  await writeAtomically(path, fill, olderGeneration(path));
}

/**
 * Reads a checkpoint: the newest generation, or if that is damaged the older one; undefined if there is none.
 *
 * @throws DataError where all that is there is damaged, or of another version; FileError for a file that is no checkpoint.
 */
export async function readCheckpoint(path: string): Promise<StoredCheckpoint | undefined> {
  const faults: (DataError | FileError)[] = [];
  for (const name of [path, olderGeneration(path)]) {
    const bytes = await bytesOf(name);
    if (!bytes) continue;
    const contents = contentsOf(bytes, name);
    if (!(contents instanceof Error))
      return { contents: contents.of, fault: faults.length > 0 ? `${path} is damaged` : undefined };
    faults.push(contents);
  }
  const [fault] = faults;
  if (fault) throw fault;
  return undefined;
}

/** Removes both generations. */
export async function removeCheckpoint(path: string): Promise<void> {
  for (const name of [olderGeneration(path), path]) await rm(name, { force: true });
}

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(error, path, 'read');
  }
}

function contentsOf(bytes: Uint8Array, path: string): { readonly of: unknown } | DataError | FileError {
  const start = Buffer.from(bytes.subarray(0, START)).toString('latin1');
  const damaged = new DataError('damaged', `${path} is damaged: its checksum is wrong: it cannot be resumed`, {
    source: path,
  });
  if (!start.startsWith(MAGIC.slice(0, start.length))) return occupied(path);
  const body = bytes.subarray(START);
  if (createHash('sha256').update(body).digest('hex') !== start.slice(MAGIC.length, -1)) return damaged;
  const { version, contents } = deserialize(body) as { version: string; contents: unknown };
  const own = packageVersion();
  if (version === own) return { of: contents };
  throw new DataError(
    'unsupported',
    `${path} is the checkpoint of a fit by version ${version}; this is ${own}: resume it with that, or begin anew without resume`,
    { source: path, setting: 'resume' },
  );
}

function occupied(path: string): FileError {
  return new FileError('file-occupied', `${path} is no checkpoint: choose another name for it`, {
    path,
    setting: 'checkpoint',
  });
}
