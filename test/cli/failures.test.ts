import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { npyBytes } from '../helpers/npy.ts';
import { finish, megamix, type Outcome, start, writeUntilRead } from './run.ts';

const path = temporaryDirectory();
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(path(name), content);
  return path(name);
};
const good = write(
  'good.csv',
  Array.from({ length: 60 }, (_, n) => `${Math.sin(n + 1)},${Math.cos(3 * n)}`).join('\n'),
);
const model = path('model.h5');
await new GaussianMixture({ components: 2, iterations: 1 }).fit(good).then((fitted) => fitted.save(model));
const modelBytes = readFileSync(model);

/** One or two lines, no stack, and the exit code. */
function expectFailure({ code, stdout, stderr }: Outcome, expectedCode: number, message: string): void {
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/\n\s+at |node:internal|HDF5-DIAG/);
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  expect([code, stdout]).toEqual([expectedCode, '']);
}

const two = new Float64Array(4);
const inputs: [what: string, file: () => string, message: string][] = [
  ['nothing', () => write('empty.csv', ''), 'empty.csv is empty'],
  ['an empty npy', () => write('empty.npy', ''), 'empty.npy is empty'],
  ['no rows', () => write('norows.npy', npyBytes({ shape: '(0, 2)' }, two.subarray(0, 0))), 'norows.npy is empty'],
  ['ragged rows', () => write('ragged.csv', '1,2\n3\n'), 'ragged.csv, row 2: received 1 columns, expected 2'],
  ['text', () => write('text.csv', '1,2\n3,x\n'), 'text.csv, row 2, column 2: received "x"'],
  ['an empty cell', () => write('cell.csv', '1,2\n3,\n'), 'cell.csv, row 2, column 2: received nothing'],
  ['hexadecimal', () => write('hex.csv', '1,2\n0x10,3\n'), 'hex.csv, row 2, column 1: received "0x10"'],
  ['NaN', () => write('nan.csv', '1,2\nNaN,3\n'), 'nan.csv, row 2, column 1: received "NaN"'],
  [
    'NaN in npy',
    () => write('nan.npy', npyBytes({}, Float64Array.of(1, 2, Number.NaN, 3))),
    'nan.npy, row 2, column 1: received NaN',
  ],
  ['infinity', () => write('inf.jsonl', '[1,2]\n[1e999,3]\n'), 'inf.jsonl, row 2, column 1'],
  [
    '−infinity in npy',
    () => write('inf.npy', npyBytes({}, Float64Array.of(1, 2, Number.NEGATIVE_INFINITY, 3))),
    'inf.npy, row 2, column 1: received -Infinity',
  ],
  ['one dimension', () => write('1d.npy', npyBytes({ shape: '(4,)' }, two)), '1d.npy: an array of 1 dimensions'],
  [
    'three dimensions',
    () => write('3d.npy', npyBytes({ shape: '(2, 1, 2)' }, two)),
    '3d.npy: an array of 3 dimensions',
  ],
  ['complex numbers', () => write('c.npy', npyBytes({ descr: "'<c16'" }, two)), "c.npy: its numbers are '<c16'"],
  ['objects', () => write('o.npy', npyBytes({ descr: "'|O'" }, two)), "o.npy: its numbers are '|O'"],
  [
    'a header that claims more',
    () => write('more.npy', npyBytes({ shape: '(50, 2)' }, two)),
    'claims 50 rows of 2 numbers, but it ends after 2',
  ],
  ['other columns in the second file', () => `${good}|${write('wide.csv', '1,2,3\n')}`, 'wide.csv has 3 columns, but'],
  ['numbers too large', () => write('huge.csv', '1e200,1\n-1e200,2\n1,3\n'), 'scale the data down'],
  ['a missing file', () => path('missing.csv'), 'missing.csv cannot be read: there is no such file'],
  [
    'garbage for npy',
    () => write('garbage.npy', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])),
    'garbage.npy is not an .npy file',
  ],
  ['garbage for HDF5', () => write('garbage.h5', 'garbage'), 'garbage.h5 is not an HDF5 file'],
  [
    'a model cut in half for HDF5',
    () => write('half.h5', modelBytes.subarray(0, modelBytes.length >> 1)),
    'half.h5 is damaged, and cannot be read as HDF5',
  ],
  ['garbage for JSON lines', () => write('garbage.jsonl', '\0\x01{['), 'garbage.jsonl, row 1: no JSON'],
  ['a directory', () => dirname(good), 'is a directory with files of several formats'],
  [
    'a directory of a name like a file',
    () => {
      mkdirSync(path('directory.csv'), { recursive: true });
      return path('directory.csv');
    },
    'directory.csv is a directory without files of a known format: name files, or a pattern',
  ],
  ['a name longer than any', () => path(`${'x'.repeat(300)}.csv`), 'cannot be read: the name is too long'],
  [
    'a link to itself',
    () => {
      rmSync(path('loop.csv'), { force: true });
      symlinkSync(path('loop.csv'), path('loop.csv'));
      return path('loop.csv');
    },
    'loop.csv cannot be read: it is a symbolic link that leads to itself',
  ],
  [
    'controls in a name',
    () => write('a\nb\x1b[31m.csv', '1,2\n3,x\n'),
    'a\\nb\\x1b[31m.csv, row 2, column 2: received "x"',
  ],
  [
    'JSON lines in UTF-16',
    () => write('wide.jsonl', Buffer.from('[1,2]\n', 'utf16le')),
    'wide.jsonl is text in UTF-16',
  ],
  ['controls in JSON lines', () => write('nul.jsonl', '[\0]\n'), '\\x00'],
  ['a name in a file that holds one table', () => `${good}:/x`, 'holds one table, without a name: leave /x out'],
  [
    'gzip that is cut short',
    () => write('cut.csv.gz', gzipSync('1,2\n3,4\n').subarray(0, -3)),
    'cut.csv.gz cannot be decompressed by gzip',
  ],
  ['a glob without files', () => path('no-*.npy'), 'no file matches'],
];

