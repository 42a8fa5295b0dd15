import { expect, test } from 'vitest';
import { NO_PART } from '../../../src/chunk.ts';
import { inOrder } from '../../../src/e-step/parallel/in-order.ts';
import type { Seat } from '../../../src/e-step/parallel/seat.ts';
import { SharedThread } from '../../../src/e-step/parallel/shared-thread.ts';
import { GaussianMixture, KMeans } from '../../../src/estimator.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import { collect, flatten } from '../../helpers/collect.ts';
import { blobs } from '../../helpers/random.ts';

const CENTRES = [
  [0, 0, 0],
  [6, -5, 4],
  [-7, 6, 2],
];
const data = { data: blobs(20_000, CENTRES, 3), dimensions: 3 };
const small = { chunkBytes: 8192 };

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('results come in order, each as soon as it is there, and no more than so many are begun', async () => {
  let open = 0;
  let most = 0;
  async function* items() {
    for (let i = 0; i < 40; i++) yield i;
  }
  const begin = (item: number) => {
    most = Math.max(most, ++open);
    return { result: wait((item * 7) % 5).then(() => item), release: () => void open-- };
  };
  expect(await collect(inOrder(items(), begin, () => 4))).toEqual(Array.from({ length: 40 }, (_, i) => i));
  expect([most, open]).toEqual([4, 0]);
});

test('a result does not wait for the next item', async () => {
  async function* live() {
    yield 1;
    await wait(100_000_000);
  }
  const results = inOrder(
    live(),
    (item) => ({ result: Promise.resolve(item) }),
    () => 4,
  );
  expect((await results.next()).value).toBe(1);
});

test('a task that fails is thrown in its turn, and everything is let go of', async () => {
  let open = 0;
  let closed = false;
  async function* items() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed = true;
    }
  }
  const begin = (item: number) => {
    open++;
    const result = item === 5 ? Promise.reject(new Error('five')) : wait(1).then(() => item);
    return { result, release: () => void open-- };
  };
  const seen: number[] = [];
  const all = async () => {
    for await (const item of inOrder(items(), begin, () => 3)) seen.push(item);
  };
  await expect(all()).rejects.toThrow('five');
  expect([seen, open, closed]).toEqual([[0, 1, 2, 3, 4], 0, true]);
});

test('at an abort, tasks are abandoned with its reason and waited for', async () => {
  async function* items() {
    for (let i = 0; ; i++) yield i;
  }
  const controller = new AbortController();
  const reasons: unknown[] = [];
  const left = new Set<number>();
  const begin = (item: number) => {
    left.add(item);
    let abandoned = (_: unknown): void => {};
    const result = new Promise<number>((resolve, reject) => {
      abandoned = reject;
      if (item === 0) resolve(item);
    });
    const abandon = (reason: unknown) => {
      reasons.push(reason);
      setTimeout(() => abandoned(reason), 5);
    };
    return { result, abandon, release: () => void left.delete(item) };
  };
  const results = inOrder(items(), begin, () => 3, controller.signal);
  expect((await results.next()).value).toBe(0);
  const next = results.next();
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await expect(next).rejects.toThrow('enough');
  expect(reasons).toContain(controller.signal.reason);
  expect(left.size).toBe(0);
});

test('labels, log-probabilities and log responsibilities do not depend on the number of threads', async () => {
  const model = await new GaussianMixture({ components: 3, iterations: 2 }).fit(data, { threads: 1 });
  for (const infer of [model.labels, model.logProbabilities] as const) {
    const runs = await Promise.all(
      [1, 2, 3].map(async (threads) => collect<ArrayLike<number>>(infer(data, { ...small, threads }))),
    );
    expect(flatten(runs[1]!)).toEqual(flatten(runs[0]!));
    expect(flatten(runs[2]!)).toEqual(flatten(runs[0]!));
    expect(flatten(runs[0]!).length).toBe(20_000);
  }
  const [one, two] = await Promise.all(
    [1, 2].map(async (threads) => collect(model.logResponsibilities(data, { ...small, threads }))),
  );
  expect(two!.map((chunk) => chunk.data)).toEqual(one!.map((chunk) => chunk.data));
  expect((await model.score(data, { ...small, threads: 2 })).criterion).toBe(
    (await model.score(data, { threads: 1, ...small })).criterion,
  );
});

