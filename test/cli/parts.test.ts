import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openData } from '../../src/sources/source.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { megamix } from './run.ts';

const path = temporaryDirectory();
const silent = { code: 0, stdout: '', stderr: '' };

/** Keys and numbers of rows of an archive. */
async function matrices(file: string): Promise<[string, number][]> {
  const chunks = await collect((await openData(file)).arriving());
  return chunks.map(({ part, rows }) => [part.name, rows]);
}

writeFileSync(path('a.csv'), '1,2\n3,4\n');
writeFileSync(path('b.csv'), '5,6\n');
writeFileSync(path('two.ark'), 'u [\n 1 2\n 3 4 ]\nv [\n 5 6 ]\n');
writeFileSync(path('same.ark'), 'u [\n 1 2\n 3 4 ]\nu [\n 5 6 ]\n');
writeFileSync(path('call.wav'), wavBytes(tones(800)));
writeFileSync(path('my call.wav'), wavBytes(tones(1200)));

test.each(['npy', 'csv', 'tsv', 'jsonl', 'h5', 'htk', 'parquet', 'arrow'])(
  'utterances and files that .%s joins are told of',
  async (format) => {
    const output = path(`joined.${format}`);
    for (const inputs of [
      [path('two.ark')],
      [path('same.ark')],
      [path('a.csv'), path('b.csv')],
      [path('two.ark'), path('same.ark'), path('b.csv')],
    ]) {
      const { code, stdout, stderr } = await megamix(['convert', ...inputs, output]);
      expect([code, stdout, stderr]).toEqual([
        0,
        '',
        `warning: ${output}: the rows of several files or utterances follow one another in it, unmarked: to keep them apart name an .ark or .h5f file, DIR/{name}.npy, or CSV with --names\n`,
      ]);
    }
    expect(await megamix(['convert', path('a.csv'), output])).toEqual(silent);
  },
);

test('standard output and labels are told of too', async () => {
  const { stdout, stderr } = await megamix(['convert', path('two.ark'), '-']);
  expect([stdout, stderr]).toEqual([
    '1,2\n3,4\n5,6\n',
    expect.stringContaining('standard output: the rows of several files'),
  ]);
  const fit = ['fit', path('a.csv'), path('b.csv'), '--model', 'kmeans', '--components', '2', '-o', path('m.h5')];
  expect((await megamix([...fit, '--quiet'])).code).toBe(0);
  const predict = ['predict', path('m.h5'), path('a.csv'), path('b.csv'), '-o', path('labels.npy')];
  expect((await megamix(predict)).stderr).toContain(
    'labels.npy: the rows of several files or utterances follow one another in it, unmarked',
  );
});

test('an archive keeps files and utterances apart', async () => {
  const output = path('parts.ark');
  expect(await megamix(['convert', path('two.ark'), path('a.csv'), path('b.csv'), output])).toEqual(silent);
  expect(await matrices(output)).toEqual([
    ['u', 2],
    ['v', 1],
    ['a', 2],
    ['b', 1],
  ]);
  expect(await megamix(['convert', path('a.csv'), output])).toEqual(silent);
  expect(await matrices(output)).toEqual([['a', 2]]);
});

test('one key twice is refused, by name', async () => {
  for (const inputs of [['same.ark'], ['two.ark', 'two.ark'], ['a.csv', 'a.csv']]) {
    const { code, stderr } = await megamix(['convert', ...inputs.map(path), path('never.ark')]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^megamix: .*never.ark: two files or utterances would have the key [ua], but .*\n$/),
    ]);
  }
});

test('names with blanks become keys without, which is said', async () => {
  const output = path('features.ark');
  const { stderr } = await megamix(['features', path('call.wav'), path('my call.wav'), '-o', output]);
  const key = 'my-call';
  expect(stderr).toBe(`warning: ${output}: "my call" is called ${key} in it, as keys of an archive have no blanks\n`);
  expect((await matrices(output)).map(([name]) => name)).toEqual(['call', key]);
  const piped = await megamix(['features', '-', '-o', output], wavBytes(tones(800)));
  expect(piped.stderr).toContain('"standard input" is called standard-input in it');
  expect(await readRows(output)).toEqual(await readRows(path('call.wav')));
});

test('utterances of one name, and a file that is named twice, are identified by themselves', async () => {
  writeFileSync(path('far.csv'), '91,92\n93,94\n90,91\n');
  for (const [name, data] of [
    ['near', 'two.ark'],
    ['far', 'far.csv'],
  ] as const) {
    const fit = [
      'fit',
      path(data),
      '--model',
      'gmm',
      '--components',
      '1',
      '--covariance',
      'spherical',
      '--reg-covar',
      '1',
    ];
    expect((await megamix([...fit, '-o', path(`${name}.h5`), '--quiet'])).code).toBe(0);
  }
  writeFileSync(path('both.ark'), 'u [\n 1 2\n 3 4 ]\nu [\n 91 92 ]\n');
  const models = [path('near.h5'), path('far.h5')];
  const bests = async (...inputs: string[]): Promise<string[]> => {
    const { stdout } = await megamix(['identify', ...models, ...inputs.map(path), '--json']);
    return (JSON.parse(stdout) as { results: { best: string }[] }).results.map(({ best }) => best);
  };
  expect(await bests('both.ark')).toEqual(models);
  expect(await bests('a.csv', 'a.csv', 'both.ark')).toEqual([models[0], models[0], ...models]);
});