test.each(inputs)('fit: %s', async (_, file, message) => {
  const files = file().split('|');
  const output = path('never.h5');
  const before = readdirSync(dirname(output));
  expectFailure(await megamix(['fit', ...files, '--model', 'gmm', '--components', '2', '-o', output]), 1, message);
  expect(readdirSync(dirname(output))).toEqual(before);
});

const unreadable = inputs.filter(([what], i) => i % 3 === 0 && !/components|large/.test(what));
const toFiles = unreadable.map(
  ([what, file, message], i) => [what, i % 2 ? 'never.npy' : 'never.csv', file, message] as const,
);
test.each(toFiles)('predict: %s, to %s', async (_, output, file, message) => {
  const files = file().split('|');
  const before = readdirSync(dirname(path(output)));
  expectFailure(await megamix(['predict', model, ...files, '-o', path(output)]), 1, message);
  expect(readdirSync(dirname(path(output)))).toEqual(before);
});

test.each([
  ['cut in half', modelBytes.subarray(0, modelBytes.length >> 1), 'is damaged'],
  ['empty', Buffer.alloc(0), 'is empty'],
  ['text', Buffer.from('hello'), 'is not an HDF5 file'],
])('a model file that is %s', async (_, bytes, message) => {
  const file = write('broken.h5', bytes);
  for (const args of [
    ['score', file, good],
    ['predict', file, good, '-o', path('never.csv')],
    ['simplify', file, good, '-o', path('never.h5')],
    ['info', file],
  ]) {
    expectFailure(await megamix(args), 1, message);
  }
  expectFailure(await megamix(['fit', good, '--init-model', file, '-o', path('never.h5')]), 1, message);
  expect(existsSync(path('never.h5')) || existsSync(path('never.csv'))).toBe(false);
});

test('data and model of different dimensions', async () => {
  const wide = write('wide.csv', '1,2,3\n4,5,6\n');
  expectFailure(await megamix(['score', model, wide]), 1, 'wide.csv has 3 columns, but the model has 2 dimensions');
  expectFailure(await megamix(['predict', model, wide, '-o', path('never.npy')]), 1, 'wide.csv has 3 columns');
  expectFailure(
    await megamix(['fit', wide, '--init-model', model, '-o', path('never.h5')]),
    1,
    'wide.csv has 3 columns',
  );
  expectFailure(
    await megamix(['fit', good, '--held-out', wide, '--model', 'kmeans', '--components', '2', '-o', path('never.h5')]),
    1,
    'wide.csv has 3 columns',
  );
});

