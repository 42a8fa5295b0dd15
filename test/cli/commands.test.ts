import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { GaussianMixture, VariationalGaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { checkComputing } from '../../src/kernels/index.ts';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';
import { adopt } from '../setup/watchdog.ts';
import { finish, main, megamix } from './run.ts';

const path = temporaryDirectory();
const values = blobs(
  400,
  [
    [0, 0],
    [6, 6],
    [-6, 5],
  ],
  3,
);
const npy = path('data.npy');
const csv = path('data.csv');
const text = Array.from({ length: 400 }, (_, n) => `${values[2 * n]},${values[2 * n + 1]}`).join('\n');
await writeNpy(
  npy,
  (async function* () {
    yield values;
  })(),
  2,
);
writeFileSync(csv, `x,y\n${text}\n`);
const model = path('model.h5');

test('fit says what happened, saves what the library would, and tells nothing else with --json', async () => {
  const plain = await megamix(['fit', npy, '--model', 'gmm', '--components', '3', '-o', model]);
  expect([plain.code, plain.stderr]).toEqual([0, '']);
  expect(plain.stdout).toContain('Gaussian mixture, full covariance');
  expect(plain.stdout).toContain('400 rows × 2 columns');
  const library = await new GaussianMixture({ components: 3 }).fit(npy);
  expect((await MixtureModel.load(model)).state).toEqual(library.state);

  const json = await megamix([
    'fit',
    npy,
    '--model',
    'gmm',
    '--components',
    '3',
    '--held-out-fraction',
    '0.25',
    '-o',
    model,
    '--json',
  ]);
  expect([json.code, json.stderr]).toEqual([0, '']);
  const report = JSON.parse(json.stdout);
  expect(Object.keys(report)).toEqual([
    'model',
    'covariance',
    'components',
    'dimensions',
    'rows',
    'heldOutRows',
    'iterations',
    'stopReason',
    'criterion',
    'heldOutCriterion',
    'seconds',
    'rowsPerSecond',
    'peakMemoryBytes',
    'threads',
    'kernel',
    'output',
  ]);
  expect(report).toMatchObject({
    model: 'gmm',
    covariance: 'full',
    components: 3,
    dimensions: 2,
    threads: availableParallelism(),
    kernel: checkComputing({}).kernel,
    output: model,
  });
  expect(report.rows + report.heldOutRows).toBe(400);
  expect(report.criterion.length).toBe(report.iterations + 1);
  expect(report.heldOutCriterion.length).toBe(report.iterations + 1);
  expect(report.peakMemoryBytes).toBeGreaterThan(1e7);
});

test('K-means reports null for what it has not', async () => {
  const { stdout } = await megamix([
    'fit',
    npy,
    '--model',
    'kmeans',
    '--components',
    '3',
    '-o',
    path('k.h5'),
    '--json',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ covariance: null, heldOutCriterion: null, heldOutRows: 0 });
  expect(JSON.parse((await megamix(['score', path('k.h5'), npy, '--json'])).stdout)).toMatchObject({
    model: 'kmeans',
    rows: 400,
    logProbPerRow: null,
  });
});

test('quiet is quiet', async () => {
  expect(await megamix(['fit', npy, '--model', 'kmeans', '--components', '3', '-o', path('q.h5'), '--quiet'])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('standard input, in every format that can be piped, gives the same model', async () => {
  const arguments_ = ['--model', 'vbgmm', '--components', '3', '--iterations', '3', '--quiet'];
  const jsonl = text
    .split('\n')
    .map((line) => `[${line}]`)
    .join('\n');
  const inputs = { npy: readFileSync(npy), csv: `x,y\n${text}`, jsonl };
  for (const [format, input] of Object.entries(inputs)) {
    const { code, stderr } = await megamix(
      ['fit', '-', '--format', format, ...arguments_, '-o', path(`${format}.h5`)],
      input,
    );
    expect([format, code, stderr]).toEqual([format, 0, '']);
  }
  const states = await Promise.all(
    Object.keys(inputs).map(async (format) => (await MixtureModel.load(path(`${format}.h5`))).state),
  );
  expect(states[1]).toEqual(states[0]);
  expect(states[2]).toEqual(states[0]);
});

test('every setting has its flag', async () => {
  const flags = [
    '--covariance',
    'diagonal',
    '--init',
    'random',
    '--start',
    'parameters',
    '--seed',
    '5',
    '--tolerance',
    '0.01',
    '--patience',
    '1',
    '--max-iterations',
    '4',
    '--alpha-0',
    '0.5',
    '--beta-0',
    '2',
    '--nu-0',
    '7',
    '--discount',
    '0.25',
    '--reg-covar',
    '1e-3',
    '--held-out',
    csv,
    '--simplify',
  ];
  const { code, stderr } = await megamix([
    'fit',
    npy,
    '--model',
    'pypgmm',
    '--components',
    '5',
    ...flags,
    '-o',
    path('all.h5'),
    '--group',
    'g',
  ]);
  expect([code, stderr]).toEqual([0, '']);
  const { state } = await MixtureModel.load(path('all.h5'), { group: 'g' });
  expect(state.mixture).toMatchObject({
    model: 'pypgmm',
    covariance: 'diagonal',
    regCovar: 1e-3,
    weightPrior: { alpha0: 0.5, discount: 0.25 },
  });
  expect(state.mixture.componentPrior).toMatchObject({ beta0: 2, nu0: 7 });
});

test('fitting on from a saved model is one longer fit', async () => {
  const fitted = (...more: string[]) => megamix(['fit', npy, '--quiet', ...more]);
  await writeNpy(
    path('means.npy'),
    (async function* () {
      yield Float64Array.of(0, 0, 5, 5, -5, 5);
    })(),
    2,
  );
  const from = ['--model', 'dpgmm', '--init-means', path('means.npy')];
  expect((await fitted(...from, '--iterations', '1', '-o', path('one.h5'))).code).toBe(0);
  expect((await fitted('--init-model', path('one.h5'), '--iterations', '2', '-o', path('one.h5'))).code).toBe(0);
  expect((await fitted(...from, '--iterations', '3', '-o', path('three.h5'))).code).toBe(0);
  const [on, whole] = await Promise.all(['one.h5', 'three.h5'].map((file) => MixtureModel.load(path(file))));
  expect(on!.state.parameters).toEqual(whole!.state.parameters);
  expect(on!.iterations).toBe(3);
});

test('predict gives a row for each row, in every form', async () => {
  await new GaussianMixture({ components: 3, iterations: 3 }).fit(npy).then((fitted) => fitted.save(model));
  const variational = path('variational.h5');
  await new VariationalGaussianMixture({ components: 3, iterations: 3 })
    .fit(npy)
    .then((fitted) => fitted.save(variational));
  const fitted = await MixtureModel.load(variational);
  const expected = {
    labels: flatten(await collect(fitted.labels(npy))),
    'log-prob': flatten(await collect(fitted.logProbabilities(npy))),
    'log-normaliser': flatten(await collect(fitted.logNormalisers(npy))),
    'log-resp': flatten((await collect(fitted.logResponsibilities(npy))).map(({ data }) => data)),
  };
  for (const [as, numbers] of Object.entries(expected)) {
    for (const output of as === 'labels' ? ['out.npy', 'out.csv', '-'] : ['out.npy', '-']) {
      const target = output === '-' ? '-' : path(output);
      const { code, stdout, stderr } = await megamix(['predict', variational, npy, '--as', as, '-o', target]);
      expect([code, stderr]).toEqual([0, '']);
      if (output === 'out.npy') {
        const bytes = readFileSync(target);
        expect(bytes.toString('latin1')).toContain(as === 'labels' ? "'<i4'" : "'<f8'");
        expect(bytes.toString('latin1')).toContain(as === 'log-resp' ? "'shape': (400, 3)" : "'shape': (400,)");
        const body = bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length);
        expect(Array.from(as === 'labels' ? new Int32Array(body) : new Float64Array(body))).toEqual(numbers);
      } else {
        const lines = (output === '-' ? stdout : readFileSync(target, 'utf8')).trimEnd().split('\n');
        expect(lines.length).toBe(400);
        expect(lines.flatMap((line) => line.split(',').map(Number))).toEqual(numbers);
      }
    }
  }
  expect((await readRows(csv)).length).toBe(400);
});

test('score, for people and for programs', async () => {
  const { criterion, logProbPerRow, aic, bic } = await (await MixtureModel.load(model)).score(npy);
  const { stdout } = await megamix(['score', model, npy, '--json']);
  expect(JSON.parse(stdout)).toEqual({
    model: 'gmm',
    rows: 400,
    criterion,
    criterionPerRow: criterion / 400,
    logProbPerRow,
    aic,
    bic,
  });
  expect((await megamix(['score', model, csv])).stdout).toContain('log-probability');
  expect(
    JSON.parse((await megamix(['score', model, '-', '--format', 'csv', '--json'], readFileSync(csv))).stdout).criterion,
  ).toBe(criterion);
});

test('simplify saves a smaller model', async () => {
  await megamix([
    'fit',
    npy,
    '--model',
    'dpgmm',
    '--components',
    '20',
    '--iterations',
    '30',
    '-o',
    path('dp.h5'),
    '--quiet',
  ]);
  const { code, stdout } = await megamix(['simplify', path('dp.h5'), npy, '-o', path('small.h5')]);
  expect(code).toBe(0);
  const { components } = await MixtureModel.load(path('small.h5'));
  expect(components).toBeLessThan(20);
  expect(stdout).toBe(`${components} of 20 components left, saved in ${path('small.h5')}\n`);
});

test('info, for people and for programs', async () => {
  const plain = await megamix(['info', model]);
  expect(plain.code).toBe(0);
  expect(plain.stdout).toContain('3 in 2 dimensions');
  expect(JSON.parse((await megamix(['info', model, '--json'])).stdout)).toMatchObject({
    model: 'gmm',
    covariance: 'full',
    components: 3,
    dimensions: 2,
    kernel: checkComputing({}).kernel,
    prior: null,
  });
});

test('several files are one stream', async () => {
  const { stdout } = await megamix(['score', model, npy, csv, '--json']);
  expect(JSON.parse(stdout).rows).toBe(800);
  const columns = await megamix(['score', model, csv, '--columns', 'y,x', '--json']);
  expect(JSON.parse(columns.stdout).rows).toBe(400);
});

test.runIf(existsSync('/usr/bin/script'))('a terminal sees the progress, and nothing else does', async () => {
  const fit = `fit ${npy} --model gmm --components 2 --held-out-fraction 0.2 --iterations 30 -o ${path('tty.h5')}`;
  const terminal = spawn('/usr/bin/script', ['-qec', `${process.execPath} ${main} ${fit}`, '/dev/null']);
  adopt(terminal);
  const { stdout } = await finish(terminal);
  for (const seen of ['reading', 'iteration ', ' rows/s', 'left in the pass', 'held-out criterion', 'gain ']) {
    expect(stdout).toContain(seen);
  }
  expect(stdout).toContain('30: exactly the iterations asked for');
});

test('help teaches by example', async () => {
  const { code, stdout } = await megamix(['--help']);
  expect(code).toBe(0);
  for (const command of ['fit', 'predict', 'score', 'identify', 'adapt', 'simplify', 'sample', 'convert', 'info']) {
    expect(stdout).toContain(`  ${command} `);
    expect((await megamix([command, '--help'])).stdout).toMatch(/Examples?:\n {2}megamix /);
  }
  expect((await megamix(['--version'])).stdout).toBe('0.1.0\n');
});

test('fewer different rows than components: a model of as many as there are, and a warning', async () => {
  const same = path('same.csv');
  writeFileSync(same, '1,2\n1,2\n3,4\n1,2\n');
  const few = path('few.h5');
  const args = ['fit', same, '--model', 'kmeans', '--components', '3', '-o', few, '--json'];
  const { code, stdout, stderr } = await megamix(args);
  expect([code, JSON.parse(stdout).components]).toEqual([0, 2]);
  expect(stderr).toBe(
    `warning: ${same} has only 2 different rows, fewer than the 3 components asked for: the model has 2 components\n`,
  );
  expect((await MixtureModel.load(few)).means.to2DArray().sort()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('clusters that were moved are told of', async () => {
  const means = path('far.csv');
  writeFileSync(means, '0,0\n1000,1000\n1000,1000\n');
  const args = ['fit', npy, '--model', 'kmeans', '--init-means', means, '-o', path('moved.h5')];
  expect((await megamix(args)).stdout).toMatch(/moved +2 times a cluster that held no rows/);
});

test('--group says where to save; with --init-model what to load', async () => {
  const [from, to] = [path('groups.h5'), path('loaded.h5')];
  const begun = ['--model', 'gmm', '--components', '2', '--saving', 'linear', '--saving-period', '1'];
  expect((await megamix(['fit', npy, ...begun, '--iterations', '3', '-o', from, '--quiet'])).code).toBe(0);
  const on = (command: string, ...more: string[]) =>
    megamix([command, npy, '--init-model', from, '--group', 'iter2', '-o', to, '--quiet', ...more]);
  expect((await on('fit', '--iterations', '1')).stderr).toBe('');
  const fitted = await MixtureModel.load(to);
  expect(fitted.iterations).toBe(3);
  expect(fitted.state.parameters).toEqual((await MixtureModel.load(from, { group: 'iter3' })).state.parameters);
  await expect(MixtureModel.load(to, { group: 'iter2' })).rejects.toThrow('has no group iter2');
  expect((await on('online')).stderr).toBe('');
  expect((await MixtureModel.load(to)).iterations).toBeGreaterThan(2);
  expect((await megamix(['online', npy, '--resume', '-o', to, '--quiet'])).stderr).toBe('');
});
