import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { DataError, FileError, FitError, SettingError } from '../../../src/errors.ts';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import { OnlineFit } from '../../../src/fitting/online/online-fit.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import { FeatureTransform } from '../../../src/speech/transform.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { gap } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, type Row, rows } from '../../helpers/table.ts';
import { fc, runs } from '../../setup/properties.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const ROWS = 1001;
const numbers = blobs(ROWS, CENTRES, 5);
const some = (from: number, to: number): Float64Array => numbers.subarray(3 * from, 3 * to);
const chunk = (from: number, to: number) => ({ data: some(from, to), dimensions: 3 });
const whole = { data: numbers, dimensions: 3 };
const options = { window: 64, warmUp: 90, threads: 1 };

describe.each(rows)('$label', (row: Row) => {
  const begin = () => estimator(row, { components: 3 }).online(options);

  test('learns what is there', async () => {
    const online = begin();
    expect(online.model).toBeUndefined();
    await online.add(whole);
    const model = await online.finish();
    expect([online.rows, online.windows, model.iterations]).toEqual([ROWS, 16, 16]);
    for (const centre of CENTRES) {
      const nearest = Math.min(
        ...model.means.to2DArray().map((mean) => Math.hypot(...mean.map((value, j) => value - centre[j]!))),
      );
      expect(nearest).toBeLessThan(0.7);
    }
  });

  test('windows do not depend on how rows arrive; a stopped stream goes on exactly', async () => {
    const uninterrupted = begin();
    await uninterrupted.add(whole);
    const file = path(`${row.label}.h5`);
    const stopped = begin();
    for (let n = 0; n < 500; n += 7) await stopped.add(chunk(n, Math.min(500, n + 7)));
    await stopped.save(file);
    stopped.destroy();
    const resumed = await OnlineFit.resume(file, { threads: 2 });
    expect([resumed.rows, resumed.windows]).toEqual([500, 7]);
    await resumed.add(chunk(500, 700));
    expect(gap((await MixtureModel.load(file))!, resumed.model!)).toBeGreaterThan(0);
    await resumed.finish();
    await resumed.save(file); // the last, shorter window counts, but a stream that goes on all the same goes on from before it
    const again = await OnlineFit.resume(file);
    await again.add(chunk(700, ROWS));
    expect(gap(again.model!, uninterrupted.model!)).toBe(0);
    const [one, other] = [await again.finish(), await uninterrupted.finish()];
    expect(gap(one, other)).toBe(0);
    expect([one.iterations, again.windows]).toEqual([other.iterations, uninterrupted.windows]);
  });
});

const gmm = new GaussianMixture({ components: 3 });

test('is a Writable of rows: pipes end it, and a model can be had at any time', async () => {
  const rowsOfIt = Array.from({ length: ROWS }, (_, n) => [...some(n, n + 1)]);
  const online = gmm.online(options);
  let seen = 0;
  const source = Readable.from(
    (async function* () {
      for (const each of rowsOfIt) {
        if (online.model) seen++;
        yield each;
      }
    })(),
  );
  await pipeline(source, online);
  expect(seen).toBeGreaterThan(500);
  const direct = gmm.online(options);
  await direct.add(whole);
  expect(gap(await direct.finish(), online.model!)).toBe(0);
});

test('any pieces give the same bits', async () => {
  const reference = gmm.online(options);
  await reference.add(whole);
  const expected = await reference.finish();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 3, maxLength: 12 }), async (sizes) => {
      const online = gmm.online(options);
      let at = 0;
      for (const size of [...sizes, ROWS]) {
        const end = Math.min(ROWS, at + size);
        if (end > at) await online.add(chunk(at, end));
        at = end;
      }
      expect(gap(await online.finish(), expected)).toBe(0);
    }),
    runs(8),
  );
});