test('a directory for temporary files that is not there is named', async () => {
  const child = start(
    ['fit', '-', '--format', 'csv', '--model', 'gmm', '--components', '2', '-o', path('never.h5')],
    undefined,
    {
      TMPDIR: path('nowhere'),
    },
  );
  const outcome = finish(child, readFileSync(good));
  expectFailure(
    await outcome,
    1,
    `no temporary file can be made in ${path('nowhere')}: there is no such file or directory: set TMPDIR to`,
  );
});

const fit = ['fit', good, '-o', path('never.h5')];
test.each([
  ['an unknown command', ['fitt', good], 'Did you mean fit?'],
  ['an unknown flag', [...fit, '--model', 'gmm', '--component', '3'], 'Did you mean --components?'],
  [
    'a flag of another command',
    [...fit, '--model', 'gmm', '--components', '3', '--as', 'labels'],
    "unknown option '--as'",
  ],
  [
    'no output',
    ['fit', good, '--model', 'gmm', '--components', '3'],
    "required option '-o, --output <file>' not specified",
  ],
  ['no data', ['fit', '--model', 'gmm', '--components', '3', '-o', 'x.h5'], "missing required argument 'data'"],
  ['no model', [...fit, '--components', '3'], '--model: received nothing'],
  ['no components', [...fit, '--model', 'gmm'], '--components: received nothing'],
  ['an unknown model', [...fit, '--model', 'hmm', '--components', '3'], 'Allowed choices are kmeans, gmm'],
  ['components in words', [...fit, '--model', 'gmm', '--components', 'three'], 'Expected a number'],
  ['hexadecimal components', [...fit, '--model', 'gmm', '--components', '0x3'], 'Expected a number'],
  [
    'no components at all',
    [...fit, '--model', 'gmm', '--components', '0'],
    '--components: received 0, expected a whole number ≥ 1',
  ],
  [
    'a prior out of range',
    [...fit, '--model', 'vbgmm', '--components', '3', '--alpha-0', '0'],
    '--alpha-0: received 0, expected a finite number > 0',
  ],
  [
    'ν₀ out of range',
    [...fit, '--model', 'vbgmm', '--components', '3', '--nu-0', '1'],
    '--nu-0: received 1, expected more than 1',
  ],
  [
    'a discount out of range',
    [...fit, '--model', 'pypgmm', '--components', '3', '--discount', '1'],
    '--discount: received 1',
  ],
  [
    'a negative regCovar',
    [...fit, '--model', 'gmm', '--components', '3', '--reg-covar', '-1'],
    '--reg-covar: received -1',
  ],
  [
    'a flag of another model',
    [...fit, '--model', 'kmeans', '--components', '3', '--covariance', 'full'],
    '--covariance: a kmeans has no such setting',
  ],
  [
    'all rows held out',
    [...fit, '--model', 'gmm', '--components', '3', '--held-out-fraction', '1'],
    '--held-out-fraction: received 1',
  ],
  [
    'two held-out streams',
    [...fit, '--model', 'gmm', '--components', '3', '--held-out-fraction', '.1', '--held-out', good],
    'cannot be used with',
  ],
  ['two starts', [...fit, '--model', 'gmm', '--init', 'random', '--init-means', good], 'cannot be used with'],
  [
    'iterations and patience',
    [...fit, '--model', 'gmm', '--components', '3', '--iterations', '3', '--patience', '3'],
    '--iterations: asks for exactly 3',
  ],
  [
    'a model on standard output',
    ['fit', good, '--model', 'gmm', '--components', '3', '-o', '-'],
    '--output: a model cannot be written',
  ],
  [
    'standard input twice',
    ['fit', '-', '--format', 'csv', '--held-out', '-', '--model', 'gmm', '--components', '3', '-o', path('never.h5')],
    '--held-out: standard input',
  ],
  [
    'rows of no saved model',
    [...fit, '--model', 'gmm', '--components', '3', '--rows', '5'],
    '--rows: says something of --init-model',
  ],
  [
    'an endless range of columns',
    [...fit, '--model', 'gmm', '--components', '3', '--columns', '1-1000000000'],
    'longer than rows can be',
  ],
  ['columns of an npy', ['score', model, write('plain.npy', npyBytes()), '--columns', '1'], '--columns: '],
  ['a group that is none', [...fit, '--model', 'gmm', '--components', '3', '--group', '..'], '--group: received'],
  [
    'contradicting flags',
    [...fit, '--model', 'gmm', '--components', '3', '--iterations', '3', '--max-iterations', '3'],
    'which --max-iterations contradicts',
  ],
  ['an output of no known form', ['predict', model, good, '-o', 'myLabels.txt'], '--output: received myLabels.txt'],
  ['standard input with files', ['score', model, '-', good], 'must stand alone'],
])('wrong usage: %s', async (_what, args, message) => {
  expectFailure(await megamix(args), 2, message);
  expect(existsSync(path('never.h5'))).toBe(false);
});

