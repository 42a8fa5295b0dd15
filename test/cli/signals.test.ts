import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../helpers/files.ts';
import { finish, megamix, start, writeUntilRead } from './run.ts';

// Signals at any moment, while commands wait for what never comes.
const path = temporaryDirectory();
const pipe = path('pipe.csv');
const model = path('model.h5');
const csv = path('data.csv');
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
let before: string[] = [];

beforeAll(async () => {
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  writeFileSync(csv, Array.from({ length: 300 }, (_, n) => `${n % 7},${(n * n) % 11}\n`).join(''));
  expect((await megamix(['fit', csv, '--model', 'gmm', '--components', '2', '-o', model])).code).toBe(0);
  before = readdirSync(path('.'));
});

const learning = ['--model', 'gmm', '--components', '2', '-o', path('out.h5')];
const commands: readonly (readonly string[])[] = [
  ['fit', pipe, ...learning],
  ['fit', csv, '--held-out', pipe, ...learning],
  ['fit', csv, '--weights', pipe, ...learning],
  ['fit', '-', '--format', 'npy', ...learning],
  ['online', pipe, ...learning],
  ['online', '-', '--format', 'csv', ...learning],
  ['score', model, pipe],
  ['score', model, '-', '--format', 'wav', '--follow'],
  ['predict', model, pipe, '-o', path('labels.npy')],
  ['features', '-', '--format', 'wav', '-o', path('features.npy')],
  ['convert', '-', '--format', 'parquet', path('converted.npy')],
  ['convert', pipe, path('converted.csv')],
];

/** A process waits for what never comes by then. */
const WAITING = 4000;
/** Milliseconds after the start: before Node runs, while the program is loaded, and while it waits. */
const DELAYS = [0, 20, 50, 100, 150, 300, WAITING];

test.each(
  commands.map((command) => [
    command
      .slice(0, 3)
      .map((word) => word.split('/').at(-1))
      .join(' '),
    command,
  ]),
)('%s: a signal at any moment ends it, with nothing written', async (_, command) => {
  const names = Object.keys(CODES) as (keyof typeof CODES)[];
  const outcomes = DELAYS.map(async (delay, n) => {
    const name = names[n % names.length]!;
    const child = start(command as string[]);
    const outcome = finish(child, null);
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    await setTimeout(delay);
    child.kill(name);
    const [code, by] = await ended;
    child.stdin!.destroy();
    const { stdout, stderr } = await outcome;
    // What comes before the first line of a program ends it as it ends any, which shells tell by the same code.
    const isUnheard = code === null && delay < WAITING;
    expect([delay, isUnheard ? by : code, stdout]).toEqual([delay, isUnheard ? name : CODES[name], '']);
    expect(stderr).toMatch(isUnheard ? /^$/ : /^megamix: interrupted(; nothing was written)?\n$/);
  });
  await Promise.all(outcomes);
  expect(readdirSync(path('.'))).toEqual(before);
});

test('a pipe whose writer says nothing does not keep it either; nor does a model that is a pipe', async () => {
  const writer = createWriteStream(pipe, { flags: 'r+' });
  await once(writer, 'open');
  const child = start(['fit', pipe, ...learning]);
  const outcome = finish(child);
  await setTimeout(WAITING);
  child.kill('SIGTERM');
  expect(await outcome).toEqual({ code: 143, stdout: '', stderr: 'megamix: interrupted; nothing was written\n' });
  writer.destroy();
  const models = path('pipe.h5');
  spawnSync('mkfifo', [models]);
  for (const command of [
    ['info', models],
    ['identify', models, csv],
    ['fit', csv, '--init-model', models, '-o', model],
  ]) {
    const { code, stderr } = await megamix(command);
    expect([code, stderr]).toEqual([
      1,
      `megamix: ${models} cannot be read: a model is in a regular file, not in a pipe or a device\n`,
    ]);
  }
});

test('the second signal ends it at once', async () => {
  const child = start(['fit', '-', '--format', 'csv', ...learning]);
  const outcome = finish(child, null);
  await writeUntilRead(child, '1,2\n'); // it spools what comes
  child.kill('SIGINT');
  child.kill('SIGTERM');
  expect([130, 143]).toContain((await outcome).code);
});
