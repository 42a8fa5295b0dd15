import { Readable } from 'node:stream';
import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { DPVariationalGaussianMixture, GaussianMixture, KMeans } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';

const D = 3;
const K = 3;
const R = 16;
const all = ['means', 'weights', 'covariances'] as const;
const background = {
  data: blobs(
    600,
    [
      [0, 0, 0],
      [8, -8, 4],
      [-7, 6, 9],
    ],
    3,
  ),
  dimensions: D,
};
const ROWS = 90;
const speaker = {
  data: blobs(
    ROWS,
    [
      [1, 1, 0],
      [7, -6, 4],
    ],
    4,
    0.7,
  ),
  dimensions: D,
};
const far = 1e6;
const shifted = ({ data }: typeof speaker) => ({ data: data.map((value) => value + far), dimensions: D });

const fitted = (covariance: keyof typeof covarianceTypes, data = background): Promise<MixtureModel> =>
  new GaussianMixture({ components: K, covariance, iterations: 4, regCovar: 0 }).fit(data);

/** Equations 11 to 14 as they stand, with raw moments in plain numbers; covariances as D × D matrices. */
async function reference(model: MixtureModel, data: typeof speaker, relevance: number, movesMeans = true) {
  const rows = Matrix.from1DArray(data.data.length / D, D, data.data);
  const { responsibilities } = await model.predict(rows);
  const parts = Array.from({ length: K }, (_, k) => {
    let n = 0;
    const sum = Matrix.zeros(1, D);
    const square = Matrix.zeros(D, D);
    for (let t = 0; t < rows.rows; t++) {
      const x = rows.getRowVector(t);
      const share = responsibilities!.get(t, k);
      n += share;
      sum.add(x.clone().mul(share));
      square.add(x.transpose().mmul(x).mul(share));
    }
    const alpha = n / (n + relevance);
    const known = model.means.getRowVector(k);
    const estimated = sum.clone().div(n);
    const mean = movesMeans ? Matrix.add(estimated.clone().mul(alpha), known.clone().mul(1 - alpha)) : known;
    const outer = (v: Matrix): Matrix => v.transpose().mmul(v);
    const squares = Matrix.add(
      square.clone().div(n).mul(alpha),
      Matrix.add(model.covariance(k), outer(known)).mul(1 - alpha),
    );
    const about = movesMeans
      ? Matrix.sub(squares, outer(mean))
      : Matrix.add(
          Matrix.sub(square.clone().div(n), outer(estimated))
            .add(outer(Matrix.sub(estimated, known)))
            .mul(alpha),
          model.covariance(k).mul(1 - alpha),
        );
    return { n, alpha, mean, covariance: about, weight: (alpha * n) / rows.rows + (1 - alpha) * model.weights[k]! };
  });
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.map((part) => ({ ...part, weight: part.weight / total }));
}

/** What a covariance type leaves of D × D matrices, one for each component. */
const projections: Record<string, (parts: readonly { n: number; covariance: Matrix }[], r: number) => Matrix[]> = {
  full: (parts) => parts.map(({ covariance }) => covariance),
  diagonal: (parts) => parts.map(({ covariance }) => Matrix.diag(covariance.diagonal())),
  spherical: (parts) => parts.map(({ covariance }) => Matrix.eye(D, D).mul(covariance.trace() / D)),
};

const largest = (matrix: Matrix): number => Math.max(...matrix.to1DArray().map(Math.abs));

describe.each(['full', 'diagonal', 'spherical'] as const)('%s', (covariance) => {
  test('as the equations say', async () => {
    const model = await fitted(covariance);
    const adapted = await model.adapt(speaker, { adapt: all, relevance: R });
    const expected = await reference(model, speaker, R);
    const covariances = projections[covariance]!(expected, R);
    for (const [k, { mean, weight }] of expected.entries()) {
      expect(largest(Matrix.sub(adapted.means.getRowVector(k), mean))).toBeLessThan(1e-11);
      expect(largest(Matrix.sub(adapted.covariance(k), covariances[k]!))).toBeLessThan(1e-10);
      expect(adapted.weights[k]).toBeCloseTo(weight, 12);
    }
    const still = await model.adapt(speaker, { adapt: ['covariances'], relevance: R });
    const aboutKnown = projections[covariance]!(await reference(model, speaker, R, false), R);
    expect(still.means).toEqual(model.means);
    for (let k = 0; k < K; k++) {
      expect(largest(Matrix.sub(still.covariance(k), aboutKnown[k]!))).toBeLessThan(1e-10);
    }
  });
});

