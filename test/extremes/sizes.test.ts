import { describe, expect, test } from 'vitest';
import { expectFiniteFile, fitWarned, groups } from '../helpers/extremes.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Numbers of rows, components and columns at their limits: docs/reliability.md has a table of what happens.
const path = temporaryDirectory();

describe.each(rows)('$label', (row: Row) => {
  const isKMeans = row.covariance === undefined;

  test('100,000 identical rows are one component that does not vary', async () => {
    const data = Float64Array.from({ length: 300_000 }, (_, i) => [1e6, 0.1, -3][i % 3]!);
    const { model } = await fitWarned(estimator(row, { components: 1 }), { data, dimensions: 3 });
    await expectFiniteFile(model, path('identical.h5'));
    for (const [j, value] of [1e6, 0.1, -3].entries()) {
      expect(Math.abs(model.means.get(0, j) - value)).toBeLessThanOrEqual(4 * Number.EPSILON * Math.abs(value));
    }
    expect(model.counts[0]).toBeCloseTo(100_000, 6);
    if (!isKMeans) expect(model.covariance(0).get(0, 0)).toBeLessThan(1e-5); // regCovar, 1e-6, and rounding
  });

  test('as many components as rows', async () => {
    const data = groups(12, 3);
    const { model } = await fitWarned(estimator(row, { components: 12 }), { data, dimensions: 3 });
    await expectFiniteFile(model, path('rows.h5'));
    const total = model.counts.reduce((sum, count) => sum + count, 0);
    expect(total).toBeCloseTo(12, 10);
  });

  test('one component is the mean and the covariance of the rows', async () => {
    const data = groups(90, 3);
    const { model } = await fitWarned(estimator(row, { components: 1 }), { data, dimensions: 3 });
    await expectFiniteFile(model, path('one.h5'));
    for (let j = 0; j < 3; j++) {
      let mean = 0;
      for (let n = 0; n < 90; n++) mean += data[3 * n + j]! / 90;
      // 90 roundings of sums of numbers up to 12.
      expect(Math.abs(model.means.get(0, j) - mean)).toBeLessThan(90 * 12 * Number.EPSILON);
    }
    expect(model.weights[0]).toBeCloseTo(1, 12);
  });

  test('one dimension', async () => {
    const { model } = await fitWarned(estimator(row, { components: 3 }), { data: groups(90, 1), dimensions: 1 });
    await expectFiniteFile(model, path('line.h5'));
    const means = model.means.getColumn(0).sort((a, b) => a - b);
    for (const [i, centre] of [-8, 0, 8].entries()) expect(Math.abs(means[i]! - centre)).toBeLessThan(1.5);
  });
});

// Components of the Bayesian models are one family: one of them stands for all.
describe.each(rows.filter(({ model }) => model !== 'vbgmm' && model !== 'dpgmm'))('$label', (row: Row) => {
  const isMatrix = row.covariance === 'full' || row.covariance === 'tied';

  test('512 dimensions', async () => {
    const data = groups(60, 512);
    const { model } = await fitWarned(estimator(row, { components: 3, iterations: 1 }), { data, dimensions: 512 });
    await expectFiniteFile(model, path('many.h5'));
    for (const count of model.counts) expect(count).toBeCloseTo(20, 6);
  });

  test('70,000 columns, with or without missing numbers, need no matrices', async () => {
    const dimensions = 70_000;
    const data = groups(6, dimensions);
    const holes = data.map((value, i) => (i % (dimensions + 11) === 3 ? Number.NaN : value));
    const settings = { components: 2, init: 'random', iterations: 1 } as const;
    if (isMatrix) {
      const fitting = estimator(row, settings).fit({ data, dimensions });
      await expect(fitting).rejects.toThrow(
        /components: 2 of 70000 dimensions need \d+ GiB .* another covariance type/,
      );
      return;
    }
    const whole = await estimator(row, settings).fit({ data, dimensions });
    await expectFiniteFile(whole, path('wide.h5'));
    const partial = await estimator(row, settings).fit({ data: holes, dimensions }, { onInvalid: 'missing' });
    await expectFiniteFile(partial, path('holes.h5'));
    for (const model of [whole, partial]) {
      expect(model.counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(6, 10);
    }
  });
});