test('a singular covariance names the component and the flag', async () => {
  const file = write('flat.csv', Array.from({ length: 50 }, (_, n) => `${n},7`).join('\n'));
  const outcome = await megamix([
    'fit',
    file,
    '--model',
    'gmm',
    '--components',
    '2',
    '--reg-covar',
    '0',
    '-o',
    path('never.h5'),
  ]);
  expectFailure(outcome, 1, 'the covariance of component 0');
  expect(outcome.stderr).toContain('is singular in column 2: raise --reg-covar');
});

test('outputs that cannot be written are refused before the fit', async () => {
  mkdirSync(path('directory.h5'));
  write('notes.h5', 'hello');
  for (const output of [path('no/such.h5'), `${good}/x.h5`, path('directory.h5'), '/dev/null']) {
    expectFailure(
      await megamix(['fit', good, '--model', 'gmm', '--components', '2', '-o', output]),
      1,
      `${output} cannot be written`,
    );
  }
  expectFailure(
    await megamix(['fit', good, '--model', 'gmm', '--components', '2', '-o', path('notes.h5')]),
    1,
    'notes.h5 is not an HDF5 file',
  );
  expectFailure(
    await megamix(['predict', model, good, '-o', `${good}/x.npy`]),
    1,
    'cannot be written: there is no such',
  );
  if (process.getuid?.() !== 0) {
    mkdirSync(path('locked'));
    chmodSync(path('locked'), 0o555);
    expectFailure(
      await megamix(['fit', good, '--model', 'gmm', '--components', '2', '-o', path('locked/x.h5')]),
      1,
      'permission denied',
    );
  }
});

test('labels only of K-means', async () => {
  await megamix(['fit', good, '--model', 'kmeans', '--components', '2', '-o', path('k.h5')]);
  expectFailure(
    await megamix(['predict', path('k.h5'), good, '--as', 'log-prob', '-o', path('never.npy')]),
    2,
    'a kmeans gives labels only',
  );
});

test('a pipe that closes early ends predict quietly', async () => {
  const long = write('long.csv', '0.5,0.5\n'.repeat(200_000));
  const child = start(['predict', model, long, '--as', 'log-resp', '-o', '-']);
  child.stdout!.once('data', () => child.stdout!.destroy());
  const { code, stderr } = await finish(child);
  expect([code, stderr]).toEqual([0, '']);
});

test('an interrupt saves the best model so far and says so by its exit code', async () => {
  const output = path('interrupted.h5');
  const long = write(
    'long.csv',
    Array.from({ length: 1000 }, (_, n) => `${Math.sin(n + 1)},${Math.cos(n * n)}`).join('\n'),
  );
  const child = start([
    'fit',
    long,
    '--model',
    'gmm',
    '--components',
    '20',
    '--iterations',
    '1000000',
    '--saving',
    'linear',
    '--saving-period',
    '1000000',
    '-o',
    output,
    '--json',
  ]);
  const outcome = finish(child);
  await vi.waitFor(() => expect(existsSync(output)).toBe(true), 40_000); // the initialised model is saved: it iterates
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  expect([code, stderr]).toEqual([130, '']);
  expect(JSON.parse(stdout).stopReason).toBe('aborted');
  expect((await MixtureModel.load(output)).iterations).toBe(JSON.parse(stdout).iterations);
});

test('an interrupt while nothing comes from a pipe ends at once, with nothing written', async () => {
  mkdirSync(path('temporary'));
  const args = ['fit', '-', '--format', 'csv', '--model', 'gmm', '--components', '2', '-o', path('never.h5')];
  const child = start(args, undefined, { TMPDIR: path('temporary') });
  const outcome = finish(child, null);
  await writeUntilRead(child, '1,2\n3,4\n');
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  expect([code, stdout, stderr]).toEqual([130, '', 'megamix: interrupted; nothing was written\n']);
  expect(existsSync(path('never.h5'))).toBe(false);
  expect(readdirSync(path('temporary'))).toEqual([]);
});
