// What is wrong, throws, never ends, or is asked for at the wrong time.
import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { MegaMixError } from '../../src/errors.ts';
import { type FitOptions, GaussianMixture, KMeans, MixtureModel, openData, type RowData } from '../../src/index.ts';
import { fc, runs } from '../setup/properties.ts';

const rows = Array.from({ length: 300 }, (_, n) => [Math.sin(n), Math.cos(n * n)]);
const estimator = new GaussianMixture({ components: 2, iterations: 2 });
const mine = new Error('mine');
const throwing = (): never => {
  throw mine;
};
const rejecting = (): Promise<never> => Promise.reject(mine);

async function* once<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

/** Some rows, and then nothing, for ever; it cannot be left either. */
const stalled = (items: readonly unknown[] = rows.slice(0, 3)): AsyncIterable<number[]> => ({
  [Symbol.asyncIterator]: () => {
    let given = 0;
    return {
      next: () =>
        given < items.length
          ? Promise.resolve({ value: items[given++] as number[], done: false })
          : new Promise(() => {}),
      return: () => Promise.reject(new Error('it cannot be left')),
    };
  },
});

test.each<[string, FitOptions]>([
  ['onIteration', { onIteration: throwing }],
  ['onIteration, later', { onIteration: rejecting }],
  ['onProgress', { onProgress: throwing }],
  ['onProgress, later', { onProgress: rejecting }],
  ['heldOut', { heldOut: throwing }],
])('a failure of %s ends the fit with it', async (_, options) => {
  await expect(estimator.fit(rows, options)).rejects.toBe(mine);
});

test.each([throwing, rejecting])('a failure of onWarning and of onCheck ends the fit with it', async (fails) => {
  const few = [[1], [2]];
  await expect(new KMeans({ components: 5 }).fit(few, { onWarning: fails })).rejects.toBe(mine);
  const online = estimator.online({ heldOut: rows, onCheck: fails });
  await online.add(rows);
  await expect(online.finish()).rejects.toBe(mine);
});

const kmeans = new KMeans({ components: 2 }).fit(rows);
test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
  ['a stream', (signal) => estimator.fit(stalled(), { signal })],
  ['a stream of bytes', (signal) => estimator.fit(stalled(['1,2\n']), { signal, format: 'csv' })],
  ['a source that was opened without', async (signal) => estimator.fit(await openData(stalled()), { signal })],
  ['held-out data', (signal) => estimator.fit(rows, { heldOut: stalled(), signal })],
  ['row weights', (signal) => estimator.fit(rows, { weights: stalled([[1], [1]]), signal })],
  ['means', (signal) => new KMeans({ init: { means: stalled() } }).fit(rows, { signal })],
  ['scoring', async (signal) => (await kmeans).score(await openData(stalled()), { signal })],
  ['predicting', async (signal) => (await kmeans).predict(stalled(), { signal })],
  ['items without end', (signal) => estimator.fit(withoutEnd(), { format: 'csv', signal })],
])('an abort ends a wait for %s', async (_, work) => {
  const control = new AbortController();
  const working = work(control.signal);
  working.catch(() => {});
  await setTimeout(100);
  control.abort(mine);
  await expect(working).rejects.toBe(mine);
  expect(getEventListeners(control.signal, 'abort')).toEqual([]);
});

async function* withoutEnd(): AsyncGenerator<string> {
  for (;;) yield '1';
}

test('what is aborted before does not begin', async () => {
  const signal = AbortSignal.abort(mine);
  const read = vi.fn(() => once(rows));
  const source = { dimensions: 2, [Symbol.asyncIterator]: read };
  await expect(estimator.fit(source, { signal })).rejects.toBe(mine);
  await expect(estimator.initialize(source, { signal })).rejects.toBe(mine);
  expect(() => estimator.online({ signal })).toThrow(mine);
  expect(read).not.toHaveBeenCalled();
});

test('many fits at once on one signal add one listener to it', async () => {
  const { signal } = new AbortController();
  const most = { listeners: 0 };
  const onProgress = (): void => {
    most.listeners = Math.max(most.listeners, getEventListeners(signal, 'abort').length);
  };
  await Promise.all(Array.from({ length: 20 }, () => estimator.fit(once(rows), { signal, onProgress })));
  const learning = Array.from({ length: 20 }, () => new KMeans({ components: 2 }).online({ signal }));
  expect(getEventListeners(signal, 'abort').length).toBe(1);
  for (const online of learning) {
    await online.add(rows);
    await online.finish();
  }
  expect([most.listeners, getEventListeners(signal, 'abort').length]).toEqual([1, 0]);
});

test('what a stream throws is what is thrown, whatever it is', async () => {
  async function* failing(reason: unknown): AsyncGenerator<number[]> {
    yield rows[0]!;
    throw reason;
  }
  for (const reason of [mine, 'text', undefined, null]) {
    await expect(estimator.fit(failing(reason))).rejects.toBe(reason);
  }
  await expect(estimator.fit(stalled([[1, 2], [1]]))).rejects.toThrow('row 2: received 1 columns');
});

