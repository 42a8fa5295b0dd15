// Atomic writes: whole or not at all, one at a time per file.
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileError, fileError } from '../errors.ts';
import { withTemporaryName } from './left-overs.ts';
import { withLock } from './lock.ts';

/** What to do with a complete temporary file; false if it is no longer needed. */
type Commit = (temporary: string) => Promise<boolean>;

/**
 * Writes a file whole or not at all: `write` fills an empty temporary file beside it, which then takes its name. What was there
 * before stays until then, and stays if anything fails; where the name of an older generation is given, it takes that name.
 */
export async function writeAtomically(
  path: string,
  write: (temporary: string) => Promise<void>,
  older?: string,
): Promise<void> {
  const target = await regularTarget(path);
  await writeBeside(path, target, write, async (temporary) => {
    const isOlderKept = older !== undefined && (await renameIfThere(target, older));
    try {
      await rename(temporary, target);
    } catch (error) {
      if (isOlderKept) await rename(older, target);
      throw error;
    }
    await syncFolder(dirname(target));
    return true;
  });
}

/**
 * The same for what is made of what the file holds. Those who do it at once take turns, so that nobody's work is lost: within the
 * process one begins when the other has ended; where another process was faster, `write` is called again.
 */
export async function rewriteAtomically(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const target = await regularTarget(path);
  await inTurn(target, async () => {
    for (let isDone = false; !isDone; ) {
      const before = await versionOf(target);
      isDone = await writeBeside(path, target, write, (temporary) => replaceIfSame(target, before, temporary));
    }
  });
}

/** Fails now if `writeAtomically` would fail later. */
export async function checkWritable(path: string): Promise<void> {
  await writeBeside(
    path,
    await regularTarget(path),
    async () => {},
    async () => false,
  );
}

function writeBeside(
  path: string,
  target: string,
  write: (temporary: string) => Promise<void>,
  commit: Commit,
): Promise<boolean> {
  return withTemporaryName(target, async (temporary) => {
    try {
      await (await open(temporary, 'wx')).close();
      await write(temporary);
      const handle = await open(temporary, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      const isDone = await commit(temporary);
      if (!isDone) await rm(temporary);
      return isDone;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // the first failure is the one to report
      throw fileError(error, path, 'written');
    }
  });
}

/** The file that a path leads to; renaming onto a directory or a device would do harm. */
async function regularTarget(path: string): Promise<string> {
  if (path === '') throw new FileError('not-a-file', 'the output has no name: give the name of a file', { path });
  const status = await stat(path).catch(() => undefined);
  const link = status ?? (await lstat(path).catch(() => undefined));
  if (!status && link) {
    if (!link.isSymbolicLink()) return regularTarget(path); // somebody has just made it
    throw new FileError('not-a-file', `${path} cannot be written: it is a link to a file that is not there`, { path });
  }
  if (!status) {
    if (/[\\/]$/.test(path))
      throw new FileError('file-not-found', `${path} cannot be written: there is no such directory`, { path });
    const directory = await realpath(dirname(path)).catch(() => dirname(path));
    return join(directory, basename(path));
  }
  if (!status.isFile())
    throw new FileError('not-a-file', `${path} cannot be written: it is not a regular file`, { path });
  return realpath(path);
}

/** Of each file the end of the work that was asked for last. */
const turns = new Map<string, Promise<unknown>>();

async function inTurn(target: string, work: () => Promise<void>): Promise<void> {
  const mine = (turns.get(target) ?? Promise.resolve()).then(work);
  const end = mine.catch(() => {}); // reported to the caller
  turns.set(target, end);
  try {
    await mine;
  } finally {
    if (turns.get(target) === end) turns.delete(target);
  }
}

/** Tells whether a file was replaced or changed; undefined for none. */
const versionOf = (target: string): Promise<string | undefined> =>
  stat(target, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(),
    () => undefined,
  );

async function replaceIfSame(target: string, before: string | undefined, temporary: string): Promise<boolean> {
  return withLock(`${target}.megamix-lock`, async () => {
    if ((await versionOf(target)) !== before) return false;
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return true;
  });
}

/** Puts the names in a folder on the disk; some systems cannot open a folder, and need not. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch (error) {
    if (!UNSYNCABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

const UNSYNCABLE: ReadonlySet<string> = new Set(['EINVAL', 'EISDIR', 'EPERM', 'EBADF', 'ENOTSUP']);

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
