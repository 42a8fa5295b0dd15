import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRows } from '../../src/index.ts';
import { finish, startPreloaded } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { adopt } from '../setup/watchdog.ts';
import { scenarios } from './failing-scenarios.mjs';

interface Answer {
  readonly made: Readonly<Record<'open' | 'write' | 'close', number>>;
  readonly tried: number;
  readonly faults: readonly string[];
}

/** Calls of each kind that are tried; `npm run test:long` tries all. */
const MOST = 5 * Number(process.env.MEGAMIX_TEST_RUNS ?? 1);
const FAILING = new URL('failing-files.mjs', import.meta.url);
const path = temporaryDirectory();

describe('whichever call to the file system fails, what was there stays whole, and nothing is left behind', () => {
  const child = fork(join(import.meta.dirname, 'failing-child.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  adopt(child, true);
  beforeAll(async () => void (await once(child, 'message')));
  afterAll(() => void child.kill());

  test.for(Object.keys(scenarios))('%s', async (name) => {
    child.send({ name, directory: path('.'), most: MOST });
    const [{ made, tried, faults }] = (await once(child, 'message')) as [Answer];
    expect(faults).toEqual([]);
    expect(tried).toBeGreaterThan(3);
    expect(Math.min(made.open, made.write, made.close)).toBeGreaterThan(0);
  });
});

describe('the command line says it in one line', () => {
  const data = path('rows.npy');
  const args = ['fit', data, '--model', 'kmeans', '--components', '2', '--quiet', '-o', path('model.h5')];

  test('and counts of the calls that it makes are those that fail', async () => {
    await writeRows(data, [Float64Array.from({ length: 400 }, (_, n) => Math.sin(n))], { columns: 2 });
    const counted = { MEGAMIX_FAILING_COUNTS: path('counts.json') };
    expect(await finish(startPreloaded(FAILING, args, counted))).toMatchObject({ code: 0, stderr: '' });
    const counts: Readonly<Record<string, number>> = JSON.parse(readFileSync(path('counts.json'), 'utf8'));
    const before = readFileSync(path('model.h5'));
    for (const kind of ['open', 'write', 'rename', 'sync']) {
      const fault = { MEGAMIX_FAILING: `${kind}:${counts[kind]}:ENOSPC` };
      const { code, stderr } = await finish(startPreloaded(FAILING, args, fault));
      expect({ kind, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^megamix: \S+model\.h5[^\n]*\n$/),
      });
      // the last sync is of the folder: the new file is in place, whole
      if (kind !== 'sync') expect(readFileSync(path('model.h5')).equals(before)).toBe(true);
      expect(readdirSync(path('.')).filter((name) => /\.tmp$|lock$/.test(name))).toEqual([]);
    }
  });
});