test('what can be read once is read once', async () => {
  const stream = once(rows);
  await estimator.fit(stream);
  await expect(estimator.fit(stream)).rejects.toThrow('is empty: expected rows; or was it read before?');
  const source = await openData(once(rows));
  const fits = await Promise.allSettled([estimator.fit(source), estimator.fit(source)]);
  expect(fits.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  await source.close();
  const open2 = await openData(rows);
  const [one, other] = await Promise.all([estimator.fit(open2), estimator.fit(open2)]);
  expect(one.criterion).toEqual(other.criterion);
  await expect(estimator.fit(open2, { weights: [1] })).rejects.toThrow('weights: the data is open already');
});

test('a model does not change', async () => {
  const { model, moved } = await estimator.fitWithReport(rows);
  const before = JSON.stringify([model.criterion, model.means, model.weights, model.state.mixture]);
  const { means, weights, logWeights, counts } = model;
  means.set(0, 0, 7);
  for (const copy of [weights, logWeights, counts]) copy.fill(7);
  for (const change of [
    () => (model.criterion as number[]).push(3),
    () => Object.assign(model, { stopReason: 'aborted' }),
    () => Object.assign(model.state, { iterations: 7 }),
    () => Object.assign(model.state.mixture.weightPrior, { alpha0: 7 }),
    () => Object.assign(model, { labels: 7 }),
    () => (moved as number[]).push(3),
  ]) {
    expect(change).toThrow(TypeError);
  }
  expect(JSON.stringify([model.criterion, model.means, model.weights, model.state.mixture])).toBe(before);
  const settings = { components: 2 };
  const made = new KMeans(settings);
  settings.components = 7;
  expect((await made.fit(rows)).components).toBe(2);
  expect(made.settings.components).toBe(2);
});

test('anything at all becomes a model or an error of ours', async () => {
  const model = await kmeans;
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const table = fc.array(fc.oneof(anything, fc.array(fc.oneof(fc.double(), fc.bigInt(), anything))));
  const object = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.double(), fc.string(), anything)));
  const bytes = fc.oneof(fc.uint8Array(), fc.array(fc.uint8Array(), { minLength: 1 }), fc.string().map(Buffer.from));
  const data = fc.oneof(anything, table, object, bytes);
  const format = fc.constantFrom(undefined, 'csv', 'npy', 'jsonl', 'wav', 'ark');
  const onInvalid = fc.constantFrom(undefined, 'skip', 'missing');
  await fc.assert(
    fc.asyncProperty(data, format, onInvalid, async (received, form, policy) => {
      const options = { format: form, onInvalid: policy } as FitOptions;
      const attempts = [
        () => openData(received as RowData, options),
        () =>
          new KMeans({ components: 1, iterations: 1 }).fit(received as RowData, { ...options, onWarning: () => {} }),
        () => model.predict(received as RowData, options),
        () => openData(rows, received as FitOptions),
        () => new KMeans(received as never).fit(rows),
      ];
      for (const attempt of attempts) {
        const outcome = await (async () => attempt())().catch((error: unknown) => error);
        const isOurs = outcome instanceof MegaMixError && !/\n|undefined \w+ columns/.test(outcome.message);
        if (!isOurs && (outcome instanceof Error || typeof outcome !== 'object')) throw outcome;
      }
    }),
    runs(300),
  );
});

test('control characters of names are escaped in messages', async () => {
  await expect(openData('no\n\u001b[2J\u0085such.csv')).rejects.toThrow('no\\n\\x1b[2J\\x85such.csv cannot be read');
});

test('what no option is called is refused, and what was meant is told', async () => {
  const model = await new GaussianMixture({ components: 1 }).fit(rows);
  const wrong = { thread: 2 } as object;
  const meant = 'there is no option thread: is threads meant?';
  for (const call of [
    () => estimator.fit(rows, wrong),
    () => estimator.fitWithReport(rows, wrong),
    () => estimator.initialize(rows, wrong),
    async () => estimator.online(wrong),
    async () => model.labels(rows, wrong),
    async () => model.logProbabilities(rows, wrong),
    () => model.predict(rows, wrong),
    () => model.score(rows, wrong),
    () => model.simplify(rows, wrong),
    () => model.adapt(rows, wrong),
  ]) {
    await expect(call()).rejects.toThrow(meant);
  }
  const none = { colour: 1 } as object;
  for (const call of [
    () => openData(rows, none),
    async () => model.sample(3, none),
    async () => model.scorer(none),
    () => model.save('never.h5', none),
    () => MixtureModel.load('never.h5', none),
    () => estimator.fit(rows, { saving: { path: 'never.h5', ...none } }),
  ]) {
    await expect(call()).rejects.toThrow('there is no option colour: There are ');
  }
  expect(() => new KMeans({ components: 2, tolerence: 1 } as never)).toThrow(
    'no setting tolerence: is tolerance meant',
  );
});

test.each([
  [{ threads: '2' }, 'threads: received "2", expected a whole number from 1 to 1024'],
  [{ threads: Number.NaN }, 'threads: received NaN'],
  [{ signal: {} }, 'signal: received {}, expected an AbortSignal'],
  [{ onIteration: 3 }, 'onIteration: received 3, expected a function'],
  [{ kernel: null }, 'kernel: received null, expected auto, blas, wasm, js'],
  [{ columns: 'x' }, 'columns: received "x", expected an array'],
  [{ header: 'yes' }, 'header: received "yes", expected true or false'],
  [{ saving: 'here.h5' }, 'saving: received "here.h5", expected an object'],
  [{ saving: {} }, 'path: received undefined, expected the name of a file'],
  [{ chunkBytes: 0 }, 'chunkBytes: received 0, expected a whole number from 1 to'],
  [null, 'options: received null, expected an object'],
  [[1], 'options: received [ 1 ], expected an object'],
])('the options %j are refused', async (options, message) => {
  await expect(estimator.fit(rows, options as never)).rejects.toThrow(message);
  await expect(estimator.fit(rows, options as never)).rejects.toMatchObject({ name: 'SettingError' });
});
