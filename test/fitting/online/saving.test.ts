import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GaussianMixture, VariationalGaussianMixture } from '../../../src/estimator.ts';
import { OnlineFit } from '../../../src/fitting/online/online-fit.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import { hasModel } from '../../../src/storage/model-file.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { gap } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, type Row, rows } from '../../helpers/table.ts';

// States that are saved during warm-up, and at other odd moments.
const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const ROWS = 600;
const numbers = blobs(ROWS, CENTRES, 5);
const chunk = (from: number, to: number) => ({ data: numbers.subarray(3 * from, 3 * to), dimensions: 3 });
const options = { window: 64, warmUp: 90, threads: 1 };
const gmm = new GaussianMixture({ components: 3 });

async function fitted(online: OnlineFit, from: number): Promise<MixtureModel> {
  for (let n = from; n < ROWS; n += 50) await online.add(chunk(n, Math.min(ROWS, n + 50)));
  return online.finish();
}

describe.each(rows)('$label', (row: Row) => {
  test('a stream that is stopped during warm-up goes on exactly', async () => {
    const begin = () => estimator(row, { components: 3, seed: 4 }).online(options);
    const expected = await fitted(begin(), 0);
    const file = path(`${row.label}.h5`);
    const stopped = begin();
    await stopped.add(chunk(0, 25));
    await stopped.save(file, { note: 'row 25' });
    stopped.destroy();
    const again = await OnlineFit.resume(file);
    expect([again.rows, again.windows, again.dimensions, again.model, again.note]).toEqual([
      25,
      0,
      3,
      undefined,
      'row 25',
    ]);
    await again.add(chunk(25, 70));
    await again.save(file);
    again.destroy();
    const resumed = await OnlineFit.resume(file, { threads: 2 });
    expect([resumed.rows, resumed.note]).toEqual([70, undefined]);
    const model = await fitted(resumed, 70);
    expect(gap(model, expected)).toBe(0);
    expect(model.iterations).toBe(expected.iterations);
  });
});

test('repeated rows, weights and missing numbers of the warm-up are kept', async () => {
  const data = numbers.slice(0, 3 * 100).map((value, at) => (at % 7 === 0 ? Number.NaN : value));
  data.copyWithin(90, 0, 30); // ten rows a second time
  const weights = Float64Array.from({ length: 100 }, (_, n) => 1 + (n % 3));
  const part = (from: number, to: number) => ({
    data: data.subarray(3 * from, 3 * to),
    dimensions: 3,
    weights: weights.subarray(from, to),
  });
  const missing = { ...options, onInvalid: 'missing' } as const;
  const whole = gmm.online(missing);
  await whole.add(part(0, 100));
  const stopped = gmm.online(missing);
  await stopped.add(part(0, 60));
  await stopped.save(path('odd.h5'));
  const resumed = await OnlineFit.resume(path('odd.h5'), { onInvalid: 'missing' });
  expect(resumed.rows).toBe(60);
  await resumed.add(part(60, 100));
  expect(gap(await fitted(resumed, 100), await fitted(whole, 100))).toBe(0);
});

test('what was given as data is kept, wherever it was from', async () => {
  const means = path('means.csv');
  writeFileSync(means, CENTRES.map((centre) => `${centre.join()}\n`).join(''));
  const given = new VariationalGaussianMixture({
    components: 3,
    init: { means },
    meansPrior: [[0, 1, 2]],
    inversePrecisionPrior: CENTRES.map((_, i) => CENTRES.map((__, j) => (i === j ? 5 : 0.5))),
    alpha0: 0.3,
  });
  const expected = await fitted(given.online(options), 0);
  const stopped = given.online(options);
  await stopped.add(chunk(0, 30));
  await stopped.save(path('given.h5'));
  writeFileSync(means, '1,2,3\n'); // it is not read again
  const resumed = await OnlineFit.resume(path('given.h5'));
  expect(gap(await fitted(resumed, 30), expected)).toBe(0);
});

test('a file that holds the first rows only is no model yet, and says so', async () => {
  const file = path('first.h5');
  const online = gmm.online(options);
  await online.add(chunk(0, 30));
  await online.save(file);
  await online.save(file); // a beginning can be replaced by another
  const message = 'holds no model yet, only the first rows of an online fit: go on with it';
  await expect(MixtureModel.load(file)).rejects.toThrow(message);
  await expect(MixtureModel.load(file, { group: 'model_fitted_online' })).rejects.toThrow(message);
  await expect(MixtureModel.load(file, { group: 'other' })).rejects.toThrow('has no group other');
  expect(await hasModel(file)).toBe(false);
  await online.add(chunk(30, ROWS));
  await online.save(file);
  expect(gap(await MixtureModel.load(file), online.model!)).toBe(0);
});

test('a stream that ends during warm-up has a model; if it goes on, it never ended', async () => {
  const file = path('ended.h5');
  const heldOut = chunk(500, 600);
  const ended = gmm.online({ ...options, heldOut });
  await ended.add(chunk(0, 50));
  const model = await ended.finish();
  await ended.save(file);
  expect(gap(await MixtureModel.load(file), model)).toBe(0);
  const resumed = await OnlineFit.resume(file, { heldOut });
  expect([resumed.rows, resumed.best]).toEqual([50, undefined]);
  const uninterrupted = gmm.online({ ...options, heldOut });
  await uninterrupted.add(chunk(0, 50));
  expect(gap(await fitted(resumed, 50), await fitted(uninterrupted, 50))).toBe(0);
});

test('an abort while the rows of the warm-up are learned from goes back to before that', async () => {
  const leaving = new AbortController();
  const repeated = { data: numbers.map((value, at) => (at < 300 ? numbers[at % 30]! : value)), dimensions: 3 };
  const file = path('aborted.h5');
  const begin = (signal?: AbortSignal) =>
    gmm.online({
      ...options,
      window: 16,
      checkEvery: 2,
      heldOut: chunk(0, 50),
      signal,
      onCheck: () => leaving.abort(),
    });
  const stopped = begin(leaving.signal);
  await expect(stopped.add(repeated)).rejects.toThrow();
  await stopped.save(file);
  const resumed = await OnlineFit.resume(file, { heldOut: chunk(0, 50) });
  expect(resumed.rows).toBe(stopped.rows);
  await resumed.add({ data: repeated.data.subarray(3 * resumed.rows), dimensions: 3 });
  const whole = begin();
  await whole.add(repeated);
  expect(gap(await resumed.finish(), await whole.finish())).toBe(0);
});

test('nothing is written where there is nothing to save', async () => {
  await expect(gmm.online(options).save(path('nothing.h5'))).rejects.toThrow('no rows came');
  expect(existsSync(path('nothing.h5'))).toBe(false);
});
