// Names that say which process a temporary file belongs to, and the removal of those whose process is gone.
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** This host and process, as names of temporary files and locks say it; not told before a file is written: megamix/core has no host. */
export const thisOwner = (): string => `${thisHost()}-${process.pid}`;

const thisHost = (): string => createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Temporary files that this process is writing. */
const mine = new Set<string>();

/** Gives `use` the name of a temporary file beside another, first removing those that processes left that are gone. */
export async function withTemporaryName<T>(target: string, use: (temporary: string) => Promise<T>): Promise<T> {
  await removeLeftOvers(dirname(target), `${basename(target)}.`, '.tmp');
  const temporary = `${target}.${thisOwner()}-${randomBytes(4).toString('hex')}.tmp`;
  mine.add(temporary);
  try {
    return await use(temporary);
  } finally {
    mine.delete(temporary);
  }
}

/** Removes what processes of this host left in a folder that are gone, by names of `prefix`, owner, `-`, anything and `suffix`. */
export async function removeLeftOvers(folder: string, prefix: string, suffix: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const owner = /^[0-9a-f]{8}-\d+(?=-\w+$)/.exec(name.slice(prefix.length, name.length - suffix.length))?.[0];
    const path = join(folder, name);
    if (owner === undefined || mine.has(path) || !(await isLeftBy(owner, path))) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined); // it may be somebody's who alone may remove it
  }
}

/** Whether the owner of a file is known to be gone: a process of this host that is no more, or one before this had its number. */
export async function isLeftBy(owner: string, path: string): Promise<boolean> {
  const [host, number] = owner.split('-');
  const pid = Number(number);
  if (host !== thisHost() || !(pid > 0)) return false;
  if (pid !== process.pid) return !isRunning(pid);
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && status.mtimeMs < Date.now() - 1000 * process.uptime();
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
