import { beforeAll, describe, expect, test } from 'vitest';
import { NO_PART } from '../../../src/chunk.ts';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import type { InitName } from '../../../src/fitting/initialization/initializers.ts';
import { OnlineFit } from '../../../src/fitting/online/online-fit.ts';
import { WarmUp } from '../../../src/fitting/online/warm-up.ts';
import type { MixtureModel } from '../../../src/inference/model.ts';
import type { FlatRows } from '../../../src/sources/rows.ts';
import { openData } from '../../../src/sources/source.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { gap } from '../../helpers/parameters.ts';
import { blobs, normals } from '../../helpers/random.ts';
import { estimator, rows } from '../../helpers/table.ts';

// Streams that begin with what never comes back: silence, noise, repeated rows.
const path = temporaryDirectory();
const quiet = { onWarning(): void {} };

describe('warm-up', () => {
  const chunk = (values: readonly number[]) => ({
    data: Float64Array.from(values),
    rows: values.length,
    dimensions: 1,
    part: NO_PART,
  });

  test('asks for different rows; repeated ones weigh, and take no room', () => {
    const warmUp = new WarmUp(4, 2, 1);
    expect(warmUp.room).toBe(4);
    warmUp.add(chunk([0, 0, 0, 7]), 0, 4);
    expect([warmUp.rows, warmUp.room]).toEqual([4, 2]);
    warmUp.add(chunk([7, 8, 9]), 0, 3);
    expect(warmUp.room).toBe(0);
    const { data, weights, rows: count } = warmUp.chunk();
    expect([[...data], [...weights!], count]).toEqual([[0, 7, 8, 9], [3, 2, 1, 1], 4]);
  });

  test('is content with a row for each component of a stream that has always the same ones', () => {
    const warmUp = new WarmUp(4, 2, 1);
    warmUp.add(chunk(Array.from({ length: 40 }, (_, n) => n % 2)), 0, 40);
    expect(warmUp.room).toBe(0);
    const single = new WarmUp(4, 2, 1);
    single.add(chunk(new Array(1000).fill(5)), 0, 1000);
    expect(single.room).toBe(1);
  });
});

test.each(rows)('$label: four seconds of silence do not end a stream, however rows arrive', async (row) => {
  const silence = new Float64Array(400 * 2);
  const speech = blobs(
    1200,
    [
      [0, 0],
      [9, 9],
      [-9, 8],
      [5, -9],
    ],
    5,
  );
  const data = Float64Array.from([...silence, ...speech]);
  const make = () => estimator(row, { components: 4 }).online({ window: 64, ...quiet });
  const whole = make();
  await whole.add({ data, dimensions: 2 });
  expect([whole.rows, whole.model!.components]).toEqual([1600, 4]);
  const file = path(`${row.label}.h5`);
  const some = make();
  for (let at = 0; at < 1000; at += 37) {
    await some.add({ data: data.subarray(2 * at, 2 * Math.min(1000, at + 37)), dimensions: 2 });
  }
  await some.save(file);
  some.destroy();
  const resumed = await OnlineFit.resume(file, quiet);
  expect(resumed.rows).toBe(1000);
  await resumed.add({ data: data.subarray(2000), dimensions: 2 });
  expect(gap(await resumed.finish(), await whole.finish())).toBe(0);
  expect([resumed.moved, resumed.rows]).toEqual([whole.moved, 1600]);
});

describe('5 s of zeros and 5 s of noise before speech', () => {
  const SETTINGS = { components: 16, covariance: 'diagonal' } as const;
  let stream: FlatRows;
  let batch: number;
  const logProb = async (model: MixtureModel): Promise<number> => (await model.score(stream)).logProbPerRow!;

  beforeAll(async () => {
    const source = await openData('data/wav/*/*.wav');
    const speech: number[] = [];
    for await (const { data } of source) for (const value of data) speech.push(value);
    const dimensions = source.dimensions;
    await source.close();
    const normal = normals(2);
    const zeros = new Float64Array(500 * dimensions);
    for (let i = 0; i < zeros.length; i++) zeros[i] = i % dimensions === 0 ? -50 : 0;
    const noise = Float64Array.from({ length: 500 * dimensions }, (_, i) =>
      i % dimensions < 13 ? 40 * Number(i % dimensions === 0) + 6 * normal() : normal(),
    );
    stream = { data: Float64Array.from([...zeros, ...noise, ...speech]), dimensions };
    batch = await logProb(await new GaussianMixture(SETTINGS).fit(stream, quiet));
  });

  test.each<[InitName, number | undefined]>([
    ['k-means', undefined],
    ['k-means++', 300],
    ['random', 20],
    ['gmm', 3000],
    ['random-responsibilities', 600],
  ])('begun by %s on %s rows: as good as a batch fit of all, to 0.1', async (init, warmUp) => {
    const online = new GaussianMixture({ ...SETTINGS, init }).online({ warmUp, ...quiet });
    await online.add(stream);
    const model = await online.finish();
    expect(await logProb(model)).toBeGreaterThan(batch - 0.1);
    expect(model.effectiveComponents).toBeGreaterThan(10);
  });
});

test('a stream like its beginning is left alone, and a model that is fitted on keeps what it knows', async () => {
  const data = {
    data: blobs(
      3000,
      [
        [0, 0],
        [9, 9],
        [-9, 8],
      ],
      5,
    ),
    dimensions: 2,
  };
  const steady = new KMeans({ components: 3 }).online({ window: 64 });
  await steady.add(data);
  await steady.finish();
  expect(steady.moved).toBe(0);
  const known = await new GaussianMixture({ components: 3 }).fit(data);
  const online = new GaussianMixture({ init: known }).online({ window: 64, stepSize: { kappa: 1, offset: 1000 } });
  await online.add({ data: blobs(640, [[0, 0]], 8), dimensions: 2 });
  const further = await online.finish();
  expect(online.moved).toBe(0);
  for (const k of [0, 1, 2]) {
    expect(Math.hypot(...[0, 1].map((j) => further.means.get(k, j) - known.means.get(k, j)))).toBeLessThan(0.5);
  }
});
