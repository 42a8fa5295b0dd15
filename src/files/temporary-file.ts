// Temporary files, gone with the process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError, fileError, fileErrorCode, messageOf, reasonOf } from '../errors.ts';
import { writeFully } from './gathered-writer.ts';
import { ownName, removeLeftOvers } from './left-overs.ts';
import { OpenFile } from './open-file.ts';

/** The removal of what processes left that were ended just before a name was gone. */
let sweeping: Promise<void> | undefined;

/** An empty file whose name is gone already: nothing is left behind however the process ends. */
export async function temporaryFile(): Promise<OpenFile> {
  try {
    sweeping ??= removeLeftOvers(tmpdir(), 'megamix-', '');
    await sweeping;
    const directory = await mkdtemp(join(tmpdir(), `megamix-${ownName()}-`));
    try {
      return await OpenFile.open(join(directory, 'spool'), 'wx+');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  } catch (error) {
    throw new FileError(
      fileErrorCode(error),
      `no temporary file can be made in ${tmpdir()}: ${reasonOf(error) ?? messageOf(error)}: set TMPDIR to a directory that can be written`,
      { path: tmpdir(), cause: error },
    );
  }
}

/** Keeps all the bytes, at a position or after what was kept last; `what` and, of a file that has a name, `path` are for messages. */
export async function keepFully(
  file: OpenFile,
  bytes: Uint8Array,
  what: string,
  position?: number,
  path?: string,
): Promise<void> {
  try {
    await writeFully(file, bytes, position ?? null);
  } catch (error) {
    if (path !== undefined) throw fileError(error, path, 'written');
    throw new FileError(
      fileErrorCode(error),
      `${what} cannot be kept in a temporary file in ${tmpdir()} (${reasonOf(error) ?? messageOf(error)}): free some space, or set TMPDIR to another directory`,
      { path: tmpdir(), cause: error },
    );
  }
}

/** Fills the bytes from a position of a temporary file, or of one with a path. */
export async function readFully(file: OpenFile, bytes: Uint8Array, position: number, path?: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0)
      throw new FileError('io-failed', `${path ?? `the temporary file in ${tmpdir()}`} was changed by somebody else`, {
        path: path ?? tmpdir(),
      });
    done += bytesRead;
  }
}