test('tied: what its components say, added up', async () => {
  const model = await fitted('tied');
  const adapted = await model.adapt(speaker, { adapt: all, relevance: R });
  const parts = await reference(model, speaker, R);
  // (n + r) times equation 13 less r Σ is a component's part of the sum.
  const sum = model.covariance(0).mul(R);
  for (const { n, covariance } of parts) sum.add(covariance.mul(n + R)).sub(model.covariance(0).mul(R));
  expect(largest(Matrix.sub(adapted.covariance(1), sum.div(ROWS + R)))).toBeLessThan(1e-10);
  for (const [k, { mean }] of parts.entries()) {
    expect(largest(Matrix.sub(adapted.means.getRowVector(k), mean))).toBeLessThan(1e-11);
  }
});

describe.each(Object.keys(covarianceTypes) as (keyof typeof covarianceTypes)[])('limits, %s', (covariance) => {
  test('little relevance gives the M-step, much gives the model', async () => {
    const model = await fitted(covariance);
    const free = await model.adapt(background, { adapt: all, relevance: 1e-9 });
    const step = await new GaussianMixture({ init: model, iterations: 1 }).fit(background);
    expect(largest(Matrix.sub(free.means, step.means))).toBeLessThan(1e-9);
    expect(largest(Matrix.sub(free.covariance(2), step.covariance(2)))).toBeLessThan(1e-8);
    for (let k = 0; k < K; k++) expect(free.weights[k]).toBeCloseTo(step.weights[k]!, 9);
    const bound = await model.adapt(speaker, { adapt: all, relevance: 1e15 });
    expect(largest(Matrix.sub(bound.means, model.means))).toBeLessThan(1e-10);
    expect(largest(Matrix.sub(bound.covariance(0), model.covariance(0)))).toBeLessThan(1e-9);
  });

  test('far from the origin as near it', async () => {
    const near = await (await fitted(covariance)).adapt(speaker, { adapt: all, iterations: 2 });
    const distant = await (await fitted(covariance, shifted(background))).adapt(shifted(speaker), {
      adapt: all,
      iterations: 2,
    });
    expect(largest(Matrix.sub(distant.covariance(0), near.covariance(0)))).toBeLessThan(1e-6);
    expect(largest(Matrix.sub(distant.means, near.means).sub(far))).toBeLessThan(1e-6);
  });
});

test('only the means, unless told otherwise', async () => {
  const model = await fitted('full');
  const adapted = await model.adapt(speaker);
  expect(adapted.covariances).toEqual(model.covariances);
  expect(adapted.logWeights).toEqual(model.logWeights);
  expect(adapted.state.criterion).toEqual([expect.closeTo((await model.score(speaker)).criterion, 8)]);
  expect([adapted.iterations, adapted.stopReason, adapted.kind]).toEqual([5, 'iterations', 'gmm']);
  const expected = await reference(model, speaker, 16);
  for (const [k, { mean }] of expected.entries()) {
    expect(largest(Matrix.sub(adapted.means.getRowVector(k), mean))).toBeLessThan(1e-11);
  }
});

test('a component without rows stays to the last bit', async () => {
  const { state } = await fitted('full');
  const means = state.parameters.means.map((value, i) => (i < 2 * D ? value : value + 1000));
  const model = new MixtureModel({ ...state, parameters: { ...state.parameters, means } });
  const adapted = await model.adapt(speaker, { adapt: all, relevance: 0.1 });
  expect(adapted.means.getRow(2)).toEqual(model.means.getRow(2));
  expect(adapted.covariance(2)).toEqual(model.covariance(2));
  expect(adapted.means.getRow(0)).not.toEqual(model.means.getRow(0));
  expect(adapted.weights[2]).toBeLessThan(model.weights[2]! * 1.5);
});

