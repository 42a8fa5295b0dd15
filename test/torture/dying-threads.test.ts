import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeRows } from '../../src/index.ts';
import { readCheckpoint } from '../../src/storage/checkpoint-file.ts';
import { finish, megamix, startPreloaded } from '../cli/run.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { contentsOf } from './model-contents.mjs';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0, 0],
  [6, -5, 4, 1],
  [-7, 6, 2, 3],
];
const DYING = new URL('dying-threads.mjs', import.meta.url);
const fit = ['--model', 'gmm', '--components', '16', '--iterations', '3', '--init', 'random'];
const online = ['--model', 'gmm', '--components', '4', '--window', '10000'];

beforeAll(async () => {
  const rows = blobs(60_000, CENTRES, 5);
  for (const name of ['rows.npy', 'rows.parquet']) await writeRows(path(name), [rows], { columns: 4 });
  expect((await megamix(['fit', path('rows.npy'), ...fit, '-o', path('model.h5'), '--quiet'])).stderr).toBe('');
});

/** Runs a command whose threads die, and returns what it says; what it leaves is what was there. */
async function dying(threads: string, command: readonly string[]): Promise<string> {
  const before = readdirSync(path('.')).sort();
  const child = startPreloaded(DYING, [...command, '--threads', '2'], { MEGAMIX_DYING: threads });
  const { code, stderr } = await finish(child);
  expect({ code, stderr, after: readdirSync(path('.')).sort() }).toEqual({ code: 1, stderr, after: before });
  return stderr;
}

const LINE: Readonly<Record<string, RegExp>> = {
  thrown: /^megamix: a worker thread failed: thrown on purpose\n$/,
  exit: /^megamix: a worker thread failed: it ended, with code 3\n$/,
  memory: /^megamix: a worker thread ran out of memory: use fewer threads\n$/,
  ended: /^megamix: a worker thread failed: it ended, with code 1\n$/,
};

describe('a worker that dies ends the command, with its cause in one line', () => {
  const rows = path('rows.npy');
  const commands: Readonly<Record<string, readonly string[]>> = {
    fit: ['fit', rows, ...fit, '-o', path('out.h5'), '--quiet'],
    score: ['score', path('model.h5'), rows],
    predict: ['predict', path('model.h5'), rows, '-o', path('labels.npy')],
    online: ['online', rows, ...online, '-o', path('online.h5'), '--quiet'],
  };
  const cases: readonly (readonly [command: string, way: string, moment: string])[] = [
    ...['thrown', 'exit'].map((way) => ['fit', way, 'start'] as const),
    ...Object.keys(LINE).map((way, i) => ['fit', way, i % 2 ? 'middle' : 'between'] as const),
    ...['score', 'predict', 'online'].map((command, i) => [command, i % 2 ? 'thrown' : 'ended', 'middle'] as const),
  ];
  test.for(cases)('%s: %s, %s', async ([command, way, moment]) => {
    expect(await dying(`worker:${way}:${moment}`, commands[command]!)).toMatch(LINE[way]!);
  });
});

test('what was done before a worker died is in the checkpoint, and the fit is resumed from there', async () => {
  const rows = path('rows.npy');
  const command = ['fit', rows, ...fit, '--quiet', '--resume', '--checkpoint', path('ck'), '--threads', '2'];
  const whole = path('whole.h5');
  await megamix(['fit', rows, ...fit, '-o', whole, '--quiet']);
  const output = path('resumed.h5');
  const child = startPreloaded(DYING, [...command, '-o', output], { MEGAMIX_DYING: 'worker:exit:between' });
  expect((await finish(child)).stderr).toMatch(LINE.exit!);
  const { contents } = (await readCheckpoint(path('ck')))!;
  expect(contents).toMatchObject({ isFinished: false });
  expect((await megamix([...command, '-o', output])).code).toBe(0);
  const [one, other] = await Promise.all([contentsOf(output), contentsOf(whole)]);
  expect(one).toEqual(other);
});

describe('a reader thread that dies ends the command, with its file and cause in one line', () => {
  const command = ['fit', path('rows.parquet'), ...fit, '-o', path('out.h5'), '--quiet'];
  test.for(Object.keys(LINE).flatMap((way) => ['start', 'middle'].map((moment) => [way, moment] as const)))(
    '%s, %s',
    async ([way, moment]) => {
      const said = await dying(`reader:${way}:${moment}`, command);
      expect(said).toMatch(/^megamix: \S+rows\.parquet.*(cannot be read|decoding it takes more than).*\n$/);
    },
  );
});
