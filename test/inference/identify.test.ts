import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { GaussianMixture, KMeans } from '../../src/estimator.ts';
import { identify } from '../../src/inference/identify.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { writeNpy } from '../../src/storage/rows/npy.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';

const path = temporaryDirectory();
const D = 9;
const centre = (value: number): number[] => Array.from({ length: D }, (_, j) => value * (j % 3));
const speakers = [0, 1, 2].map((i) => ({ data: blobs(400, [centre(i), centre(i + 0.5)], i + 1), dimensions: D }));
const models: Record<string, MixtureModel> = {};
for (const [i, covariance] of (['full', 'diagonal', 'tied'] as const).entries()) {
  models[`${'abc'[i]}.h5`] = await new GaussianMixture({ components: 2, covariance, iterations: 4 }).fit(speakers[i]!);
}
const files = [2, 0, 1].map((i) => path(`${i}.npy`));
for (const [i, file] of files.entries()) {
  const speaker = [2, 0, 1][i]!;
  await writeNpy(file, Readable.from([blobs(150, [centre(speaker), centre(speaker + 0.5)], 9 + i)]), D);
}

test('the model of the highest mean log-probability, for each file', async () => {
  const results = await collect(identify(models, files));
  expect(results.map(({ data, best }) => [data, best])).toEqual([
    [files[0], 'c.h5'],
    [files[1], 'a.h5'],
    [files[2], 'b.h5'],
  ]);
  for (const { data, scores } of results) {
    for (const [name, score] of Object.entries(scores)) {
      expect(score).toBeCloseTo((await models[name]!.score(data)).logProbPerRow!, 9);
    }
  }
});

test('the same bits whatever the threads; globs are files', async () => {
  const options = { chunkBytes: 8 * D * 10 };
  const one = await collect(identify(models, path('*.npy'), { ...options, threads: 1 }));
  expect(one.map(({ data }) => data)).toEqual([...files].sort());
  expect(await collect(identify(models, path('*.npy'), { ...options, threads: 3 }))).toEqual(one);
});

test('rows in memory and streams are one utterance, weighed if they say so', async () => {
  const [one] = await collect(identify(models, speakers[1]!, { name: 'Ben' }));
  expect([one!.data, one!.best]).toEqual(['Ben', 'b.h5']);
  async function* stream() {
    yield { data: speakers[1]!.data.subarray(0, 9 * D), dimensions: D };
    yield { data: speakers[1]!.data.subarray(9 * D), dimensions: D };
  }
  const [streamed] = await collect(identify(models, stream()));
  expect(streamed!.scores['a.h5']).toBeCloseTo(one!.scores['a.h5']!, 10);
  const weights = new Float64Array(400).fill(0, 1).fill(3, 0, 1);
  const [weighed] = await collect(identify(models, { ...speakers[1]!, weights }));
  const first = await models['a.h5']!.predict([Array.from(speakers[1]!.data.subarray(0, D))]);
  expect(weighed!.scores['a.h5']).toBeCloseTo(first.logProbabilities![0]!, 10);
});

test('a stream of several utterances tells of each, however it is cut', async () => {
  const whose = [1, 1, 0, 2, 2, 2];
  async function* archive() {
    for (const [i, speaker] of whose.entries()) {
      const chunk = speakers[speaker]!.data.subarray(i * 40 * D, (i + 1) * 40 * D);
      yield { data: chunk, dimensions: D, name: `of ${speaker}` };
    }
  }
  for (const threads of [1, 2]) {
    const results = await collect(identify(models, archive(), { name: 'all.ark', threads, chunkBytes: 8 * D * 15 }));
    expect(results.map(({ data, best }) => `${data} ${best}`)).toEqual([
      'all.ark:of 1 b.h5',
      'all.ark:of 0 a.h5',
      'all.ark:of 2 c.h5',
    ]);
    const ofTwo = { data: speakers[2]!.data.subarray(3 * 40 * D, 6 * 40 * D), dimensions: D };
    expect(results[2]!.scores['c.h5']).toBeCloseTo((await models['c.h5']!.score(ofTwo)).logProbPerRow!, 9);
  }
});

test('a model ties with itself: the first is told', async () => {
  const twin = { first: models['a.h5']!, second: models['a.h5']! };
  expect((await collect(identify(twin, files[1]!)))[0]).toMatchObject({ best: 'first' });
});

test('what cannot be compared is refused', async () => {
  const tell = (others: Record<string, MixtureModel>, data: unknown = files) =>
    collect(identify({ ...models, ...others }, data as string));
  const kmeans = await new KMeans({ components: 2, iterations: 1 }).fit(speakers[0]!);
  const narrow = await new GaussianMixture({ components: 1, iterations: 1 }).fit([[1], [2], [4]]);
  await expect(tell({ 'k.h5': kmeans })).rejects.toThrow('models: k.h5 is a kmeans, which has no log-probabilities');
  await expect(tell({ 'n.h5': narrow })).rejects.toThrow('models: n.h5 has 1 dimensions, but a.h5 has 9');
  await expect(collect(identify({}, files))).rejects.toThrow('models: received none');
  await expect(tell({}, [[1, 2]])).rejects.toThrow('the data has 2 columns, but the models have 9 dimensions');
  await expect(tell({}, path('none.npy'))).rejects.toThrow('none.npy cannot be read');
  await expect(tell({}, { ...speakers[0]!, weights: new Float64Array(400) })).rejects.toThrow('weight 0');
  await expect(tell({}, [Array(D).fill(1e200)])).rejects.toThrow('too large');
});

test('leaving early lets go of a stream that gives no more', async () => {
  let closed = false;
  const left = new AbortController();
  const reason = new Error('enough');
  async function* stalled() {
    try {
      yield speakers[0]!;
      const aborted = new Promise((resolve) => left.signal.addEventListener('abort', resolve));
      setImmediate(() => left.abort(reason));
      await aborted;
    } finally {
      closed = true;
    }
  }
  await expect(collect(identify(models, stalled(), { signal: left.signal }))).rejects.toBe(reason);
  await vi.waitFor(() => expect(closed).toBe(true));
});
