import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { writeRows } from '../../src/index.ts';
import { finish, megamix, startPreloaded } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { contentsOf } from './model-contents.mjs';

/** Calls of each kind that are tried, spread over a run; `npm run test:long` tries all. */
const MOST = 2 * Number(process.env.MEGAMIX_TEST_RUNS ?? 1);
const FAILING = new URL('failing-files.mjs', import.meta.url);
const path = temporaryDirectory();
const data = path('rows.csv');
const flags = [
  '--model',
  'gmm',
  '--components',
  '2',
  '--iterations',
  '3',
  '--algorithm',
  'incremental',
  '--blocks',
  '3',
];
const kept = ['--checkpoint', path('ck'), '--checkpoint-every', '1iterations', '--resume', '--quiet'];
const args = ['fit', '-', '--format', 'csv', ...flags, '--threads', '1', ...kept, '-o', path('model.h5')];
let text: string;
let whole: Awaited<ReturnType<typeof contentsOf>>;

const clean = (): void => {
  for (const name of readdirSync(path('.'))) if (name !== 'rows.csv') rmSync(path(name), { recursive: true });
};

beforeAll(async () => {
  await writeRows(data, [Float64Array.from({ length: 1200 }, (_, n) => Math.sin(n * n))], { columns: 2 });
  text = readFileSync(data, 'utf8');
  await megamix(args, text);
  whole = await contentsOf(path('model.h5'));
});

test.for(['open', 'write', 'sync', 'rename', 'close'])(
  'whichever %s of a fit with a checkpoint, blocks and a spool fails: the model is right, or the same command makes it so',
  async (kind) => {
    clean();
    const counting = startPreloaded(FAILING, args, { MEGAMIX_FAILING_COUNTS: path('counts.json') });
    expect((await finish(counting, text)).code).toBe(0);
    const made: number = JSON.parse(readFileSync(path('counts.json'), 'utf8'))[kind];
    expect(made).toBeGreaterThan(3);
    const step = Math.max(1, made / MOST);
    for (let n = 1; n <= made; n += step) {
      clean();
      const nth = Math.round(n);
      const child = startPreloaded(FAILING, args, { MEGAMIX_FAILING: `${kind}:${nth}:ENOSPC` });
      const { code, stderr } = await finish(child, text);
      expect({ kind, nth, code, stderr }).toMatchObject({ code: expect.toSatisfy((it) => it === 0 || it === 1) });
      if (code === 1) expect(stderr).toMatch(/^(warning: [^\n]*\n)*megamix: [^\n]*\n$/);
      expect(readdirSync(path('.')).filter((name) => /\.tmp$|lock$/.test(name))).toEqual([]);
      const again = code === 0 ? { code } : await megamix(args, text);
      expect({ kind, nth, stderr, code: again.code }).toMatchObject({ code: 0 });
      expect(await contentsOf(path('model.h5'))).toEqual(whole);
    }
  },
);