test('a worker that fails fails the fit, with its cause', async () => {
  const thread = new SharedThread();
  const [seat, other] = [0, 1].map(() => thread.join({ kernel: 'wasm', precision: 'f64' })) as [Seat, Seat];
  while (!seat.isReady) await wait(5);
  const scorer = {
    components: 1,
    dimensions: 3,
    form: 'none',
    means: new Float64Array(3),
    factors: new Float64Array(1),
    constants: new Float64Array(1),
  };
  seat.prepare([{ pass: { scorer: scorer as never, assignment: 'soft' }, result: 'labels' }], 4);
  const chunk = { data: new Float64Array(12), rows: 4, dimensions: 3, part: NO_PART };
  await expect(seat.compute(chunk, 0).result).rejects.toThrow('a worker thread failed');
  await expect(seat.compute(chunk, 0).result).rejects.toThrow('a worker thread failed');
  const { pass } = new MixtureModel((await new KMeans({ components: 3, iterations: 1 }).fit(data)).state);
  other.prepare([{ pass, result: 'labels' }], 4); // it is no fault of those who share the thread
  expect((await other.compute(chunk, 0).result).values).toHaveLength(4);
  await thread.close();
  await expect(other.compute(chunk, 0).result).rejects.toThrow('a worker thread failed: it was closed');
});

test('an abort in the middle of a pass on several threads', async () => {
  const controller = new AbortController();
  const fit = new KMeans({ components: 3, iterations: 1000, init: 'random' }).fit(data, {
    ...small,
    threads: 2,
    signal: controller.signal,
    onIteration: ({ iteration }) => {
      if (iteration === 3) controller.abort();
    },
  });
  expect((await fit).stopReason).toBe('aborted');
});

test('whoever leaves a stream early is not kept waiting, on several threads neither', async () => {
  const model = new MixtureModel((await new KMeans({ components: 3, iterations: 1 }).fit(data)).state);
  async function* live() {
    for (let n = 0; n < 100; n++) yield data.data.subarray(3 * n, 3 * n + 3);
    await wait(100_000_000);
  }
  let seen = 0;
  for await (const labels of model.labels(live(), { threads: 2 })) {
    seen += labels.length;
    if (seen === 100) break;
  }
  expect(seen).toBe(100);
});

test('fits at once share threads, of which none is left after the last', async () => {
  const before = threadCount();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, threadCount() - before);
  }, 1);
  const fits = Array.from({ length: 8 }, (_, seed) =>
    new GaussianMixture({ components: 3, iterations: 8, seed }).fit(data, { ...small, threads: 2 + (seed % 2) }),
  );
  const alone = [];
  for (const fit of fits) alone.push((await fit).criterion);
  clearInterval(watch);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(3);
  expect(threadCount()).toBe(before);
  for (const [seed, criterion] of alone.entries()) {
    const model = await new GaussianMixture({ components: 3, iterations: 8, seed }).fit(data, { ...small, threads: 1 });
    expect(criterion).toEqual(model.criterion);
  }
});

test('one of two streams that are read in turns may be left, and the other ends', async () => {
  const model = await new GaussianMixture({ components: 3, iterations: 2 }).fit(data, { threads: 1 });
  const [one, other] = [0, 1].map(() => model.labels(data, { ...small, threads: 2 })[Symbol.asyncIterator]());
  const seen = [];
  for (let n = 0; n < 3; n++) {
    await one!.next();
    seen.push((await other!.next()).value);
  }
  await one!.return(undefined);
  for (let next = await other!.next(); !next.done; next = await other!.next()) seen.push(next.value);
  expect(flatten(seen as ArrayLike<number>[])).toEqual(flatten(await collect(model.labels(data, { threads: 1 }))));
});

/** Worker threads of this process, as the event loop knows them. */
const threadCount = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