test('a model that was given is immutable, and learning goes on from a model', async () => {
  const online = gmm.online(options);
  await online.add(chunk(0, 500));
  const early = online.model!;
  const means = early.means.to1DArray();
  await online.add(chunk(500, ROWS));
  expect(early.means.to1DArray()).toEqual(means);
  expect(online.model!.means.to1DArray()).not.toEqual(means);
  online.destroy();
  const further = new GaussianMixture({ init: early }).online({ window: 64 });
  expect(gap(further.model!, early)).toBe(0);
  await further.add(chunk(500, ROWS));
  const model = await further.finish();
  expect(model.iterations).toBe(early.iterations + 8);
});

test('steps of 1/t over windows are sequential K-means', async () => {
  const online = new KMeans({ init: { means: CENTRES } }).online({
    window: 1,
    warmUp: 3,
    stepSize: { kappa: 1, offset: 0 },
  });
  await online.add(whole);
  const model = await online.finish();
  // MacQueen (1967): the nearest mean moves by 1/n of its distance to the row, n the rows it has got.
  const means = CENTRES.map((centre) => [...centre]);
  const counts = [0, 0, 0];
  for (let n = 0; n < ROWS; n++) {
    const each = some(n, n + 1);
    const distances = means.map((mean) => Math.hypot(...mean.map((value, j) => value - each[j]!)));
    const k = distances.indexOf(Math.min(...distances));
    counts[k]!++;
    for (let j = 0; j < 3; j++) means[k]![j]! += (each[j]! - means[k]![j]!) / counts[k]!;
  }
  for (const [k, mean] of means.entries()) {
    for (const [j, value] of mean.entries()) expect(model.means.get(k, j)).toBeCloseTo(value, 9);
  }
});

test('held-out data keep the best model', async () => {
  const heldOut = { data: blobs(300, CENTRES, 6), dimensions: 3 };
  const checks: number[] = [];
  const online = gmm.online({
    ...options,
    heldOut,
    checkEvery: 4,
    onCheck: (check) => checks.push(check.heldOutCriterion),
  });
  await online.add(chunk(0, 700));
  const good = online.best!;
  const far = { data: numbers.map((value) => value + 50), dimensions: 3 };
  await online.add(far); // the stream drifts away from the held-out data
  const best = await online.finish();
  expect(checks.length).toBe(Math.floor(online.windows / 4) + 1);
  expect(best.heldOutCriterion).toEqual([Math.max(...checks)]);
  expect((await best.score(heldOut)).criterion).toBeCloseTo(Math.max(...checks), 6);
  expect(best.means.max()).toBeLessThan(20);
  expect(good.means.max()).toBeLessThan(20);
  expect(online.model!.means.max()).toBeGreaterThan(20);
  const file = path('best.h5');
  await online.save(file);
  expect(gap(await MixtureModel.load(file), best)).toBe(0);
  const resumed = await OnlineFit.resume(file, { heldOut });
  expect(gap(resumed.best!, best)).toBe(0);
  expect(gap(resumed.model!, best)).toBeGreaterThan(0.1);
  resumed.destroy();
});

