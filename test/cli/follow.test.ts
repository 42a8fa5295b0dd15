import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { adopt } from '../setup/watchdog.ts';
import { finish, main, megamix, start } from './run.ts';

const path = temporaryDirectory();
const rows = (values: Float64Array): number[][] =>
  Array.from({ length: values.length / 2 }, (_, n) => [...values.subarray(2 * n, 2 * n + 2)]);
const textOf = (values: readonly number[][]): string => values.map((row) => `${row.join(',')}\n`).join('');
const [anna, ben] = [
  [
    [0, 0],
    [4, 4],
  ],
  [
    [-4, 3],
    [6, -2],
  ],
].map((centres, i) => rows(blobs(300, centres, i + 1)));
const models: MixtureModel[] = [];
for (const [i, data] of [anna!, ben!].entries()) {
  models.push(await new GaussianMixture({ components: 2, iterations: 5 }).fit(data));
  await models[i]!.save(path(`${i}.h5`));
}
const model = path('0.h5');
writeFileSync(path('anna.csv'), textOf(anna!.slice(0, 50)));
writeFileSync(path('ben.csv'), textOf(ben!.slice(0, 50)));

/** The lines of a process, one at a time. */
const linesOf = (child: ChildProcess): AsyncIterator<string> =>
  createInterface({ input: child.stdout! })[Symbol.asyncIterator]();

test('a line in, a line out, before the next is there', async () => {
  const child = start(['score', model, '-', '--format', 'csv', '--follow', '--json', '--top', '2', '--window', '2']);
  const ended = finish(child, null);
  const lines = linesOf(child);
  const probabilities = flatten(await collect(models[0]!.logProbabilities(anna!.slice(0, 3))));
  for (const [n, row] of anna!.slice(0, 3).entries()) {
    child.stdin!.write(`${row.join(',')}\n`);
    const { value } = await lines.next();
    const { logProbability, label, responsibilities, meanLogProbability } = JSON.parse(value);
    expect(logProbability).toBeCloseTo(probabilities[n]!, 10);
    expect(responsibilities[0]).toEqual({ component: label, responsibility: expect.any(Number) });
    const window = probabilities.slice(Math.max(0, n - 1), n + 1);
    expect(meanLogProbability).toBeCloseTo(window.reduce((sum, each) => sum + each, 0) / window.length, 10);
  }
  child.stdin!.end();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('files, as CSV without names; K-means gives labels', async () => {
  const { code, stdout } = await megamix(['score', model, path('anna.csv'), path('ben.csv'), '--follow']);
  expect(code).toBe(0);
  const cells = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  expect(cells.map(([logProbability]) => Number(logProbability)).length).toBe(100);
  expect(cells.map(([, label]) => Number(label)).slice(0, 50)).toEqual(
    flatten(await collect(models[0]!.labels(anna!.slice(0, 50)))),
  );
  await (await new KMeans({ components: 2, iterations: 2 }).fit(anna!)).save(path('k.h5'));
  expect((await megamix(['score', path('k.h5'), '-', '--format', 'csv', '--follow'], '1,2\n')).stdout).toMatch(
    /^,[01]\n$/,
  );
});

test('a row of another width ends it, told, after the results of those before', async () => {
  const child = start(['score', model, '-', '--format', 'csv', '--follow']);
  const ended = finish(child, null);
  child.stdin!.write('1,2\n3,4\n5\n'); // and more may come
  const { code, stdout, stderr } = await ended;
  expect([code, stdout.split('\n').length]).toEqual([1, 3]);
  expect(stderr).toContain('standard input, row 3: received 1 columns, expected 2');
});

test('a reader that goes away ends it, however much there is', async () => {
  const writer = spawn('yes', ['1,2']);
  adopt(writer);
  writer.stdin.end();
  writer.stdout.on('error', () => {});
  const child = spawn(process.execPath, [main, 'score', model, '-', '--format', 'csv', '--follow'], {
    stdio: [writer.stdout, 'pipe', 'pipe'],
  });
  adopt(child);
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  writer.kill();
  expect([code, errors]).toEqual([0, '']);
});

test('an interrupt ends it, though nothing comes', async () => {
  const child = start(['score', model, '-', '--format', 'csv', '--follow']);
  const ended = finish(child, null);
  child.stdin!.write('1,2\n');
  await once(child.stdout!, 'data');
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

test.each([
  [['score', model, path('anna.csv'), '--top', '2'], 2, '--top: needs --follow'],
  [
    ['score', model, path('anna.csv'), '--follow', '--weights', path('ben.csv')],
    2,
    '--weights: --follow scores every row',
  ],
  [['score', model, '-', '--format', 'csv', '--follow'], 1, 'standard input is empty'],
  [['identify', model, path('1.h5')], 2, 'are models: name files of rows too'],
  [['adapt', model, path('anna.csv'), '-o', path('x.h5'), '--relevance', '0'], 2, '--relevance: received 0'],
  [['adapt', model, path('anna.csv'), '-o', '-'], 2, '--output: a model cannot be written to standard output'],
  [['adapt', model, path('anna.csv'), '-o', path('x.h5'), '--adapt', 'mean'], 2, 'Expected some of means, weights'],
])('refused: %j', async (args, code, message) => {
  const outcome = await megamix(args);
  expect(outcome.stderr).toContain(message);
  expect([outcome.code, outcome.stdout]).toEqual([code, '']);
});

test('identify tells the model of each file', async () => {
  const [first, second] = [path('0.h5'), path('1.h5')];
  const plain = await megamix(['identify', first, second, path('anna.csv'), path('ben.csv')]);
  expect([plain.code, plain.stderr]).toEqual([0, '']);
  expect(plain.stdout).toMatch(/anna\.csv .*0\.h5 {2}-\d.* a row, \d.* more than .*1\.h5\n.*ben\.csv .*1\.h5 {2}-/);
  const json = await megamix(['identify', second, path('*.csv'), first, '--json', '--threads', '1']);
  const { results } = JSON.parse(json.stdout);
  expect(results.map(({ data, best }: { data: string; best: string }) => [data, best])).toEqual([
    [path('anna.csv'), first],
    [path('ben.csv'), second],
  ]);
  expect(results[0].scores[second]).toBeCloseTo((await models[1]!.score(path('anna.csv'))).logProbPerRow!, 9);
  const piped = await megamix(['identify', second, first, '-', '--format', 'csv', '--json'], textOf(anna!));
  expect(JSON.parse(piped.stdout).results).toEqual([expect.objectContaining({ data: 'standard input', best: first })]);
});

test('adapt saves what the library would', async () => {
  const out = path('adapted.h5');
  const { code, stdout } = await megamix([
    'adapt',
    model,
    path('ben.csv'),
    '-o',
    out,
    '--adapt',
    'means,weights',
    '--relevance',
    '4',
    '--iterations',
    '2',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('50 rows × 2 columns');
  const expected = await models[0]!.adapt(path('ben.csv'), {
    adapt: ['means', 'weights'],
    relevance: 4,
    iterations: 2,
  });
  expect((await MixtureModel.load(out)).state).toEqual(expected.state);
  const piped = await megamix(['adapt', model, '-', '--format', 'csv', '-o', path('p.h5')], textOf(ben!.slice(0, 50)));
  expect(piped.code).toBe(0);
  expect((await MixtureModel.load(path('p.h5'))).means).toEqual((await models[0]!.adapt(path('ben.csv'))).means);
});
