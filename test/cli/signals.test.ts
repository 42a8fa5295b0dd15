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
  expect(spawnSync('mkfifo', [pipe, ...owns]).status).toBe(0);
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

const owns = commands.map((_, n) => path(`pipe${n}.csv`));

/** Milliseconds after the start: before Node runs, and while the program is loaded. */
const DELAYS = [0, 20, 50, 100, 150, 300];
/** A process waits for what never comes by then, though all of them wait at once. */
const WAITING = 8000;
const names = Object.keys(CODES) as (keyof typeof CODES)[];

/** What comes before the first line of a program ends it as it ends any, which shells tell by the same code. */
async function expectInterrupted(command: readonly string[], name: keyof typeof CODES, delay: number): Promise<void> {
  const child = start(command);
  const outcome = finish(child, null);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await setTimeout(delay);
  child.kill(name);
  const [code, by] = await ended;
  child.stdin!.destroy();
  const { stdout, stderr } = await outcome;
  const isUnheard = code === null && delay < WAITING;
  const said = `${command.join(' ')}, ${delay} ms: ${stderr}`;
  expect([isUnheard ? by : code, stdout], said).toEqual([isUnheard ? name : CODES[name], '']);
  expect(stderr).toMatch(isUnheard ? /^$/ : /^megamix: interrupted(; nothing was written)?\n$/);
}

/** The command with a pipe of its own: what a process does to end its waiting, others at the same pipe see too. */
const withPipe = (command: readonly string[], i: number): readonly string[] =>
  command.map((word) => (word === pipe ? owns[i]! : word));

test.each(DELAYS)('a signal after %i ms ends any command, with nothing written', async (delay) => {
  // Half of the commands each, so that all of them are tried twice or more over all delays.
  const chosen = commands.filter((_, i) => (i + DELAYS.indexOf(delay)) % 2 === 0);
  await Promise.all(
    chosen.map((command, i) => expectInterrupted(withPipe(command, i), names[i % names.length]!, delay)),
  );
  expect(readdirSync(path('.'))).toEqual(before);
});

test('a signal ends any command that waits, with nothing written', async () => {
  await Promise.all(
    commands.map((command, i) => expectInterrupted(withPipe(command, i), names[i % names.length]!, WAITING)),
  );
  expect(readdirSync(path('.'))).toEqual(before);
});

test('a pipe whose writer says nothing does not keep it either; nor does a model that is a pipe', async () => {
  const writer = createWriteStream(pipe, { flags: 'r+' });
  await once(writer, 'open');
  const child = start(['fit', pipe, ...learning]);
  const outcome = finish(child);
  await setTimeout(3000);
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