test('later passes begin with what the one before gave, and know the model still', async () => {
  const model = await fitted('diagonal');
  const twice = await model.adapt(speaker, { adapt: all, iterations: 2 });
  const once = await model.adapt(speaker, { adapt: all });
  expect(twice.state.criterion[1]).toBeCloseTo((await once.score(speaker)).criterion, 8);
  // Responsibilities of the second pass, by the first one's model; what is known is the model's.
  const { responsibilities } = await once.predict(Matrix.from1DArray(ROWS, D, speaker.data));
  for (let k = 0; k < K; k++) {
    const shares = responsibilities!.getColumn(k);
    const n = shares.reduce((sum, share) => sum + share, 0);
    for (let j = 0; j < D; j++) {
      const sum = shares.reduce((total, share, t) => total + share * speaker.data[t * D + j]!, 0);
      expect(twice.means.get(k, j)).toBeCloseTo((sum + R * model.means.get(k, j)) / (n + R), 10);
    }
  }
});

test('the same bits whatever the threads, and however the rows are cut into files', async () => {
  const path = temporaryDirectory();
  const model = await fitted('full');
  const [one, two, three] = await Promise.all(
    [1, 2, 3].map((threads) => model.adapt(background, { adapt: all, threads, chunkBytes: 800 })),
  );
  expect(two!.state).toEqual(one!.state);
  expect(three!.state).toEqual(one!.state);
  const cuts = [0, 200 * D, 210 * D, 600 * D];
  const files = [0, 1, 2].map((i) => path(`${i}.npy`));
  for (const [i, file] of files.entries())
    await writeNpy(file, Readable.from([background.data.subarray(cuts[i], cuts[i + 1])]), D);
  const ofFiles = await model.adapt(files, { adapt: all });
  expect(largest(Matrix.sub(ofFiles.means, one!.means))).toBeLessThan(1e-12);
});

test('saved, loaded, weighed, and read from a stream of rows', async () => {
  const path = temporaryDirectory();
  const model = await fitted('tied');
  const adapted = await model.adapt(speaker, { adapt: all });
  await adapted.save(path('speaker.h5'));
  expect((await MixtureModel.load(path('speaker.h5'))).state).toEqual(adapted.state);
  const rows = Array.from({ length: ROWS }, (_, n) => [...speaker.data.subarray(n * D, n * D + D)]);
  const twice = await model.adapt([...rows, ...rows], { adapt: all });
  const weighed = await model.adapt(rows, { adapt: all, weights: new Float64Array(ROWS).fill(2) });
  expect(largest(Matrix.sub(weighed.means, twice.means))).toBeLessThan(1e-12);
  async function* stream() {
    yield* rows;
  }
  const streamed = await model.adapt(stream(), { adapt: all, iterations: 3 });
  expect(streamed.means).toEqual((await model.adapt(speaker, { adapt: all, iterations: 3 })).means);
});

test('a variational model is adapted as the Gaussian mixture that it expects', async () => {
  const model = await new DPVariationalGaussianMixture({ components: K, iterations: 3 }).fit(background);
  const adapted = await model.adapt(speaker, { adapt: all, relevance: 1e15 });
  expect(adapted.kind).toBe('gmm');
  for (let k = 0; k < K; k++) {
    expect(adapted.weights[k]).toBeCloseTo(model.weights[k]!, 10);
    expect(largest(Matrix.sub(adapted.covariance(k), model.covariance(k)))).toBeLessThan(1e-9);
  }
});

test('what makes no sense is refused', async () => {
  const model = await fitted('full');
  const kmeans: MixtureModel = await new KMeans({ components: 2, iterations: 1 }).fit(background);
  await expect(kmeans.adapt(speaker)).rejects.toThrow('a kmeans has no densities to adapt: fit a gmm');
  await expect(model.adapt(speaker, { relevance: 0 })).rejects.toThrow('relevance: received 0, expected a number > 0');
  await expect(model.adapt(speaker, { relevance: Number.NaN })).rejects.toThrow('relevance: received NaN');
  await expect(model.adapt(speaker, { adapt: [] })).rejects.toThrow('adapt: received [], expected some of means');
  await expect(model.adapt(speaker, { adapt: ['mean' as 'means'] })).rejects.toThrow('adapt: received "mean"');
  await expect(model.adapt(speaker, { iterations: 1.5 })).rejects.toThrow('iterations: received 1.5');
  await expect(model.adapt([[1, 2]])).rejects.toThrow('the data has 2 columns, but the model has 3 dimensions');
  await expect(model.adapt(speaker, { weights: new Float64Array(ROWS) })).rejects.toThrow('weight 0');
});