test('row weights count: 2 is the row twice as far as a window is concerned', async () => {
  const weights = Float64Array.from({ length: 128 }, (_, n) => n % 3);
  const online = gmm.online({ ...options, window: 128, warmUp: 128 });
  await online.add({ ...chunk(0, 128), weights });
  await online.finish();
  expect(online.model!.counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(127, 6);
});

test('numbers may be missing, or rows skipped', async () => {
  const holed = Array.from({ length: 400 }, (_, n) =>
    [...some(n, n + 1)].map((v, j) => ((n + j) % 9 ? v : Number.NaN)),
  );
  const missing = gmm.online({ ...options, onInvalid: 'missing' });
  await missing.add(holed);
  await missing.save(path('missing.h5'));
  const resumed = await OnlineFit.resume(path('missing.h5'), { onInvalid: 'missing' });
  expect(gap(await resumed.finish(), await missing.finish())).toBe(0);
  const skipping = gmm.online({ ...options, onInvalid: 'skip' });
  await skipping.add(holed);
  await skipping.finish();
  expect(skipping.rows).toBe(holed.filter((each) => each.every(Number.isFinite)).length);
});

test.each<[what: string, attempt: () => Promise<unknown>, kind: new (...args: never[]) => Error, message: string]>([
  ['window', async () => gmm.online({ window: 0 }), SettingError, 'window: received 0, expected a whole number ≥ 1'],
  [
    'kappa',
    async () => gmm.online({ stepSize: { kappa: 0.5 } }),
    SettingError,
    'stepSize.kappa: received 0.5, expected a number in (0.5, 1]',
  ],
  [
    'constant',
    async () => gmm.online({ stepSize: { constant: 2 } }),
    SettingError,
    'stepSize.constant: received 2, expected a number in (0, 1]',
  ],
  ['no rows', () => gmm.online().finish(), DataError, 'the stream is empty'],
  [
    'saved before the first row',
    () => gmm.online(options).save(path('early.h5')),
    FitError,
    'there is nothing to save yet: no rows came',
  ],
  ['nothing to go on from', () => OnlineFit.resume(path('none.h5')), FileError, 'there is no such file'],
  [
    'other width',
    () => fed(chunk(0, 100), [1, 2, 3, 4]),
    DataError,
    'the stream, row 101: received 4 columns, expected 3',
  ],
  [
    'NaN',
    () =>
      fed(chunk(0, 100), [
        [1, 2, 3],
        [1, Number.NaN, 3],
      ]),
    DataError,
    'the stream, row 102, column 2: received NaN',
  ],
  ['too large', () => fed(chunk(0, 100), chunkOf(1e200)), FitError, 'too large to be squared'],
  [
    'held-out data of other width',
    () => fed([1, 2, 3], undefined, [[1, 2]]),
    DataError,
    'the held-out data has 2 columns, but the stream has 3',
  ],
])('refuses: %s', async (_, attempt, kind, message) => {
  const failure = await attempt().then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure).toBeInstanceOf(kind);
  expect(failure!.message).toContain(message);
});

const chunkOf = (value: number) => ({ data: new Float64Array(300).fill(value), dimensions: 3 });

type Addable = Parameters<OnlineFit['add']>[0];

async function fed(first: Addable, second?: Addable, heldOut?: number[][]): Promise<OnlineFit> {
  const online = gmm.online({ ...options, ...(heldOut ? { heldOut } : {}) });
  await online.add(first);
  if (second) await online.add(second);
  return online;
}

test('what was begun with goes on', async () => {
  const online = gmm.online(options);
  await online.add(chunk(0, 200));
  await online.save(path('begun.h5'));
  await expect(OnlineFit.resume(path('begun.h5'), { window: 65 })).rejects.toThrow(
    /window: received 65, but .*begun\.h5 was begun with 64: leave it out/,
  );
  await (await OnlineFit.resume(path('begun.h5'), { window: 64 })).finish();
  const model = await gmm.fit(whole);
  await model.save(path('batch.h5'));
  await expect(OnlineFit.resume(path('batch.h5'))).rejects.toThrow('has no group model_fitted_online');
});

test('an abort ends it', async () => {
  const leaving = new AbortController();
  const online = gmm.online({ ...options, signal: leaving.signal });
  await online.add(chunk(0, 200));
  leaving.abort();
  await expect(online.add(chunk(200, 400))).rejects.toThrow();
});

test('rows of sound that are piped in: the model remembers their front end', async () => {
  const sound = new URL('../../../data/wav/en/tt-allbusy.wav', import.meta.url);
  const features = new FeatureTransform({ encoding: 'wav', normalisation: 'mean', normalisationOver: 'running' });
  const online = new GaussianMixture({ components: 2, covariance: 'diagonal' }).online({ window: 64 });
  await pipeline(createReadStream(sound), features, online);
  expect(online.model!.frontEnd).toMatchObject({ sampleRate: 8000, normalisation: 'mean' });
  await online.save(path('sound.h5'));
  const { frontEnd } = await MixtureModel.load(path('sound.h5'));
  expect(frontEnd).toEqual(features.frontEnd);
  expect((await OnlineFit.resume(path('sound.h5'))).frontEnd).toEqual(frontEnd);
});
