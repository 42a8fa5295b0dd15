import { once } from 'node:events';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { DPVariationalGaussianMixture, GaussianMixture, KMeans } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import type { RowScore } from '../../src/inference/row-scores.ts';
import type { ScorerOptions } from '../../src/inference/score-stream.ts';
import { kernelNames } from '../../src/kernels/index.ts';
import { covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';

const D = 9;
const K = 5;
const ROWS = 300;
const centres = Array.from({ length: 4 }, (_, i) => Array.from({ length: D }, (_, j) => 3 * Math.sin(7 * i + j)));
const data = { data: blobs(ROWS, centres, 3), dimensions: D };
const rows = Array.from({ length: ROWS }, (_, n) => data.data.subarray(n * D, n * D + D));
const fitted = (covariance: keyof typeof covarianceTypes): Promise<MixtureModel> =>
  new GaussianMixture({ components: K, covariance, iterations: 3 }).fit(data);
const model = await fitted('full');

/** All that a scorer gives for what is written to it. */
const scored = (of: MixtureModel, items: Iterable<unknown>, options?: ScorerOptions): Promise<RowScore[]> =>
  collect(Readable.from(items).pipe(of.scorer(options)) as AsyncIterable<RowScore>);

/** What it gives to rows that are written one at a time, each after the result of the one before. */
async function singly(of: MixtureModel, items: Iterable<unknown>, options?: ScorerOptions): Promise<RowScore[]> {
  const scorer = of.scorer(options);
  const scores: RowScore[] = [];
  for (const item of items) {
    const result = once(scorer, 'data');
    scorer.write(item);
    scores.push((await result)[0]);
  }
  scorer.end();
  await once(scorer, 'end');
  return scores;
}

describe.each(Object.keys(covarianceTypes) as (keyof typeof covarianceTypes)[])('%s', (covariance) => {
  test('scores are those of the model, and the same bits whatever is scored with a row', async () => {
    const of = await fitted(covariance);
    const options = { top: 3, window: 4 };
    const together = await scored(of, rows, options);
    const one = await singly(of, rows.slice(0, 30), options);
    expect(one).toEqual(together.slice(0, 30));
    expect(await scored(of, [{ ...data, rows: ROWS }], options)).toEqual(together);
    const logProbabilities = flatten(await collect(of.logProbabilities(data)));
    const labels = flatten(await collect(of.labels(data)));
    const [shares] = await collect(of.logResponsibilities(data));
    for (const [n, { logProbability, label, responsibilities, meanLogProbability }] of together.entries()) {
      expect(logProbability).toBeCloseTo(logProbabilities[n]!, 10);
      expect(label).toBe(labels[n]);
      const sorted = Array.from(shares!.data.subarray(n * K, n * K + K), (log, component) => ({ component, log }));
      sorted.sort((a, b) => b.log - a.log);
      expect(responsibilities!.map(({ component }) => component)).toEqual(
        sorted.slice(0, 3).map(({ component }) => component),
      );
      for (const [i, { responsibility }] of responsibilities!.entries()) {
        expect(responsibility).toBeCloseTo(Math.exp(sorted[i]!.log), 10);
      }
      const window = together.slice(Math.max(0, n - 3), n + 1).map((score) => score.logProbability!);
      expect(meanLogProbability).toBeCloseTo(window.reduce((sum, each) => sum + each, 0) / window.length, 10);
    }
  });
});

test.each(kernelNames.filter((name) => name !== 'blas'))('by the kernel %s, and by floats', async (kernel) => {
  const exact = await scored(model, rows);
  for (const precision of kernel === 'js' ? (['f64'] as const) : (['f64', 'f32'] as const)) {
    for (const [n, { logProbability }] of (await scored(model, rows, { kernel, precision })).entries()) {
      expect(logProbability).toBeCloseTo(exact[n]!.logProbability!, precision === 'f64' ? 10 : 2);
    }
  }
});

test('all components, the first of equals first', async () => {
  const [score] = await scored(model, rows.slice(0, 1), { top: K });
  expect(score!.responsibilities!.reduce((sum, { responsibility }) => sum + responsibility, 0)).toBeCloseTo(1, 12);
  const twins = await new GaussianMixture({ init: { means: [[1], [1], [1]] }, start: 'parameters', iterations: 0 }).fit(
    [[0], [1], [2], [5]],
  );
  const [tied] = await scored(twins, [[1]], { top: 2 });
  expect([tied!.label, tied!.responsibilities!.map(({ component }) => component)]).toEqual([0, [0, 1]]);
});

test('every way to write rows, and every model', async () => {
  const expected = await scored(model, rows);
  const mixed = [[...rows[0]!], [...rows.slice(1, 4)], Float32Array.from(rows[4]!), { data: rows[5]!, dimensions: D }];
  const scores = await scored(model, [...mixed, ...rows.slice(6)]);
  expect(scores.length).toBe(ROWS);
  for (const [n, { label }] of scores.entries()) expect(label).toBe(expected[n]!.label);
  const variational = await new DPVariationalGaussianMixture({ components: K, iterations: 2 }).fit(data);
  const probabilities = flatten(await collect(variational.logProbabilities(data)));
  for (const [n, { logProbability }] of (await scored(variational, rows)).entries()) {
    expect(logProbability).toBeCloseTo(probabilities[n]!, 10);
  }
  const kmeans = await new KMeans({ components: K, iterations: 2 }).fit(data);
  const labels = flatten(await collect(kmeans.labels(data)));
  expect(await scored(kmeans, rows)).toEqual(labels.map((label) => ({ logProbability: null, label })));
});

test('lines of bytes in, lines of text out, each as soon as its own is there', async () => {
  const scorer = model.scorer({ format: 'csv', output: 'jsonl', top: 1 });
  expect(scorer).toBeInstanceOf(Transform);
  const [first] = await scored(model, rows, { top: 1 });
  for (const line of ['a,b,c,d,e,f,g,h,i\n', `${rows[0]!.join(',')}\n`]) scorer.write(line);
  expect(JSON.parse(String((await once(scorer, 'data'))[0]))).toEqual(first);
  const text = rows[1]!.join(',');
  scorer.write(text.slice(0, 10));
  scorer.write(`${text.slice(10)}\n`);
  expect(JSON.parse(String((await once(scorer, 'data'))[0])).label).toEqual(expect.any(Number));
  scorer.end();
  await once(scorer.resume(), 'end');
});

test('lines with commas between: log-probability, label, mean, components with their shares', async () => {
  const [score] = await scored(model, rows, { top: 2, window: 3 });
  const lines = await collect(Readable.from(rows).pipe(model.scorer({ output: 'csv', top: 2, window: 3 })));
  const [line] = lines.join('').split('\n');
  const { logProbability, label, meanLogProbability, responsibilities } = score!;
  const shares = responsibilities!.flatMap(({ component, responsibility }) => [component, responsibility]);
  expect(line).toBe([logProbability, label, meanLogProbability, ...shares].join(','));
  expect(lines.join('').split('\n').length).toBe(ROWS + 1);
});

test('nobody reads: nothing more is taken; then all is there, in order', async () => {
  const scorer = model.scorer();
  let taken = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) yield rows[taken++ % ROWS];
    })(),
  );
  endless.pipe(scorer);
  for (let turns = 0; turns < 3000; turns++) await turn(); // each could take a row
  expect(taken).toBeLessThan(1000);
  const expected = await scored(model, rows);
  let n = 0;
  for await (const score of scorer) {
    expect(score).toEqual(expected[n % ROWS]);
    if (++n === 2000) break;
  }
  endless.destroy();
  expect(scorer.destroyed).toBe(true);
});

