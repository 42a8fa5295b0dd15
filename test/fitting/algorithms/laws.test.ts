import { describe, expect, test } from 'vitest';
import { eStep as expectation } from '../../../src/e-step/e-step.ts';
import { Pool } from '../../../src/e-step/parallel/pool.ts';
import { passAt } from '../../../src/fitting/algorithms/evaluate.ts';
import type { MixtureModel } from '../../../src/inference/model.ts';
import { compile } from '../../../src/mixture/compile.ts';
import { recentre } from '../../../src/mixture/components/recentre.ts';
import { impliedStatistics, mStep } from '../../../src/mixture/mixture.ts';
import type { FlatRows } from '../../../src/sources/rows.ts';
import { openData } from '../../../src/sources/source.ts';
import { gap, normwise } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, type Row, rows } from '../../helpers/table.ts';

const DIMENSIONS = 3;
const CENTRES = [
  [0, 0, 0],
  [4, -3, 3],
  [-5, 4, 2],
];
const MEANS = [
  [0.5, 1, -1],
  [5, -4, 3],
  [-6, 5, 2],
  [1, 1, 1],
];
const data: FlatRows = { data: blobs(401, CENTRES, 11, 1.5), dimensions: DIMENSIONS };
const init = { means: MEANS };
const pool = new Pool({ threads: 1, kernel: 'js', precision: 'f64' });

async function statisticsAt(model: MixtureModel, moved: Float64Array) {
  const { mixture, parameters } = model.state;
  const pass = passAt(mixture, compile(mixture, parameters), { ...parameters, means: moved });
  return expectation(pool, await openData(data), pass);
}

describe.each(rows)('$label', (row: Row) => {
  const isKMeans = row.model === 'kmeans';
  const unregularised = isKMeans ? {} : { regCovar: 0 };
  const make = (settings: Parameters<typeof estimator>[1]) => estimator(row, { init, ...unregularised, ...settings });

  test('parameters follow from the statistics that they imply', async () => {
    for (const regCovar of isKMeans ? [undefined] : [0, 0.1]) {
      const { state } = await make({ iterations: 3, regCovar }).fit(data);
      const { mixture, parameters } = state;
      const again = mStep(mixture, impliedStatistics(mixture, parameters), parameters.means);
      for (const name of ['means', 'covariances', 'logWeights', 'beta', 'nu', 'concentration'] as const) {
        if (parameters[name]?.length) expect(normwise(again[name]!, parameters[name]), name).toBeLessThan(1e-11);
      }
    }
  });

  test('moments move from means to other means', async () => {
    const model = await make({ iterations: 2 }).fit(data);
    const { means } = model.state.parameters;
    const others = means.map((value, i) => value + Math.sin(i));
    const moved = recentre(await statisticsAt(model, means), means, others);
    const direct = await statisticsAt(model, others);
    const values = isKMeans ? [moved, direct].map((each) => each.values.subarray(1)) : [moved.values, direct.values];
    expect(normwise(values[0]!, values[1]!)).toBeLessThan(1e-12);
  });

  test('one block without momentum is a batch', async () => {
    const batch = await make({ iterations: 6 }).fit(data);
    const block = await make({ iterations: 6, algorithm: 'incremental', blocks: 1, momentum: 0 }).fit(data);
    expect(gap(block, batch)).toBeLessThan(1e-9);
  });

  test('one window of all rows that replaces everything is an M-step', async () => {
    const batch = await make({ iterations: 4 }).fit(data);
    const stepwise = { algorithm: 'stepwise', stepwisePasses: 4, window: 401, stepSize: { constant: 1 } } as const;
    expect(gap(await make({ iterations: 4, ...stepwise }).fit(data), batch)).toBeLessThan(1e-9);
  });

  test('no block lowers the bound, with momentum or without', async () => {
    const sign = isKMeans ? -1 : 1;
    for (const momentum of [0, 1]) {
      const model = await make({ iterations: 20, algorithm: 'incremental', blocks: 9, momentum }).fit(data);
      const { criterion } = model;
      for (let t = 1; t < criterion.length; t++) {
        expect(sign * (criterion[t]! - criterion[t - 1]!)).toBeGreaterThan(-1e-11 * Math.abs(criterion[t]!));
      }
      const exact = (await model.score(data)).criterion;
      expect(sign * (exact - criterion.at(-1)!)).toBeGreaterThan(-1e-11 * Math.abs(exact));
      expect(sign * (exact - criterion.at(-1)!)).toBeLessThan(0.01 * Math.abs(exact));
    }
  });

  test('incremental and batch fits meet', async () => {
    const batch = await make({ iterations: 400 }).fit(data);
    const incremental = await make({ iterations: 200, algorithm: 'incremental', blocks: 6, momentum: 0 }).fit(data);
    const [a, b] = [batch.criterion.at(-1)!, incremental.criterion.at(-1)!];
    expect(Math.abs(a - b) / Math.abs(a)).toBeLessThan(isKMeans ? 0.02 : 5e-3);
  });

  test('what is remembered may be on disk; any number of threads gives the same bits', async () => {
    const settings = { iterations: 3, algorithm: 'incremental', blocks: 4 } as const;
    const heldOut = (n: number): boolean => n % 5 === 0;
    const options = { threads: 1, chunkBytes: 600, heldOut };
    const inMemory = await make(settings).fit(data, options);
    expect(gap(await make({ ...settings, blockMemory: 0 }).fit(data, options), inMemory)).toBe(0);
    expect(gap(await make(settings).fit(data, { ...options, threads: 2 }), inMemory)).toBe(0);
    const stepwise = { iterations: 3, algorithm: 'stepwise', stepwisePasses: 2, window: 90 } as const;
    const one = await make(stepwise).fit(data, options);
    const two = await make(stepwise).fit(data, { ...options, threads: 2 });
    expect(gap(two, one)).toBe(0);
    expect(two.heldOutCriterion).toEqual(one.heldOutCriterion);
  });

  test('stepwise passes come first, exact ones last: their bound does not decrease', async () => {
    const sign = isKMeans ? -1 : 1;
    const settings = { algorithm: 'stepwise', stepwisePasses: 2, window: 40, blocks: 5, patience: 3 } as const;
    const model = await make(settings).fit(data);
    const { criterion } = model;
    expect(criterion.length).toBeGreaterThan(4);
    for (let t = 3; t < criterion.length; t++) {
      expect(sign * (criterion[t]! - criterion[t - 1]!)).toBeGreaterThan(-1e-11 * Math.abs(criterion[t]!));
    }
    const [a, b] = [(await make({ patience: 3 }).fit(data)).criterion.at(-1)!, criterion.at(-1)!];
    expect(Math.abs(a - b) / Math.abs(a)).toBeLessThan(isKMeans ? 0.05 : 0.01);
  });

  test('small steps through shuffled rows come near the batch fit', async () => {
    const batch = await make({ iterations: 30 }).fit(data);
    const stepwise = await make({ iterations: 30, algorithm: 'stepwise', stepwisePasses: 30, window: 40 }).fit(data);
    const [a, b] = [(await batch.score(data)).criterion, (await stepwise.score(data)).criterion];
    expect(Math.abs(a - b) / Math.abs(a)).toBeLessThan(isKMeans ? 0.05 : 0.02);
  });
});
