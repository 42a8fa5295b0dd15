import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { MixtureModel } from '../../src/inference/model.ts';
import { readCheckpoint } from '../../src/storage/checkpoint-file.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { parametersOf } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { finish, megamix, type Outcome, start } from './run.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 1],
  [2, 2, 0],
  [-2, 1, 0],
];
const ROWS = 20_000;
const npy = path('data.npy');
writeFileSync(npy, npyBytes({ shape: `(${ROWS}, 3)` }, blobs(ROWS, CENTRES, 3)));
const settings = ['--model', 'gmm', '--components', '8', '--iterations', '25'];

beforeAll(async () => {
  await megamix(['fit', npy, ...settings, '-o', path('whole.h5')]);
});

/** Begins a fit, and gives the signal when there is a checkpoint. */
async function interrupted(
  name: string,
  signal: NodeJS.Signals,
  flags: readonly string[] = settings,
): Promise<Outcome> {
  const checkpoint = ['--checkpoint', path(`${name}.ck`), '--checkpoint-every', '50ms', '--resume'];
  const child = start(['fit', npy, ...flags, ...checkpoint, '-o', path(`${name}.h5`)]);
  const outcome = finish(child);
  while (!(await isUnderWay(path(`${name}.ck`))) && child.exitCode === null) await setTimeout(5);
  child.kill(signal);
  return outcome;
}

/** Whether there are two generations, and some iterations are done. */
async function isUnderWay(file: string): Promise<boolean> {
  if (!existsSync(`${file}.previous`)) return false;
  const { contents } = (await readCheckpoint(file))!;
  return (contents as { iterations: number }).iterations > 1;
}

const resume = (name: string, flags: readonly string[] = settings): Promise<Outcome> =>
  megamix(['fit', npy, ...flags, '--checkpoint', path(`${name}.ck`), '--resume', '-o', path(`${name}.h5`)]);

async function contentsOf(name: string) {
  const model = await MixtureModel.load(path(`${name}.h5`));
  return { ...parametersOf(model), criterion: model.criterion, iterations: model.iterations };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const)('%s: the same command again gives the model of a fit that was not interrupted', async (signal, code) => {
  const first = await interrupted(signal, signal);
  expect(first.code).toBe(code);
  if (code !== null) {
    const lines = first.stderr.trim().split('\n');
    expect(lines).toEqual([
      `megamix: there is no checkpoint ${path(`${signal}.ck`)} yet: the fit begins`,
      `megamix: interrupted; to go on: the same command with --resume (the checkpoint is ${path(`${signal}.ck`)})`,
    ]);
    expect((await MixtureModel.load(path(`${signal}.h5`))).iterations).toBeLessThan(25);
  }
  const second = await resume(signal);
  expect(second.stderr).toMatch(/^megamix: resumed after \d+ iterations, from the checkpoint/);
  expect(second.code).toBe(0);
  expect(await contentsOf(signal)).toEqual(await contentsOf('whole'));

  const third = await resume(signal);
  expect(third.stderr).toMatch(/^megamix: finished after 25 iterations/);
  expect(await contentsOf(signal)).toEqual(await contentsOf('whole'));
});

test('when it ends may change: an ended fit goes on', async () => {
  const short = ['--model', 'gmm', '--components', '3', '--max-iterations', '4', '--tolerance', '0'];
  const long = [
    '--model',
    'gmm',
    '--components',
    '3',
    '--max-iterations',
    '9',
    '--tolerance',
    '1e-9',
    '--threads',
    '1',
  ];
  await megamix(['fit', npy, ...short, '--checkpoint', path('on.ck'), '-o', path('on.h5')]);
  expect((await contentsOf('on')).iterations).toBe(4);
  expect((await resume('on', long)).code).toBe(0);
  await megamix(['fit', npy, ...long, '-o', path('long.h5')]);
  expect(await contentsOf('on')).toEqual(await contentsOf('long'));
});

test('what must not change is refused, and a checkpoint is not lost', async () => {
  await interrupted('kept', 'SIGINT');
  const before = readFileSync(path('kept.ck'));
  const refusals = [
    [
      [...settings.slice(0, 2), '--components', '13', '--iterations', '25'],
      /^megamix: --components: received 13, but .* with 8/,
    ],
    [[...settings, '--seed', '4'], /^megamix: --seed: received 4/],
    [[...settings, '--precision', 'f32'], /^megamix: --precision: received f32, but .* with f64/],
    [[...settings, '--held-out-fraction', '0.1'], /held-out rows .* was not there|held/],
  ] as const;
  for (const [flags, message] of refusals) {
    const { code, stderr } = await resume('kept', flags);
    expect(stderr.split('\n')[0]).toMatch(message);
    expect(code).toBeGreaterThan(0);
  }
  const anew = await megamix(['fit', npy, ...settings, '--checkpoint', path('kept.ck'), '-o', path('kept.h5')]);
  expect(anew.stderr).toBe(
    `megamix: --checkpoint: ${path('kept.ck')} holds a fit that was interrupted: resume it, or remove the file\n`,
  );
  expect(anew.code).toBe(2);
  expect(readFileSync(path('kept.ck')).equals(before)).toBe(true);
});

