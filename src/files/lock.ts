// A lock file, which outlives its process by a moment at most.
import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { isLeftBy, thisOwner } from './left-overs.ts';

/** It is held for moments: one that stays for so long is of a process of another host that died just then. */
const ABANDONED_MS = 10_000;
const PATIENCE_MS = 20;

/** Keeps other processes from the same work meanwhile. */
export function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  return holding(lock, work, async (there) => {
    // Those who find the lock of a process that is gone take turns as well: nobody removes the next one's.
    await holding(
      `${lock}-left`,
      async () => {
        if ((await contentsOf(lock)) === there) await rm(lock, { force: true });
      },
      () => rm(`${lock}-left`, { force: true }),
    );
  });
}

async function holding<T>(lock: string, work: () => Promise<T>, remove: (there: string) => Promise<void>): Promise<T> {
  const own = `${thisOwner()}-${randomBytes(4).toString('hex')}`;
  let seen: string | undefined;
  for (let since = 0; !(await take(lock, own)); ) {
    const there = await contentsOf(lock);
    if (there !== seen) since = performance.now();
    seen = there;
    if (there === undefined) continue;
    const owner = there.slice(0, there.lastIndexOf('-'));
    if ((await isLeftBy(owner, lock)) || performance.now() - since > ABANDONED_MS) await remove(there);
    else await setTimeout(PATIENCE_MS * Math.random());
  }
  try {
    return await work();
  } finally {
    if ((await contentsOf(lock)) === own) await rm(lock, { force: true });
  }
}

/** What a lock says, which is nothing while it is being made; undefined if there is none. */
const contentsOf = (lock: string): Promise<string | undefined> =>
  readFile(lock, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

async function take(lock: string, own: string): Promise<boolean> {
  let isMade = false;
  try {
    const file = await open(lock, 'wx');
    isMade = true;
    try {
      await file.writeFile(own);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (isMade) await rm(lock, { force: true });
    else if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
