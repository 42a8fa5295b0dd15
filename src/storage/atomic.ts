import { randomBytes } from 'node:crypto';
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { DataError, fileError } from '../errors.ts';

/**
 * Writes a file whole or not at all: `write` fills an empty temporary file beside it, which then takes its name. What was there
 * before stays until then, and stays if anything fails.
 */
export async function writeAtomically(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const target = await regularTarget(path);
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await (await open(temporary, 'wx')).close();
    await write(temporary);
    const handle = await open(temporary, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // what went wrong first is what to tell
    throw fileError(error, path, 'written');
  }
}

/** Fails now if `writeAtomically` would fail later. */
export async function checkWritable(path: string): Promise<void> {
  const target = await regularTarget(path);
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await (await open(temporary, 'wx')).close();
    await rm(temporary);
  } catch (error) {
    throw fileError(error, path, 'written');
  }
}

/** The file that a path leads to; renaming onto a directory or a device would do harm. */
async function regularTarget(path: string): Promise<string> {
  if (path === '') throw new DataError('the output has no name: give the name of a file');
  const status = await stat(path).catch(() => undefined);
  if (!status && (await lstat(path).catch(() => undefined))) {
    throw new DataError(`${path} cannot be written: it is a link to a file that is not there`);
  }
  if (!status) return path;
  if (!status.isFile()) throw new DataError(`${path} cannot be written: it is not a regular file`);
  return realpath(path);
}