test('where the newest checkpoint is damaged the older one is used, and it is said', async () => {
  await interrupted('torn', 'SIGKILL');
  const bytes = readFileSync(path('torn.ck'));
  for (const at of [3, bytes.length - 1]) {
    const torn = Buffer.from(bytes);
    torn[at]! ^= 1;
    writeFileSync(path('torn.ck'), torn);
    copyFileSync(path('torn.ck.previous'), path('saved.previous'));
    const { code, stderr } = await resume('torn');
    expect(stderr).toMatch(
      /^megamix: resumed after \d+ iterations?, .* it is the older one, as .*torn.ck is damaged\n/,
    );
    expect(code).toBe(0);
    expect(await contentsOf('torn')).toEqual(await contentsOf('whole'));
    copyFileSync(path('saved.previous'), path('torn.ck.previous'));
  }
  writeFileSync(path('torn.ck'), bytes.subarray(0, 100));
  writeFileSync(path('torn.ck.previous'), bytes.subarray(0, 200));
  const { code, stderr } = await resume('torn');
  expect(stderr).toBe(`megamix: ${path('torn.ck')} is damaged: its checksum is wrong: it cannot be resumed\n`);
  expect(code).toBe(1);
});

test('a file that is no checkpoint is not overwritten', async () => {
  writeFileSync(path('notes.txt'), 'important');
  for (const flags of [[], ['--resume']]) {
    const outcome = await megamix([
      'fit',
      npy,
      ...settings,
      '--checkpoint',
      path('notes.txt'),
      ...flags,
      '-o',
      path('x.h5'),
    ]);
    expect(outcome.stderr).toBe(`megamix: ${path('notes.txt')} is no checkpoint: choose another name for it\n`);
    expect(outcome.code).toBe(1);
  }
  expect(readFileSync(path('notes.txt'), 'utf8')).toBe('important');
});

test('flags of a checkpoint need one', async () => {
  for (const flags of [['--resume'], ['--checkpoint-every', '30s']]) {
    const { code, stderr } = await megamix(['fit', npy, ...settings, ...flags, '-o', path('x.h5')]);
    expect(stderr).toBe(`megamix: ${flags[0]}: says something of a checkpoint: give --checkpoint FILE\n`);
    expect(code).toBe(2);
  }
  const same = await megamix(['fit', npy, ...settings, '--checkpoint', path('x.h5'), '-o', path('x.h5')]);
  expect(same.stderr).toBe('megamix: --checkpoint: received the name of the output: choose another file\n');
  const every = await megamix([
    'fit',
    npy,
    ...settings,
    '--checkpoint',
    path('e.ck'),
    '--checkpoint-every',
    '3 days',
    '-o',
    path('x.h5'),
  ]);
  expect(every.stderr).toMatch(/^megamix: --checkpoint-every: received "3 days", expected a time such as 30s/);
  expect(every.code).toBe(2);
});

test('an input that can be read once is kept beside the checkpoint, and not read again', async () => {
  const text = Array.from(blobs(10_000, CENTRES, 4))
    .map((x, i) => `${x}${i % 3 === 2 ? '\n' : ','}`)
    .join('');
  const flags = ['fit', '-', '--format', 'csv', ...settings];
  await megamix([...flags, '-o', path('piped-whole.h5')], text);
  const kept = ['--checkpoint', path('piped.ck'), '--checkpoint-every', '50ms', '--resume', '-o', path('piped.h5')];
  const child = start([...flags, ...kept]);
  const killed = finish(child, text);
  while (!existsSync(path('piped.ck')) && child.exitCode === null) await setTimeout(5);
  child.kill('SIGKILL');
  await killed;
  const { code, stderr } = await megamix([...flags, ...kept], '');
  expect(stderr).toMatch(/^megamix: resumed/);
  expect(code).toBe(0);
  expect(await contentsOf('piped')).toEqual(await contentsOf('piped-whole'));
});

test('a signal before anything is read is heard', async () => {
  const child = start([
    'fit',
    '-',
    '--format',
    'csv',
    ...settings,
    '--checkpoint',
    path('early.ck'),
    '-o',
    path('early.h5'),
  ]);
  const outcome = finish(child, null);
  await setTimeout(400);
  child.kill('SIGTERM');
  const { code, stderr } = await outcome;
  expect(stderr).toMatch(/^megamix: interrupted[^\n]*\n$/);
  expect(code).toBe(143);
  expect(existsSync(path('early.h5'))).toBe(false);
});