test('no rows, no results, no failure', async () => {
  expect(await scored(model, [])).toEqual([]);
  const waiting = model.scorer();
  waiting.destroy();
  await once(waiting, 'close');
});

test('a reader that goes away ends the writer, whatever is waited for', async () => {
  let closed = false;
  async function* microphone() {
    try {
      for (const row of rows) {
        yield row;
        await turn();
      }
    } finally {
      closed = true;
    }
  }
  let seen = 0;
  const impatient = new Writable({
    objectMode: true,
    write(_score, _, done) {
      done(++seen === 10 ? new Error('enough') : null);
    },
  });
  await expect(pipeline(microphone, model.scorer(), impatient)).rejects.toThrow('enough');
  await vi.waitFor(() => expect(closed).toBe(true));

  const scorer = model.scorer();
  scorer.write(rows[0]);
  await once(scorer, 'data');
  scorer.destroy(); // while it waits for rows
  await once(scorer, 'close');
  const full = model.scorer();
  const written = new Promise((resolve) => full.write([...rows], resolve)); // whatever the result: it is told
  await turn();
  await turn();
  full.destroy(); // while it waits for a reader
  await once(full, 'close');
  await written;
});

test('an abort ends it, though nothing comes', async () => {
  const stop = new AbortController();
  const scorer = model.scorer({ signal: stop.signal });
  scorer.write(rows[0]);
  await once(scorer, 'data');
  const reason = new Error('stop');
  stop.abort(reason);
  const [error] = await once(scorer, 'error');
  expect(error).toMatchObject({ name: 'AbortError', cause: reason });
});

