import { existsSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { OnlineFit } from '../../src/fitting/online/online-fit.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { gap } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { finish, megamix, start } from './run.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0],
  [6, 6],
  [-6, 5],
];
const values = blobs(3000, CENTRES, 3);
const lines = Array.from({ length: 3000 }, (_, n) => `${values[2 * n]},${values[2 * n + 1]}\n`);
const csv = path('data.csv');
writeFileSync(csv, lines.join(''));
const flags = ['--model', 'gmm', '--components', '3', '--window', '64', '--kappa', '0.7', '--warm-up', '100'];

const library = async (): Promise<MixtureModel> => {
  const online = new GaussianMixture({ components: 3 }).online({ window: 64, stepSize: { kappa: 0.7 }, warmUp: 100 });
  await online.add({ data: values, dimensions: 2 });
  return online.finish();
};

test('online learns what the library learns, and goes on exactly', async () => {
  const output = path('online.h5');
  const whole = await megamix(['online', csv, ...flags, '-o', output, '--json']);
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  const report = JSON.parse(whole.stdout);
  expect(report).toMatchObject({ model: 'gmm', components: 3, dimensions: 2, rows: 3000, windows: 47, output });
  expect(gap(await MixtureModel.load(output), await library())).toBe(0);

  const parts = path('parts.h5');
  const first = await megamix(['online', '-', '--format', 'csv', ...flags, '-o', parts], lines.slice(0, 1234).join(''));
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toContain('1,234 rows × 2 columns');
  const rest = await megamix(['online', csv, '--resume', '--skip-rows', '1234', '-o', parts]);
  expect([rest.code, rest.stderr]).toEqual([
    0,
    'megamix: goes on after row 1,234 of what was fed before: 1,234 rows of DATA are left out\n',
  ]);
  expect(rest.stdout).toContain('1,766 rows × 2 columns, 3,000 in all');
  expect(gap(await MixtureModel.load(parts), await library())).toBe(0);
});

test('an interrupted stream is saved, and goes on where it stopped', async () => {
  const output = path('stopped.h5');
  const child = start(['online', '-', '--format', 'csv', ...flags, '--save-every', '1', '-o', output, '--json']);
  const outcome = finish(child, null);
  child.stdin!.write(lines.slice(0, 2000).join(''));
  await vi.waitFor(() => expect(existsSync(output)).toBe(true), 40_000); // something is learned, and saved
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  expect(code).toBe(130);
  const { rows, stopReason } = JSON.parse(stdout);
  expect(stopReason).toBe('aborted');
  expect(stderr).toContain(`--resume --skip-rows ${rows}`);
  expect(rows).toBeGreaterThan(0);
  const rest = await megamix(['online', '-', '--format', 'csv', '--resume', '-o', output], lines.slice(rows).join(''));
  expect(rest.code).toBe(0);
  const place = `goes on after row ${rows.toLocaleString('en-US')} of what was fed before`;
  expect(rest.stderr).toBe(`megamix: ${place}: DATA must be the rows that follow\n`);
  expect(gap(await MixtureModel.load(output), await library())).toBe(0);
});

test('an interrupt during warm-up keeps the rows that were gathered', async () => {
  const output = path('warm-up.h5');
  const child = start(['online', '-', '--format', 'csv', ...flags, '--save-every', '1row', '-o', output, '--json']);
  const outcome = finish(child, null);
  child.stdin!.write(lines.slice(0, 60).join(''));
  await vi.waitFor(() => expect(existsSync(output)).toBe(true), 40_000);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  const { rows, windows, model, components } = JSON.parse(stdout);
  expect([code, windows, model, components]).toEqual([130, 0, null, 0]);
  expect(stderr).toContain(`interrupted after ${rows} rows of the data`);
  expect((await megamix(['info', output])).stderr).toBe(
    `megamix: ${output} holds no model yet, only the first rows of an online fit: go on with it\n`,
  );
  const rest = await megamix(['online', '-', '--format', 'csv', '--resume', '-o', output], lines.slice(rows).join(''));
  expect(rest.code).toBe(0);
  expect(gap(await MixtureModel.load(output), await library())).toBe(0);
});

