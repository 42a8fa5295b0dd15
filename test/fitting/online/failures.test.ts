import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { FitError, SettingError } from '../../../src/errors.ts';
import { GaussianMixture, KMeans, VariationalGaussianMixture } from '../../../src/estimator.ts';
import { OnlineFit } from '../../../src/fitting/online/online-fit.ts';
import { openData } from '../../../src/sources/source.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { gap } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';

// Streams that fail, are destroyed or interrupted at bad moments.
const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const whole = { data: blobs(1001, CENTRES, 5), dimensions: 3 };
const chunk = (from: number, to: number) => ({ data: whole.data.subarray(3 * from, 3 * to), dimensions: 3 });
const options = { window: 64, warmUp: 90, threads: 1 };
const gmm = new GaussianMixture({ components: 3 });

test('a failure inside a chunk loses no row in silence: what was not reached can be given again', async () => {
  const uninterrupted = gmm.online(options);
  await uninterrupted.add(whole);
  const leaving = new AbortController();
  const file = path('inside.h5');
  const heldOut = await openData(chunk(0, 100));
  const failing = gmm.online({
    ...options,
    heldOut,
    checkEvery: 3,
    signal: leaving.signal,
    onCheck: ({ windows }) => windows === 6 && leaving.abort(),
  });
  await expect(failing.add(whole)).rejects.toThrow();
  await failing.save(file);
  const resumed = await OnlineFit.resume(file, { heldOut });
  expect(resumed.rows).toBe(384);
  await resumed.add(chunk(resumed.rows, 1001));
  expect(gap(resumed.model!, uninterrupted.model!)).toBe(0);
  await resumed.finish();
  await uninterrupted.finish();
  expect((await uninterrupted.model!.score(heldOut)).rows).toBe(100); // still open: it is the caller's
});

test('a window that cannot be learned from is dropped, the others are not', async () => {
  const online = gmm.online(options);
  await online.add(chunk(0, 154)); // two windows, and some
  const before = online.model!;
  await expect(online.add({ data: new Float64Array(300).fill(1e200), dimensions: 3 })).rejects.toThrow(FitError);
  await online.save(path('dropped.h5'));
  const resumed = await OnlineFit.resume(path('dropped.h5'));
  expect(gap(resumed.model!, before)).toBe(0);
  await resumed.add(chunk(154, 400));
  expect((await resumed.finish()).means.max()).toBeLessThan(20);
});

test('destroying it ends what is under way, and says so', async () => {
  const rows = { data: blobs(40_000, CENTRES, 8), dimensions: 3 };
  const online = gmm.online({ window: 30_000, warmUp: 100, threads: 2 });
  await online.add(chunk(0, 200));
  const adding = online.add(rows).then(
    () => 'done',
    () => 'failed',
  );
  online.destroy();
  expect(await adding).toBe('failed');
  await expect(online.finish()).rejects.toThrow('destroyed before its end');
  await expect(gmm.online(options).destroy().finish()).rejects.toThrow('destroyed before its end');
});

test('a signal that was aborted before is known at once', () => {
  expect(() => gmm.online({ signal: AbortSignal.abort(new Error('too late')) })).toThrow('too late');
});

test('many rows added at once leave no listeners, and savings queue', async () => {
  const online = gmm.online(options);
  const adds = Array.from({ length: 30 }, (_, n) => online.add(chunk(33 * n, 33 * n + 33)));
  await Promise.all(adds);
  await Promise.all([online.save(path('twice.h5')), online.save(path('twice.h5'))]);
  await online.finish();
  expect(online.listenerCount('error')).toBe(0);
  expect((await OnlineFit.resume(path('twice.h5'))).rows).toBe(990);
});

test('held-out data must be given again; a group of its own; nothing new to learn', async () => {
  const heldOut = chunk(0, 100);
  const online = gmm.online({ ...options, heldOut, checkEvery: 4 });
  await online.add(whole);
  const best = await online.finish();
  const file = path('group.h5');
  await online.save(file, { group: 'mine' });
  await expect(OnlineFit.resume(file, { group: 'mine' })).rejects.toThrow('holds the best model on held-out data');
  const resumed = await OnlineFit.resume(file, { group: 'mine', heldOut });
  expect(gap(await resumed.finish(), best)).toBe(0);
  expect(() => gmm.online({ checkEvery: 5 })).toThrow(SettingError);
});

test('a damaged state is told of', async () => {
  const online = gmm.online(options);
  await online.add(whole);
  await online.save(path('whole.h5'));
  const bytes = readFileSync(path('whole.h5'));
  const at = bytes.indexOf('"rows":');
  for (const [name, damage] of [
    ['name.h5', '"rowz":'],
    ['json.h5', '"rows";'],
  ] as const) {
    const damaged = Buffer.from(bytes);
    damaged.write(damage, at);
    writeFileSync(path(name), damaged);
    await expect(OnlineFit.resume(path(name))).rejects.toThrow('is damaged');
  }
});

test('weights of windows count: steps of 1/t are the mean of all rows by their weights', async () => {
  const weights = Float64Array.from({ length: 1001 }, (_, n) => (n < 500 ? 1 : 100));
  const settings = { init: { means: CENTRES } };
  const batch = await new KMeans({ ...settings, iterations: 1 }).fit({ ...whole, weights });
  const online = new KMeans(settings).online({ window: 50, warmUp: 3, stepSize: { kappa: 1, offset: 0 } });
  await online.add({ ...whole, weights });
  const model = await online.finish();
  expect(gap(model, batch)).toBeLessThan(0.01);
});

test('first covariances that are scaled down, or a prior that is larger than they are, can be learned from', async () => {
  for (const settings of [{ boost: 0.01 }, { start: 'parameters', beta0: 100 }] as const) {
    const online = new VariationalGaussianMixture({ components: 6, ...settings }).online({
      window: 50,
      warmUp: 100,
      totalRows: 1e6,
    });
    await online.add(whole);
    expect((await online.finish()).components).toBe(6);
  }
});

test('a Readable that ends before there are different rows enough gives a model of those that there are', async () => {
  const warnings: string[] = [];
  const online = gmm.online({ ...options, onWarning: (message) => void warnings.push(message) });
  await pipeline(
    Readable.from([
      [1, 2, 3],
      [1, 2, 3],
      [4, 5, 6],
    ]),
    online,
  );
  expect(online.model!.components).toBe(2);
  expect(warnings[0]).toContain('the stream has only 2 different rows, fewer than the 3 components');
});
