import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checkWritable, rewriteAtomically, writeAtomically } from '../../src/files/atomic.ts';
import { thisOwner } from '../../src/files/left-overs.ts';
import { temporaryFile } from '../../src/files/temporary-file.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { adopt } from '../setup/watchdog.ts';

const path = temporaryDirectory();
const built = (module: string) => JSON.stringify(join(import.meta.dirname, '..', '..', 'dist', 'files', module));
const namesOf = (file: string) => readdirSync(path('.')).filter((name) => name.startsWith(file));
const OWNER = thisOwner();
const HOST = OWNER.split('-')[0];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** A process that runs some JavaScript, and has written a word when this returns. */
async function running(script: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  adopt(child);
  await once(child.stdout!, 'data');
  return child;
}

/** A process that is in the middle of writing a file. */
const writing = (file: string) =>
  running(`
    import { writeFileSync } from 'node:fs';
    const { writeAtomically } = await import(${built('atomic.js')});
    await writeAtomically(${JSON.stringify(file)}, (temporary) => {
      writeFileSync(temporary, 'half');
      process.stdout.write('begun');
      return new Promise((resolve) => setTimeout(resolve, 1e6));
    });`);

async function killed(child: Awaited<ReturnType<typeof running>>): Promise<number> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  return child.pid!;
}

test('what a killed process left goes with the next writing of the same file; what a running one writes stays', async () => {
  const file = path('target');
  const [dead, alive, other] = [await writing(file), await writing(file), await writing(path('target.other'))];
  await killed(dead);
  await killed(other);
  expect(namesOf('target')).toHaveLength(3);
  await writeAtomically(file, (temporary) => fs.writeFile(temporary, 'whole'));
  expect(namesOf('target')).toEqual([
    'target',
    expect.stringContaining(`target.${HOST}-${alive.pid}-`),
    expect.stringContaining(`target.other.${HOST}-${other.pid}-`),
  ]);
  await killed(alive);
  await checkWritable(file);
  await checkWritable(path('target.other'));
  expect(namesOf('target')).toEqual(['target']);
  expect(readFileSync(file, 'utf8')).toBe('whole');
});

test('a process that had the same number before is gone; another host is not known to be', async () => {
  const file = path('numbers');
  const [before, now] = [`${file}.${OWNER}-0a.tmp`, `${file}.${OWNER}-0b.tmp`];
  const kept = [now, `${file}.00000000-${2 ** 22 + 1}-0c.tmp`, `${file}.0123abcd.tmp`, `${file}.notes.tmp`];
  for (const name of [before, ...kept]) writeFileSync(name, '');
  utimesSync(before, 1, 1);
  await rewriteAtomically(file, (temporary) => fs.writeFile(temporary, ''));
  expect(new Set(namesOf('numbers').map((name) => path(name)))).toEqual(new Set([file, ...kept]));
});

test('two writings of one process leave each other alone', async () => {
  const file = path('both');
  await writeAtomically(file, async (temporary) => {
    await fs.writeFile(temporary, 'outer');
    await fs.utimes(temporary, 1, 1);
    await writeAtomically(file, (inner) => fs.writeFile(inner, 'inner'));
  });
  expect([readFileSync(file, 'utf8'), ...namesOf('both')]).toEqual(['outer', 'both']);
});

test('the lock of a process that is gone is not waited for', async () => {
  const file = path('locked');
  const dead = await killed(await running(`process.stdout.write('x'); setInterval(() => {}, 1000)`));
  writeFileSync(`${file}.megamix-lock`, `${HOST}-${dead}-0`);
  writeFileSync(`${file}.megamix-lock-left`, `${HOST}-${dead}-1`);
  vi.spyOn(performance, 'now').mockReturnValue(0); // however long it takes, no lock is old
  await Promise.all(['a', 'b'].map((text) => rewriteAtomically(file, (temporary) => fs.writeFile(temporary, text))));
  expect([readFileSync(file, 'utf8'), ...namesOf('locked')]).toEqual(['b', 'locked']);
});

test('a folder for a temporary file that a killed process left goes with the next one', async () => {
  const dead = await killed(await running(`process.stdout.write('x'); setInterval(() => {}, 1000)`));
  const folder = path('temporary');
  await fs.mkdir(join(folder, `megamix-${HOST}-${dead}-abcdef`, 'spool'), { recursive: true });
  await fs.mkdir(join(folder, `megamix-${HOST}-${process.ppid}-abcdef`));
  vi.stubEnv('TMPDIR', folder);
  await (await temporaryFile()).close();
  expect(readdirSync(folder)).toEqual([`megamix-${HOST}-${process.ppid}-abcdef`]);
});

const FAULT = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'injected' });

type Calls = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Lets the n-th of the calls that change files fail while `work` runs; returns whether there were so many. */
async function failingAt(n: number, work: () => Promise<unknown>): Promise<boolean> {
  const handle = await fs.open(path('handle'), 'w');
  await handle.close();
  const ofFiles = fs as unknown as Calls;
  const ofHandles = Object.getPrototypeOf(handle) as Calls;
  const spied = [
    ...['open', 'rename', 'writeFile'].map((name) => [ofFiles, name] as const),
    ...['sync', 'close', 'writeFile'].map((name) => [ofHandles, name] as const),
  ];
  const originals = spied.map(([holder, name]) => holder[name]!);
  let calls = 0;
  for (const [at, [holder, name]] of spied.entries()) {
    holder[name] = async function (...args) {
      const isFaulty = ++calls === n;
      if (isFaulty && name !== 'close') throw FAULT;
      const result = await originals[at]!.apply(this, args);
      if (isFaulty) throw FAULT;
      return result;
    };
  }
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const [at, [holder, name]] of spied.entries()) holder[name] = originals[at]!;
    syncBuiltinESMExports();
  }
  return calls >= n;
}

const ways = {
  writeAtomically: (file: string) => writeAtomically(file, (temporary) => fs.writeFile(temporary, 'new')),
  rewriteAtomically: (file: string) => rewriteAtomically(file, (temporary) => fs.writeFile(temporary, 'new')),
  'writeAtomically, with an older generation': (file: string) =>
    writeAtomically(file, (temporary) => fs.writeFile(temporary, 'new'), `${file}-older`),
} as const;

test.each(Object.entries(ways))(
  '%s: whatever fails, there is a whole file, and no temporary one',
  async (name, way) => {
    const file = path(name);
    let isReached = true;
    for (let n = 1; isReached; n++) {
      writeFileSync(file, 'old');
      const outcome = await failingAt(n, () => way(file)).then(
        (reached) => ({ reached, error: undefined }),
        (error) => ({ reached: true, error }),
      );
      isReached = outcome.reached;
      const contents = readFileSync(file, 'utf8');
      if (outcome.error) expect(outcome.error).toMatchObject({ code: 'io-failed', path: file });
      else expect(contents).toBe('new');
      expect(['old', 'new']).toContain(contents);
      expect(
        namesOf(name).filter((each) => ![name, `${name}-older`].includes(each)),
        `call ${n}`,
      ).toEqual([]);
      expect(n).toBeLessThan(50);
    }
  },
);
