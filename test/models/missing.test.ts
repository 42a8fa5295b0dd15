import { writeFileSync } from 'node:fs';
import { determinant, inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { Estimator, GaussianMixture } from '../../src/estimator.ts';
import { survey } from '../../src/fitting/initialization/data-summary.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { checkComputing } from '../../src/kernels/index.ts';
import { type CovarianceName, covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { models } from '../../src/mixture/model-table.ts';
import { openData } from '../../src/sources/source.ts';
import { megamix } from '../cli/run.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs, normals } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';
import { estimator, rows as table } from '../helpers/table.ts';

const D = 3;
const ROWS = 300;
const CENTRES = [
  [0, 0, 0],
  [5, -3, 4],
];
const path = temporaryDirectory();
const whole = blobs(ROWS, CENTRES, 3, 1.5);
/** Every sixth row lacks a number, every twelfth two. */
const holed = whole.slice();
for (let n = 0; n < ROWS; n += 6) holed[n * D + (Math.floor(n / 6) % D)] = Number.NaN;
for (let n = 0; n < ROWS; n += 12) holed[n * D + ((Math.floor(n / 6) + 1) % D)] = Number.NaN;
const data = { data: holed, dimensions: D };
const missing = { onInvalid: 'missing' } as const;
const init = { means: CENTRES };
const scored = table.filter(({ model }) => model !== 'kmeans');
const logProbabilities = async (model: MixtureModel, rows: number[][]): Promise<number[]> =>
  flatten(await collect(model.logProbabilities(rows, missing)));

describe.each(table)('$label', (row) => {
  test('with nothing missing the same bits', async () => {
    const full = { data: whole, dimensions: D };
    const [one, other] = [
      await estimator(row, { init, iterations: 3 }).fit(full, missing),
      await estimator(row, { init, iterations: 3 }).fit(full),
    ];
    expect(one.state).toEqual(other.state);
  });

  test('the criterion is monotone', async () => {
    const { criterion } = await estimator(row, { init, iterations: 25, ...(row.covariance && { regCovar: 0 }) }).fit(
      data,
      missing,
    );
    const sign = Math.sign(models[row.model].criterionScale);
    for (const [t, value] of criterion.entries()) {
      if (t > 0) expect(sign * (value - criterion[t - 1]!)).toBeGreaterThan(-1e-9 * Math.abs(value));
    }
    expect(criterion.at(-1)).not.toBe(criterion[0]);
  });

  test('any block size, any number of threads', async () => {
    const fitted = (chunkBytes: number, threads: number) =>
      estimator(row, { init, iterations: 4 }).fit(data, { ...missing, chunkBytes, threads });
    const [one, two, small] = [await fitted(2400, 1), await fitted(2400, 2), await fitted(24, 1)];
    expect(two.state).toEqual(one.state);
    expect([...small.state.parameters.means]).toEqual([...one.state.parameters.means].map((v) => expect.closeTo(v, 9)));
  });
});

describe.each(scored)('$label', (row) => {
  test('the density of what is there is the integral over what is missing', async () => {
    const model = await estimator(row, { init, iterations: 2 }).fit(data, missing);
    const step = 0.02;
    const grid = Array.from({ length: 4000 }, (_, i) => -40 + step * i);
    for (const j of [0, 1, 2]) {
      const point = [1.5, -1, 2];
      const along = await logProbabilities(
        model,
        grid.map((x) => point.map((value, i) => (i === j ? x : value))),
      );
      const integral = Math.log(along.reduce((sum, value) => sum + Math.exp(value), 0) * step);
      const [marginal] = await logProbabilities(model, [point.map((value, i) => (i === j ? Number.NaN : value))]);
      expect(marginal).toBeCloseTo(integral, 6);
    }
  });
});

/** One EM step by the book, for full covariances: Ghahramani & Jordan (1994). */
function byTheBook(model: MixtureModel) {
  const { components, weights } = model;
  const each = Array.from({ length: ROWS }, (_, n) => {
    const row = [...holed.subarray(n * D, (n + 1) * D)];
    const [there, gone] = [false, true].map((is) => [0, 1, 2].filter((j) => Number.isNaN(row[j]!) === is));
    const under = Array.from({ length: components }, (_, k) => {
      const mean = model.means.getRow(k);
      const covariance = model.covariance(k);
      const observed = covariance.selection(there!, there!);
      const inverted = inverse(observed);
      const difference = Matrix.columnVector(there!.map((j) => row[j]! - mean[j]!));
      const distance = difference.transpose().mmul(inverted).mmul(difference).get(0, 0);
      const density = Math.exp(-0.5 * distance) / Math.sqrt((2 * Math.PI) ** there!.length * determinant(observed));
      const filled = row.slice();
      const spread = Matrix.zeros(D, D);
      if (gone!.length > 0) {
        const cross = covariance.selection(gone!, there!);
        const expected = cross.mmul(inverted).mmul(difference);
        const left = Matrix.sub(covariance.selection(gone!, gone!), cross.mmul(inverted).mmul(cross.transpose()));
        for (const [a, i] of gone!.entries()) {
          filled[i] = mean[i]! + expected.get(a, 0);
          for (const [b, j] of gone!.entries()) spread.set(i, j, left.get(a, b));
        }
      }
      return { share: weights[k]! * density, filled, spread };
    });
    const total = under.reduce((sum, { share }) => sum + share, 0);
    return { total, under: under.map((one) => ({ ...one, share: one.share / total })) };
  });
  const logLikelihood = each.reduce((sum, { total }) => sum + Math.log(total), 0);
  const found = Array.from({ length: components }, (_, k) => {
    const count = each.reduce((sum, { under }) => sum + under[k]!.share, 0);
    const mean = [0, 1, 2].map(
      (j) => each.reduce((sum, { under }) => sum + under[k]!.share * under[k]!.filled[j]!, 0) / count,
    );
    const covariance = Matrix.zeros(D, D);
    for (const { under } of each) {
      const { share, filled, spread } = under[k]!;
      const difference = Matrix.columnVector(filled.map((value, j) => value - mean[j]!));
      covariance.add(
        difference
          .mmul(difference.transpose())
          .add(spread)
          .mul(share / count),
      );
    }
    return { count, mean, covariance };
  });
  return { logLikelihood, found };
}

test.each(Object.keys(covarianceTypes) as CovarianceName[])('an EM step by the book: %s', async (covariance) => {
  const start = await new GaussianMixture({ init, covariance, iterations: 1, regCovar: 0 }).fit(data, missing);
  const { logLikelihood, found } = byTheBook(start);
  const next = await new GaussianMixture({ init: start, iterations: 1 }).fit(data, missing);
  expect(next.criterion[0]! / logLikelihood).toBeCloseTo(1, 12);
  const pooled = Matrix.zeros(D, D);
  for (const { count, covariance: own } of found) pooled.add(Matrix.mul(own, count / ROWS));
  for (const [k, { count, mean, covariance: own }] of found.entries()) {
    expect(next.counts[k]).toBeCloseTo(count, 9);
    expect(next.means.getRow(k)).toEqual(mean.map((value) => expect.closeTo(value, 9)));
    const expected = {
      full: own,
      diagonal: Matrix.diag(own.diagonal()),
      spherical: Matrix.eye(D).mul(own.trace() / D),
      tied: pooled,
      'tied-diagonal': Matrix.diag(pooled.diagonal()),
      'tied-spherical': Matrix.eye(D).mul(pooled.trace() / D),
    }[covariance];
    expect(next.covariance(k).to1DArray()).toEqual(expected.to1DArray().map((value) => expect.closeTo(value, 9)));
  }
});

test('K-means leaves missing numbers out', async () => {
  const rows = [
    [0, 0],
    [1, Number.NaN],
    [10, 10],
    [Number.NaN, 12],
  ];
  const model = await new Estimator('kmeans', {
    init: {
      means: [
        [0, 0],
        [9, 9],
      ],
    },
    iterations: 0,
  }).fit(rows, missing);
  expect(model.criterion).toEqual([0 + 1 + 2 + 9]);
  expect(flatten(await collect(model.labels(rows, missing)))).toEqual([0, 0, 1, 1]);
});

test('numbers missing at random do not lead astray', async () => {
  const normal = normals(5);
  const rows = Array.from({ length: 4000 }, () => {
    const x = normal();
    const y = 0.9 * x + 0.5 * normal();
    return [x, x > 0.3 ? Number.NaN : y]; // y is missing where x is large: its mean over the rows that are left is too low
  });
  const left = rows.filter(([, y]) => !Number.isNaN(y!));
  expect(left.reduce((sum, [, y]) => sum + y!, 0) / left.length).toBeLessThan(-0.4);
  const model = await new GaussianMixture({ components: 1, init: 'random', tolerance: 1e-7, maxIterations: 300 }).fit(
    rows,
    missing,
  );
  expect(model.means.get(0, 1)).toBeCloseTo(0, 1);
  expect(model.covariance(0).get(0, 1)).toBeCloseTo(0.9, 0);
});

test('the survey: the mean of what is there, the covariance with the mean for what is not', async () => {
  const computing = checkComputing({});
  const asked = { isUnbiased: true, different: 1, seed: 0 };
  const mean = [0, 1, 2].map((j) => {
    const there = [...holed].filter((value, i) => i % D === j && !Number.isNaN(value));
    return there.reduce((sum, value) => sum + value, 0) / there.length;
  });
  const filled = holed.map((value, i) => (Number.isNaN(value) ? mean[i % D]! : value));
  const expected = (a: number, b: number): number => {
    let sum = 0;
    for (let n = 0; n < ROWS; n++) sum += (filled[n * D + a]! - mean[a]!) * (filled[n * D + b]! - mean[b]!);
    return sum / (ROWS - 1);
  };
  for (const chunkBytes of [24, 1000, 1 << 20]) {
    const source = await openData(data, { ...missing, chunkBytes });
    const full = await survey(computing, source, { ...asked, covariance: 'full' });
    expect([...full.mean]).toEqual(mean.map((value) => expect.closeTo(value, 10)));
    const pairs = [
      [0, 0],
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
      [2, 2],
    ] as const;
    expect([...full.covariance]).toEqual(pairs.map(([a, b]) => expect.closeTo(expected(a, b), 10)));
    const { covariance } = await survey(computing, source, { ...asked, covariance: 'diagonal' });
    expect([...covariance]).toEqual([0, 1, 2].map((j) => expect.closeTo(expected(j, j), 10)));
    const spherical = await survey(computing, source, { ...asked, covariance: 'spherical' });
    expect(spherical.covariance[0]).toBeCloseTo((expected(0, 0) + expected(1, 1) + expected(2, 2)) / 3, 10);
    expect([...full.sample.rows]).toEqual([...filled].map((value) => expect.closeTo(value, 10)));
  }
});

test.each<[string, number[][], string]>([
  [
    'a row of nothing',
    [
      [1, 2],
      [Number.NaN, Number.NaN],
      [3, 4],
    ],
    'row 2: all its numbers are missing',
  ],
  [
    'a column of nothing',
    [
      [1, Number.NaN],
      [2, Number.NaN],
      [3, Number.NaN],
    ],
    'column 2 is missing in every row',
  ],
  [
    'infinity',
    [
      [1, Number.NaN],
      [2, Number.POSITIVE_INFINITY],
    ],
    'row 2, column 2: received Infinity',
  ],
])('%s is refused', async (_, rows, message) => {
  for (const settings of [{ components: 1 }, { init: { means: [[1, 2]] } }]) {
    await expect(new GaussianMixture(settings).fit(rows, missing)).rejects.toThrow(message);
  }
});

test('how text says that numbers are missing', async () => {
  const csv = path('holes.csv');
  writeFileSync(csv, 'a,b,c\n1,,3\nNaN,5,NA\nnull,8,9\n');
  const expected = [
    [1, Number.NaN, 3],
    [Number.NaN, 5, Number.NaN],
    [Number.NaN, 8, 9],
  ];
  expect(await readRows(csv, missing)).toEqual(expected);
  await expect(readRows(csv)).rejects.toThrow('row 1, column "b": received nothing');
  const jsonl = path('holes.jsonl');
  writeFileSync(jsonl, '[1,null,3]\n[null,5,null]\n[null,8,9]\n');
  expect(await readRows(jsonl, missing)).toEqual(expected);
  writeFileSync(csv, 'a,b\n1,2\n3,x\n');
  await expect(readRows(csv, missing)).rejects.toThrow('received "x"');
});

test('the command line fits, scores and predicts', async () => {
  const csv = path('cli.csv');
  const text = Array.from({ length: ROWS }, (_, n) =>
    [...holed.subarray(n * D, (n + 1) * D)].map((value) => (Number.isNaN(value) ? '' : value)).join(','),
  );
  writeFileSync(csv, `x,y,z\n${text.join('\n')}\n`);
  const model = path('cli.h5');
  const flags = ['--on-invalid', 'missing'];
  const { code, stdout } = await megamix([
    'fit',
    csv,
    '--model',
    'gmm',
    '--components',
    '2',
    '--json',
    '-o',
    model,
    ...flags,
  ]);
  expect(code).toBe(0);
  const library = await new GaussianMixture({ components: 2 }).fit(csv, missing);
  expect(JSON.parse(stdout).criterion).toEqual(library.criterion);
  const score = JSON.parse((await megamix(['score', model, csv, '--json', ...flags])).stdout);
  expect(score.logProbPerRow).toBe((await library.score(csv, missing)).logProbPerRow);
  const labels = (await megamix(['predict', model, csv, '-o', '-', ...flags])).stdout.trim().split('\n').map(Number);
  expect(labels).toEqual([...flatten(await collect(library.labels(csv, missing)))]);
  expect((await megamix(['predict', model, csv, '-o', '-'])).stderr).toContain('received nothing');
});
