import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readArchive } from '../helpers/kaldi-reader.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { megamix } from './run.ts';

const path = temporaryDirectory();
const silent = { code: 0, stdout: '', stderr: '' };
const model = path('gmm.h5');

writeFileSync(path('two.ark'), 'u [\n 1 2\n 3 5 ]\nv [\n 5 6 ]\nu [\n 2 2 ]\n');
writeFileSync(path('own.ark'), 'u [\n 1 2\n 3 5 ]\nv [\n 5 6 ]\n');
writeFileSync(path('rows.csv'), '1,2\n3,5\n5,6\n2,2\n8,1\n');
const fit = [
  'fit',
  path('rows.csv'),
  '--model',
  'gmm',
  '--components',
  '2',
  '--covariance',
  'diagonal',
  '--reg-covar',
  '1',
];
expect((await megamix([...fit, '--iterations', '2', '-o', model, '--quiet'])).code).toBe(0);
const loaded = await MixtureModel.load(model);

/** What scoring the rows of each utterance by itself gives. */
const expected = await Promise.all(
  (
    [
      [
        'u',
        [
          [1, 2],
          [3, 5],
        ],
      ],
      ['v', [[5, 6]]],
      ['u', [[2, 2]]],
    ] as const
  ).map(async ([name, rows]) => {
    const { logProbabilities } = await loaded.predict(rows.map((row) => [...row]));
    const logProb = logProbabilities!.reduce((sum, value) => sum + value, 0);
    return { name, frames: rows.length, logProb, logProbPerRow: logProb / rows.length };
  }),
);

test('a line for each utterance: JSON, CSV, text for people, and as Kaldi prints it', async () => {
  const score = ['score', model, path('two.ark')];
  const json = await megamix([...score, '--per-utterance', '--json']);
  expect(json.stderr).toBe('');
  expect(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(expected);
  expect(await megamix([...score, '--per-utterance', '-o', path('s.csv')])).toEqual(silent);
  const lines = expected.map(({ name, frames, logProb, logProbPerRow }) =>
    [name, frames, logProb, logProbPerRow].join(),
  );
  expect(readFileSync(path('s.csv'), 'utf8')).toBe(`name,frames,logProb,logProbPerRow\n${lines.join('\n')}\n`);
  const { stdout } = await megamix([...score, '--per-utterance']);
  expect(stdout.split('\n')[0]).toMatch(/^ {2}u {2}2 rows {2}-\d+\.\d+ {2}-\d+\.\d+ a row$/);
  const average = await megamix([...score, '--average']);
  expect(average.stdout).toBe(
    expected
      .map(({ name, logProbPerRow }) => `${name} ${Number(Math.fround(logProbPerRow).toPrecision(7))}\n`)
      .join(''),
  );
});

test('utterances of a group are added up, whichever way the groups are written', async () => {
  const score = ['score', model, path('own.ark'), '--per-group', '--json', '--groups'];
  const [u, v] = expected as [(typeof expected)[0], (typeof expected)[0]];
  const logProb = u.logProb + v.logProb;
  const all = { name: 'anna', frames: 3, logProb, logProbPerRow: logProb / 3 };
  writeFileSync(path('utt2spk'), 'v anna\nu anna\n');
  writeFileSync(path('spk2utt'), 'anna v u\n');
  writeFileSync(path('ungrouped'), 'u anna\n');
  for (const groups of ['utt2spk', 'spk2utt']) {
    const { stdout, stderr } = await megamix([...score, path(groups)]);
    expect([JSON.parse(stdout), stderr]).toEqual([all, '']);
  }
  const { code, stderr } = await megamix([...score, path('ungrouped')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('ungrouped has no group of v: add a line for it')]);
  writeFileSync(path('both'), 'u anna\nv anna\nu bert\n');
  const both = await megamix([...score, path('both')]);
  expect([both.code, both.stderr]).toEqual([1, expect.stringMatching(/both, line 3: .*expected u in anna, as before/)]);
});

test('weights count, and files are parts', async () => {
  writeFileSync(path('a.csv'), '1,2,1\n3,5,3\n');
  writeFileSync(path('b.csv'), '5,6,2\n');
  const { stdout } = await megamix([
    'score',
    model,
    path('a.csv'),
    path('b.csv'),
    '--weight-column',
    '3',
    '--per-utterance',
    '--json',
  ]);
  const [a, b] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as (typeof expected)[0]);
  const { logProbabilities } = await loaded.predict([
    [1, 2],
    [3, 5],
    [5, 6],
  ]);
  const [first, second, third] = logProbabilities!;
  expect(a).toMatchObject({ name: 'a', frames: 2 });
  expect(a!.logProb).toBeCloseTo(first! + 3 * second!, 10);
  expect(a!.logProbPerRow).toBeCloseTo((first! + 3 * second!) / 4, 10);
  expect(b!.logProbPerRow).toBeCloseTo(third!, 10);
});