test('one command line begins, and goes on', async () => {
  const output = path('again.h5');
  const command = ['online', csv, ...flags, '--resume', '--skip-rows', 'resume', '-o', output];
  const begun = await megamix(command);
  expect([begun.code, begun.stderr]).toEqual([
    0,
    `megamix: ${output} holds nothing to go on from: begins with the first row\n`,
  ]);
  const again = await megamix(command);
  expect([again.code, again.stderr]).toEqual([
    0,
    'megamix: goes on after row 3,000 of DATA: those before it are left out\n',
  ]);
  expect(gap(await MixtureModel.load(output), await library())).toBe(0);
  const other = await megamix([...command, '--components', '4']);
  expect([other.code, other.stderr]).toEqual([
    2,
    `megamix: --components: received 4, but ${output} was begun with 3: leave it out\n`,
  ]);
  const seeded = await megamix([...command, '--seed', '1']);
  expect(seeded.stderr).toContain('--seed: received 1, but');
  expect(seeded.stderr).toContain('was begun without: leave it out');
  const further = path('further.csv');
  writeFileSync(further, lines.slice(0, 500).join(''));
  const elsewhere = await megamix(command.with(1, further));
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    1,
    `megamix: ${output} was learned from other DATA: say how many rows to leave out: --skip-rows N\n`,
  ]);
  const more = await megamix(['online', further, '--resume', '-o', output]);
  expect([more.code, more.stderr]).toEqual([
    0,
    'megamix: goes on after row 3,000 of what was fed before: DATA must be the rows that follow\n',
  ]);
  const moreAgain = await megamix(['online', further, '--resume', '--quiet', '-o', output, '--skip-rows', 'resume']);
  expect([moreAgain.code, moreAgain.stderr]).toEqual([0, '']);
  const last = await megamix(['online', further, '--resume', '-o', output, '--skip-rows', '500']);
  expect(last.stderr).toBe(
    'megamix: goes on after row 3,500 of what was fed before (row 500 of DATA of the last run): 500 rows of DATA are left out\n',
  );
});

test('rows that wait for others are saved by time', async () => {
  const output = path('by-time.h5');
  const child = start(['online', '-', '--format', 'csv', ...flags, '--save-every', '50ms', '-o', output]);
  const outcome = finish(child, null);
  child.stdin!.write(lines.slice(0, 500).join(''));
  await vi.waitFor(async () => expect((await OnlineFit.resume(output)).rows).toBe(500), {
    timeout: 40_000,
    interval: 200,
  });
  child.kill('SIGKILL');
  await outcome;
  const rest = await megamix(['online', csv, '--resume', '--skip-rows', '500', '-o', output]);
  expect(rest.code).toBe(0);
  expect(gap(await MixtureModel.load(output), await library())).toBe(0);
});

test('a bad row ends it, but nothing that was learned is lost', async () => {
  const output = path('kept.h5');
  const input = [...lines.slice(0, 1500), '1,x\n', ...lines.slice(1500)].join('');
  const { code, stdout, stderr } = await megamix(['online', '-', '--format', 'csv', ...flags, '-o', output], input);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('standard input, row 1501, column 2: received "x"');
  expect((await MixtureModel.load(output)).components).toBe(3);
});

test.each([
  ['no model', ['--components', '3'], 'model: received nothing'],
  ['κ too small', [...flags, '--kappa', '0.4'], '--kappa: received 0.4, expected a number in (0.5, 1]'],
  ['a window of none', [...flags, '--window', '0'], '--window: received 0, expected a whole number ≥ 1'],
  ['two step sizes', [...flags, '--step-size', '0.1'], "'--step-size <x>' cannot be used with option '--kappa <k>'"],
  [
    'nothing to go on from',
    ['--resume', '--components', '3'],
    'wrong.h5 holds nothing to go on from: give another OUTPUT',
  ],
  ['no savings', [...flags, '--save-every', '0'], '--save-every: received "0", expected a time such as 30s'],
  [
    'savings by iterations',
    [...flags, '--save-every', '2iterations'],
    '--save-every: received "2iterations", expected',
  ],
  [
    'rows left out',
    [...flags, '--skip-rows', '1e3'],
    '--skip-rows: received 1e3, expected a whole number ≥ 0, or resume',
  ],
  [
    'rows left out as if resumed',
    [...flags, '--skip-rows', 'resume'],
    '--skip-rows: received resume, which needs --resume',
  ],
])('wrong usage: %s', async (_, wrong, message) => {
  const { code, stdout, stderr } = await megamix(['online', csv, '-o', path('wrong.h5'), ...wrong]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('held-out data that are not there are known before anything is written', async () => {
  const blind = await megamix(['online', csv, ...flags, '--held-out', path('none.csv'), '-o', path('blind.h5')]);
  expect([blind.code, blind.stderr]).toEqual([
    1,
    `megamix: ${path('none.csv')} cannot be read: there is no such file or directory\n`,
  ]);
  expect(existsSync(path('blind.h5'))).toBe(false);
});

test('fit takes the algorithms, and their settings only', async () => {
  const output = path('incremental.h5');
  const base = ['fit', csv, '--model', 'dpgmm', '--components', '4', '-o', output, '--json'];
  const { code, stdout, stderr } = await megamix([...base, '--algorithm', 'incremental', '--blocks', '5']);
  expect([code, stderr]).toEqual([0, '']);
  const { criterion } = JSON.parse(stdout) as { criterion: number[] };
  for (let t = 1; t < criterion.length; t++) expect(criterion[t]).toBeGreaterThanOrEqual(criterion[t - 1]!);
  const stepwise = await megamix([...base, '--algorithm', 'stepwise', '--step-size', '0.2', '--window', '100']);
  expect([stepwise.code, stepwise.stderr]).toEqual([0, '']);
  const wrong = await megamix([...base, '--algorithm', 'incremental', '--window', '5']);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    "megamix: --window: belongs to the algorithm 'stepwise', not to 'incremental': leave it out\n",
  ]);
});
