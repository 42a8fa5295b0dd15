import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/chunk.ts';
import {
  DPVariationalGaussianMixture,
  GaussianMixture,
  KMeans,
  VariationalGaussianMixture,
} from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { openData } from '../../src/sources/source.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const CENTRES = [
  [0, 0, 0],
  [8, -8, 4],
];
const ROWS = 500;
const data = { data: blobs(ROWS, CENTRES, 3), dimensions: 3 };
const model = await new GaussianMixture({ components: 2, iterations: 5 }).fit(data);
const labels = flatten(await collect(model.labels(data)));
const asRows = Array.from({ length: ROWS }, (_, n) => data.data.subarray(3 * n, 3 * n + 3));

describe.each(rows.filter(({ model: name }) => name !== 'kmeans'))('$label', (row) => {
  test('densities of the E-step are those of the definition', async () => {
    const fitted = await estimator(row, { components: 3, iterations: 2 }).fit(data);
    const few = { data: data.data.subarray(0, 60), dimensions: 3 };
    const [responsibilities] = await collect(fitted.logResponsibilities(few));
    const logNormalisers = flatten(await collect(fitted.logNormalisers(few)));
    const { inverse, determinant } = await import('ml-matrix');
    for (let n = 0; n < 20; n++) {
      const sums = Array.from({ length: 3 }, (_, k) => {
        const difference = [0, 1, 2].map((j) => few.data[3 * n + j]! - fitted.means.get(k, j));
        const precision = inverse(fitted.covariance(k));
        const distance = difference.reduce(
          (sum, a, i) => sum + difference.reduce((s, b, j) => s + a * b * precision.get(i, j), 0),
          0,
        );
        return { distance, logDeterminant: Math.log(determinant(fitted.covariance(k))) };
      });
      // Whatever E[log|Λ|] is, it is the same for all rows: differences between two rows are free of it.
      for (const [k, { distance }] of sums.entries()) {
        const rho = (m: number): number => responsibilities!.data[3 * m + k]! + logNormalisers[m]!;
        const first = [0, 1, 2].map((j) => few.data[j]! - fitted.means.get(k, j));
        const precision = inverse(fitted.covariance(k));
        const distanceOfFirst = first.reduce(
          (sum, a, i) => sum + first.reduce((s, b, j) => s + a * b * precision.get(i, j), 0),
          0,
        );
        expect(rho(n) - rho(0)).toBeCloseTo(-0.5 * (distance - distanceOfFirst), 6);
      }
    }
    const total = Array.from(responsibilities!.data.slice(0, 3)).reduce((sum, value) => sum + Math.exp(value), 0);
    expect(total).toBeCloseTo(1, 12);
  });
});

test('a Gaussian mixture’s density integrates to 1', async () => {
  const line = await new GaussianMixture({ components: 2, iterations: 3 }).fit([[-3], [-2.5], [-3.5], [4], [4.5], [3]]);
  const step = 0.01;
  const grid = { data: Float64Array.from({ length: 6000 }, (_, i) => -30 + i * step), dimensions: 1 };
  const densities = flatten(await collect(line.logProbabilities(grid)));
  expect(densities.reduce((sum, value) => sum + step * Math.exp(value), 0)).toBeCloseTo(1, 6);
});

test('labels, log-probabilities and responsibilities agree', async () => {
  const [responsibilities] = await collect(model.logResponsibilities(data));
  expect(responsibilities!.dimensions).toBe(2);
  for (let n = 0; n < ROWS; n++) {
    const [a, b] = [responsibilities!.data[2 * n]!, responsibilities!.data[2 * n + 1]!];
    expect(Math.exp(a) + Math.exp(b)).toBeCloseTo(1, 12);
    expect(labels[n]).toBe(a >= b ? 0 : 1);
  }
  const { logProbPerRow, criterion, rows: count } = await model.score(data);
  const sum = flatten(await collect(model.logProbabilities(data))).reduce((total, value) => total + value, 0);
  expect([logProbPerRow! * ROWS, criterion, count]).toEqual([expect.closeTo(sum, 8), expect.closeTo(sum, 8), ROWS]);
});

test('every kind of input gives the same labels', async () => {
  expect(flatten(await collect(model.labels(asRows)))).toEqual(labels);
  const one = await collect(model.labels(Readable.from(asRows)));
  expect(flatten(one)).toEqual(labels);
  expect([...(await collect(model.labels(asRows[0]!)))[0]!]).toEqual([labels[0]]);
});

test('in stream.pipeline', async () => {
  const seen: number[] = [];
  const sink = new Writable({
    objectMode: true,
    write(run: Int32Array, _, done) {
      seen.push(...run);
      done();
    },
  });
  await pipeline(Readable.from(asRows), model.labels, sink);
  expect(seen).toEqual(labels);
});

test('in stream-chain', async () => {
  const source = await openData(data, { chunkBytes: 1000 });
  const stream = chain([(chunk: Chunk) => model.logProbabilities(chunk), (run: Float64Array) => run.length] as const);
  const lengths: number[] = [];
  stream.on('data', (length: number) => lengths.push(length));
  await pipeline(Readable.from(source), stream);
  expect(lengths.length).toBeGreaterThan(5);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(ROWS);
});

test('an initialised model can be used before any pass', async () => {
  const initialised = await new VariationalGaussianMixture({ components: 2 }).initialize(data);
  expect(initialised.criterion).toEqual([]);
  expect(flatten(await collect(initialised.labels(data))).length).toBe(ROWS);
});

