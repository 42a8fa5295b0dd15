import { describe, expect, test } from 'vitest';
import { OnlineFit } from '../../src/fitting/online/online-fit.ts';
import type { FitSettings } from '../../src/fitting/settings-types.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { EigenvalueDecomposition, Matrix } from '../../src/util/required.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { parametersOf } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Variances that are not gone below, as a part of those of all rows.
const DIMENSIONS = 3;
const FLOOR = 0.2;
const CENTRES = [
  [0, 0, 0],
  [4, -3, 2],
  [-3, 3, 1],
];
const SCALES = [1, 100, 0.01];
const data = { data: blobs(400, CENTRES, 3).map((x, i) => x * SCALES[i % 3]!), dimensions: DIMENSIONS };
const init = { means: CENTRES.map((centre) => centre.map((x, j) => x * SCALES[j]!)) };
const path = temporaryDirectory();

/** Mean and variance of a column. */
function varianceOf(column: number): number {
  const values = Array.from(data.data).filter((_, i) => i % DIMENSIONS === column);
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
}
const variances = [0, 1, 2].map(varianceOf);

/** The least eigenvalue of covariances in units of the columns' variances; of one variance, in units of their mean. */
function leastOf(row: Row, model: MixtureModel): number {
  const mean = (variances[0]! + variances[1]! + variances[2]!) / 3;
  const unit = row.covariance?.endsWith('spherical') ? variances.map(() => mean) : variances;
  const each = model.covariances.map((matrix) => {
    const scaled = matrix.to2DArray().map((values, i) => values.map((x, j) => x / Math.sqrt(unit[i]! * unit[j]!)));
    return Math.min(...new EigenvalueDecomposition(new Matrix(scaled), { assumeSymmetric: true }).realEigenvalues);
  });
  return Math.min(...each);
}

describe.each(rows.filter(({ covariance }) => covariance !== undefined))('$label', (row) => {
  const settings = { init, varianceFloor: FLOOR, regCovar: 0 } as const;
  const least = FLOOR * (1 - 1e-9);

  test.each<FitSettings>([
    { iterations: 12 },
    { algorithm: 'incremental', blocks: 5, momentum: 0, iterations: 8 },
    { algorithm: 'incremental', blocks: 5, iterations: 8 },
    { algorithm: 'stepwise', window: 60, stepwisePasses: 2, iterations: 4 },
  ])('no variance is below it, and the criterion is monotone: %j', async (algorithm) => {
    const model = await estimator(row, { ...settings, ...algorithm }).fit(data);
    const free = await estimator(row, { init, regCovar: 0, ...algorithm }).fit(data);
    expect(leastOf(row, free)).toBeLessThan(FLOOR);
    expect(leastOf(row, model)).toBeGreaterThanOrEqual(least);
    expect(leastOf(row, model)).toBeLessThan(1.01 * FLOOR);
    if (algorithm.algorithm === 'stepwise') return;
    for (const [t, value] of model.criterion.entries()) {
      if (t > 0) expect(value - model.criterion[t - 1]!).toBeGreaterThan(-1e-9 * Math.abs(value));
    }
  });

  test('a floor that no variance is near changes no bit', async () => {
    const model = await estimator(row, { init, varianceFloor: 1e-9, iterations: 3 }).fit(data);
    expect(parametersOf(model)).toEqual(parametersOf(await estimator(row, { init, iterations: 3 }).fit(data)));
    expect(model.state.mixture).toEqual((await estimator(row, { init }).initialize(data)).state.mixture);
  });

  test('fitted on, it holds if it is given again', async () => {
    const half = await estimator(row, { ...settings, iterations: 1 }).fit(data);
    const on = { ...row, covariance: undefined };
    const twice = await estimator(on, { init: half, varianceFloor: FLOOR, iterations: 1 }).fit(data);
    const once = await estimator(row, { ...settings, iterations: 2 }).fit(data);
    expect(parametersOf(twice)).toEqual(parametersOf(once));
  });

  test('online, saved and resumed', async () => {
    const begin = () => estimator(row, { ...settings, components: 3 }).online({ window: 40, warmUp: 200 });
    const [one, two] = [begin(), begin()];
    await one.add(data);
    await two.add({ ...data, data: data.data.subarray(0, 840) });
    const file = path(`${row.label}.h5`);
    await two.save(file);
    two.destroy();
    const resumed = await OnlineFit.resume(file);
    await resumed.add({ ...data, data: data.data.subarray(840) });
    const [whole, parted] = [await one.finish(), await resumed.finish()];
    expect(parametersOf(parted)).toEqual(parametersOf(whole));
    expect(leastOf(row, whole)).toBeGreaterThan(0.8 * FLOOR);
  });
});

test('a matrix is raised where it is below, and stays where it is above', async () => {
  // Columns of variance 1 and correlation 0.9: eigenvalues 1.9 and 0.1, of which the second becomes 0.5.
  const row: Row = { label: '', model: 'gmm', covariance: 'full' };
  const four = [
    [1, 1],
    [-1, -1],
    [1, 1],
    [-1, -1],
  ].map(([x, y], n) => [
    x! * Math.sqrt(1.9 / 2) + (n % 4 < 2 ? 1 : -1) * Math.sqrt(0.1 / 2),
    y! * Math.sqrt(1.9 / 2) - (n % 4 < 2 ? 1 : -1) * Math.sqrt(0.1 / 2),
  ]);
  const settings = { init: { means: [[0, 0]] }, regCovar: 0, iterations: 1 };
  const free = await estimator(row, settings).fit(four);
  expect(free.covariance(0).get(0, 1)).toBeCloseTo(0.9, 12);
  const { covariances } = await estimator(row, { ...settings, varianceFloor: 0.5 }).fit(four);
  expect(covariances[0]!.get(0, 0)).toBeCloseTo((1.9 + 0.5) / 2, 12);
  expect(covariances[0]!.get(0, 1)).toBeCloseTo((1.9 - 0.5) / 2, 12);
});

test('a model that is fitted on online says that it has no first rows', async () => {
  const row: Row = { label: '', model: 'gmm', covariance: 'diagonal' };
  const start = await estimator(row, { init }).initialize(data);
  const on = estimator({ ...row, covariance: undefined }, { init: start, varianceFloor: FLOOR });
  expect(() => on.online()).toThrow('varianceFloor: follows from the first rows');
});