test.each<[string, unknown[], ScorerOptions, string]>([
  ['rows that change width', [rows[0], rows[1], [1, 2]], {}, 'the rows, row 3: received 2 columns, expected 9'],
  ['rows of another width', [[1, 2]], { name: 'the line' }, 'the line has 2 columns, but the model has 9 dimensions'],
  ['NaN', [rows[0], rows[1]!.map(() => Number.NaN)], {}, 'the rows, row 2, column 1: received NaN'],
  [
    'no number',
    [rows[0], [...rows[1]!.slice(1), '1']],
    {},
    'the rows, row 2, column 9: received "1", expected a number',
  ],
  ['no rows', [rows[0], { some: 'thing' }], {}, 'the rows, row 2: received an object, expected an array of 9 numbers'],
  ['no rows at all', [rows[0], 7], {}, 'the rows, row 2: received 7, expected rows'],
  ['numbers too large', [rows[0], rows[1]!.map(() => 1e200)], {}, 'the rows, row 2: some of its numbers are too large'],
  ['text that is none', ['1,2,3,4,5,6,7,8,9\n', '1,2\n'], { format: 'csv' }, 'row 2: received 2 columns, expected 9'],
  ['JSON that is none', ['[1]\n'], { format: 'jsonl' }, 'has 1 columns, but the model has 9 dimensions'],
])('%s: told, and ended, after what was good before', async (_, items, options, message) => {
  const scorer = model.scorer(options);
  const seen: RowScore[] = [];
  scorer.on('data', (score: RowScore) => seen.push(score));
  const failed = once(scorer, 'error');
  const closed = new Promise((resolve) => scorer.on('close', resolve));
  for (const item of items) {
    scorer.write(item, () => {});
    await turn();
    await turn();
  }
  expect((await failed)[0].message).toContain(message);
  await closed;
  expect(seen.length).toBe(items.length - 1);
});

test('rows that cannot be used are left out, or used for what is there of them', async () => {
  const broken = rows[1]!.map((value, j) => (j === 3 ? Number.NaN : value));
  const three = [rows[0], broken, rows[2]];
  expect((await scored(model, three, { onInvalid: 'skip' })).length).toBe(2);
  const scores = await scored(model, three, { onInvalid: 'missing' });
  const marginal = flatten(await collect(model.logProbabilities([[...broken]], { onInvalid: 'missing' })));
  expect(scores.length).toBe(3);
  expect(scores[1]!.logProbability).toBeCloseTo(marginal[0]!, 10);
});

test('settings out of range are refused at once', async () => {
  const kmeans = await new KMeans({ components: 2, iterations: 1 }).fit(data);
  expect(() => model.scorer({ top: 6 })).toThrow(
    'top: received 6, expected a whole number from 1 to 5, the components',
  );
  expect(() => model.scorer({ top: 0 })).toThrow('top: received 0');
  expect(() => model.scorer({ window: 1.5 })).toThrow(
    'window: received 1.5, expected a whole number from 1 to 16777216',
  );
  expect(() => model.scorer({ output: 'xml' as 'csv' })).toThrow('output: received "xml", expected object, csv, jsonl');
  expect(() => kmeans.scorer({ top: 1 })).toThrow('top: a kmeans gives labels only: leave it out');
  expect(() => model.scorer({ kernel: 'gpu' as 'js' })).toThrow('kernel: received "gpu"');
});

test('a mean over many rows does not drift', async () => {
  const window = 7;
  const huge = rows.map((row, n) => (n === 20 ? row.map((value) => value + 1e5) : row));
  const scores = await scored(model, huge, { window });
  const last = scores.slice(-window).map(({ logProbability }) => logProbability!);
  const mean = last.reduce((sum, each) => sum + each, 0) / window;
  expect(scores.at(-1)!.meanLogProbability).toBeCloseTo(mean, 10);
});

test('rows before one that is too far are scored, also together with it', async () => {
  const kmeans = await new KMeans({ components: 2, iterations: 2 }).fit(data);
  for (const of of [model, kmeans]) {
    const scorer = of.scorer();
    const seen: RowScore[] = [];
    scorer.on('data', (score: RowScore) => seen.push(score));
    scorer.write([rows[0], rows[1], rows[2]!.map(() => 1e200), rows[3]]);
    expect((await once(scorer, 'error'))[0].message).toContain('the rows, row 3: some of its numbers are too large');
    expect(seen).toEqual(await scored(of, rows.slice(0, 2)));
  }
});