test('posteriors of utterances keep their names, in every output that holds them', async () => {
  const predict = ['predict', model, path('own.ark'), '--as', 'resp'];
  const { responsibilities } = await loaded.predict([
    [1, 2],
    [3, 5],
    [5, 6],
  ]);
  const rows = responsibilities!.to2DArray();
  expect(await megamix([...predict, '-o', `ark,scp:${path('post.ark')},${path('post.scp')}`])).toEqual(silent);
  const entries = readArchive(readFileSync(path('post.ark')));
  expect(entries.map(({ key, offset }) => `${key} ${path('post.ark')}:${offset}\n`).join('')).toBe(
    readFileSync(path('post.scp'), 'utf8'),
  );
  expect(entries.map(({ key, rows }) => [key, rows.length])).toEqual([
    ['u', 2],
    ['v', 1],
  ]);
  for (const [i, row] of entries.flatMap((entry) => entry.rows as number[][]).entries()) {
    for (const [k, value] of row.entries()) expect(value).toBeCloseTo(rows[i]![k]!, 12);
  }
  expect(await megamix([...predict, '--top', '1', '-o', path('top.ark')])).toEqual(silent);
  const top = readArchive(readFileSync(path('top.ark')), true).flatMap((entry) => entry.rows as [number, number][][]);
  for (const [i, [[component, value]]] of (top as [[number, number]][]).entries()) {
    const best = Math.max(...rows[i]!);
    expect(component).toBe(rows[i]!.indexOf(best));
    expect(value).toBeCloseTo(best, 6);
  }
  expect(await megamix([...predict, '-o', path('post/{name}.npy')])).toEqual(silent);
  expect([existsSync(path('post/u.npy')), existsSync(path('post/v.npy'))]).toEqual([true, true]);
  const { stdout } = await megamix(['predict', model, path('own.ark'), '--names', '-o', '-']);
  expect(stdout).toMatch(/^name,c1\nu,\d\nu,\d\nv,\d\n$/);
});

test('sound keeps names and times through features and predict', async () => {
  for (const name of ['one', 'two']) writeFileSync(path(`${name}.wav`), wavBytes(tones(name === 'one' ? 800 : 1200)));
  const wavs = [path('one.wav'), path('two.wav')];
  expect(await megamix(['features', ...wavs, '--names', '-o', path('f.csv')])).toEqual(silent);
  const lines = readFileSync(path('f.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').slice(0, 2));
  expect(lines.slice(0, 3)).toEqual([
    ['name', 'time'],
    ['one', '0.0125'],
    ['one', '0.0225'],
  ]);
  expect(lines.filter(([name]) => name === 'two')[0]).toEqual(['two', '0.0125']);
  const columns = ['--utterance-column', 'name', '--time-column', 'time'];
  expect(await megamix(['convert', path('f.csv'), ...columns, path('f.h5f')])).toEqual(silent);
  expect(await megamix(['convert', path('f.csv'), ...columns, '--names', path('g.csv')])).toEqual(silent);
  expect(readFileSync(path('g.csv'), 'utf8')).toBe(readFileSync(path('f.csv'), 'utf8'));
});

test.each([
  [['score', '--per-utterance', '--average'], '--average: --per-utterance is asked for already: choose one'],
  [['score', '--per-utterance', '--follow'], '--follow: --per-utterance is asked for already'],
  [['score', '--per-group'], '--groups: --per-group needs --groups'],
  [['score', '--groups', 'x'], '--groups: needs --per-group'],
  [['score', '-o', 'x.csv'], '--output: needs --per-utterance'],
  [
    ['score', '--per-utterance', '-o', 'x.npy'],
    '--output: received x.npy, expected a name that ends with .csv or .jsonl',
  ],
  [['score', '--average', '--json'], '--json: --average prints text as Kaldi does'],
  [['predict', '--top', '1', '-o', 'x.npy'], '--top: labels are no responsibilities'],
  [['predict', '--as', 'resp', '--top', '9', '-o', 'x.npy'], '--top: received 9, expected a whole number from 1 to 2'],
  [['predict', '--compress', '-o', 'x.npy'], '--compress: only archives'],
  [['predict', '--names', '-o', 'x.npy'], '--names: only lines'],
])('%s is refused', async ([command, ...flags], message) => {
  const { code, stderr } = await megamix([command!, model, path('own.ark'), ...flags]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