test('K-means gives labels only, ties to the lowest index', async () => {
  const kmeans: MixtureModel = await new KMeans({ init: { means: [[0], [2], [2]] }, iterations: 0 }).fit([
    [0],
    [1],
    [2],
    [3],
  ]);
  expect(flatten(await collect(kmeans.labels([[0], [1], [2], [3]])))).toEqual([0, 0, 1, 1]);
  expect(() => kmeans.logProbabilities([[0]])).toThrow('a kmeans gives labels only');
  expect(() => kmeans.logNormalisers([[0]])).toThrow('a kmeans gives labels only');
  expect(() => kmeans.logResponsibilities([[0]])).toThrow('a kmeans gives labels only');
  expect(await kmeans.score([[0], [1], [5]])).toEqual({
    rows: 3,
    criterion: 10,
    criterionPerRow: 10 / 3,
    logProbPerRow: null,
    aic: null,
    bic: null,
  });
});

test('an empty cluster keeps its centre if no row is away from its own', async () => {
  const init = { means: [[1], [100]] };
  const kmeans = await new KMeans({ init, iterations: 3 }).fit([[1], [1], [1]], { onWarning() {} });
  expect(kmeans.means.to2DArray()).toEqual([[1], [100]]);
});

test('rows too far away to be computed with are refused by number', async () => {
  const far = [...asRows.slice(0, 200), Float64Array.of(1e200, 1, 1)];
  for (const use of [model.labels, model.logProbabilities, model.logNormalisers, model.logResponsibilities]) {
    await expect(collect(use(far as never) as AsyncIterable<unknown>)).rejects.toThrow(
      'the data, row 201: some of its numbers are too large to be squared',
    );
  }
});

test('data of other dimensions are refused', async () => {
  await expect(model.score([[1, 2]])).rejects.toThrow('the data has 2 columns, but the model has 3 dimensions');
  await expect(collect(model.labels([[1, 2]]))).rejects.toThrow('has 2 columns');
});

test('simplifying drops what no row belongs to, and keeps the rest as it is', async () => {
  const fitted = await new DPVariationalGaussianMixture({ components: 12, iterations: 40, seed: 2 }).fit(data);
  const used = [...new Set(flatten(await collect(fitted.labels(data))))].sort((a, b) => a - b);
  const simplified = await fitted.simplify(data);
  expect(used.length).toBeLessThan(12);
  expect(simplified.components).toBe(used.length);
  for (const [i, k] of used.entries()) {
    expect(simplified.means.getRow(i)).toEqual(fitted.means.getRow(k));
    expect(simplified.covariance(i)).toEqual(fitted.covariance(k));
    expect(simplified.counts[i]).toBe(fitted.counts[k]);
    expect(simplified.state.parameters.beta![i]).toBe(fitted.state.parameters.beta![k]);
  }
  const { concentration } = simplified.state.parameters;
  const { alpha0 } = simplified.state.mixture.weightPrior;
  expect(alpha0).toBe(1 / 12);
  const last = used.length - 1;
  expect([concentration![2 * last], concentration![2 * last + 1]]).toEqual([1 + simplified.counts[last]!, alpha0]);
  expect((await (await simplified.simplify(data)).score(data)).criterion).toBe(
    (await simplified.score(data)).criterion,
  );
  const on = await new DPVariationalGaussianMixture({ init: simplified, iterations: 1 }).fit(data);
  expect(on.criterion[1]).toBeGreaterThan(on.criterion[0]!);
});

test('results never share memory with the model', async () => {
  const before = model.means.to1DArray();
  model.means.set(0, 0, 1e9);
  model.logWeights.fill(0);
  model.counts.fill(0);
  model.covariance(0).set(0, 0, 1e9);
  expect(model.means.to1DArray()).toEqual(before);
  expect(model.counts[0]).not.toBe(0);
});

test('a source that its user opened stays open', async () => {
  const source = await openData(Readable.from(asRows));
  const fitted = await new GaussianMixture({ components: 2, iterations: 1 }).fit(source);
  for (let time = 0; time < 2; time++) {
    expect((await fitted.score(source)).rows).toBe(ROWS);
    expect(flatten(await collect(fitted.labels(source))).length).toBe(ROWS);
    expect((await fitted.simplify(source)).components).toBe(2);
  }
  await source.close();
});

test('closing early closes the input', async () => {
  const input = Readable.from(asRows);
  for await (const _ of model.labels(input)) break;
  expect(input.destroyed).toBe(true);
});

test('more rows, or columns, than a call has room for arguments', async () => {
  const many = { data: Float64Array.from({ length: 200_000 }, (_, n) => (n % 2) * 9 + (n % 7) / 7), dimensions: 1 };
  const line = await new GaussianMixture({ components: 2, iterations: 2 }).fit(many);
  const { labels: all, logProbabilities } = await line.predict(many, { chunkBytes: 8 * 200_000 } as object);
  expect([all.length, logProbabilities!.length]).toEqual([200_000, 200_000]);
  expect(all[0]).not.toBe(all[1]);
  const wide = { data: blobs(40, [new Array(512).fill(0)], 1), dimensions: 512 };
  const grown = await new GaussianMixture({ components: 2, init: 'splitting', iterations: 1 }).fit(wide);
  expect(grown.components).toBe(2);
});

test('a covariance that is not there is refused by name', async () => {
  for (const k of [-1, 2, 0.5, Number.NaN]) {
    expect(() => model.covariance(k)).toThrow(`k: received ${k}, expected a component from 0 to 1`);
  }
  const centres: MixtureModel = await new KMeans({ components: 2 }).fit(data);
  expect(() => centres.covariance(0)).toThrow('a kmeans has no covariances');
});
