import { expect, test } from 'vitest';
import { Estimator } from '../../src/estimator.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const base = blobs(
  300,
  [
    [0, 0],
    [5, 5],
    [-5, 4],
  ],
  9,
);
const withColumn = (extra: (x: number, y: number, n: number) => number): number[][] =>
  Array.from({ length: 300 }, (_, n) => [base[2 * n]!, base[2 * n + 1]!, extra(base[2 * n]!, base[2 * n + 1]!, n)]);

const awkward = {
  'a constant column': withColumn(() => 0.1),
  'a column of zeros': withColumn(() => 0),
  'a column twice': withColumn((x) => x),
  'a column that is the sum of two': withColumn((x, y) => x + y),
  'every row many times': Array.from({ length: 300 }, (_, n) => [n % 5, (n % 5) ** 2, (n % 5) ** 3]),
};
const cases = Object.entries(awkward).flatMap(([what, data]) =>
  rows.map((row) => ({ what, data, row, label: row.label })),
);

test.each(cases)('$what, $label: fits with regCovar to finite numbers', async ({ data, row }) => {
  const warnings: string[] = [];
  const model = await estimator(row, { components: 3, maxIterations: 15 }).fit(data, {
    onWarning: (text) => warnings.push(text),
  });
  const { means, covariances, logWeights } = model.state.parameters;
  for (const values of [means, covariances, logWeights, model.criterion])
    expect(values.every(Number.isFinite)).toBe(true);
});

const noFloor = cases.filter(({ row }) => row.model !== 'kmeans');
test.each(noFloor)('$what, $label: without regCovar fits, or fails by name', async ({ data, row }) => {
  const fitting = estimator(row, { components: 3, maxIterations: 15, regCovar: 0 }).fit(data, { onWarning: () => {} });
  const outcome = await fitting.catch((error: Error) => error);
  if (outcome instanceof Error) expect(outcome.message).toMatch(/singular.*column/);
  else expect([...outcome.state.parameters.covariances].every(Number.isFinite)).toBe(true);
});

test('a singular covariance names the component, the column and what to do', async () => {
  const data = [
    ...Array.from({ length: 50 }, (_, n) => [n, n * n, Math.sin(n)]),
    ...Array.from({ length: 50 }, (_, n) => [1000 + n, 7, Math.cos(n)]),
  ];
  const fit = new Estimator('gmm', {
    init: {
      means: [
        [25, 600, 0],
        [1025, 7, 0],
      ],
    },
    regCovar: 0,
  }).fit(data);
  await expect(fit).rejects.toThrow(
    /the covariance of component 1 \(50.0 rows\) is singular in column 2: raise regCovar/,
  );
});

test('a singular prior is raised with a warning that names the columns', async () => {
  const warnings: string[] = [];
  const data = withColumn((x, y) => x + y).map(([x, y, sum]) => [x!, 5, y!, sum!]);
  await new Estimator('vbgmm', { components: 2, iterations: 1 }).fit(data, {
    onWarning: (text) => warnings.push(text),
  });
  expect(warnings).toHaveLength(2);
  expect(warnings[1]).toContain(
    'regCovar (0.000001) is more than a tenth of the variances of 2 of 2 components in column 2:',
  );
  expect(warnings[0]).toContain('singular: columns 2, 4 are constant or follow from other columns');
});
