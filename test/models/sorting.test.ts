import { describe, expect, test } from 'vitest';
import { Estimator } from '../../src/estimator.ts';
import { models } from '../../src/mixture/model-table.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const CENTRES = [
  [0, 0],
  [9, 0],
  [0, 9],
  [9, 9],
];
/** Clusters of 40, 80, 120 and 160 rows: sticks expect them the other way round. */
const all = blobs(640, CENTRES, 3, 1.5);
const kept = Array.from({ length: 640 }, (_, n) => n).filter((n) => Math.floor(n / 4) < 40 * ((n % 4) + 1));
const data = {
  data: Float64Array.from(kept.flatMap((n) => [all[2 * n]!, all[2 * n + 1]!])),
  dimensions: 2,
};
const init = { means: CENTRES };

describe.each(rows.filter(({ model }) => models[model].weights.concentrationSize === 2))('$label', (row) => {
  const fitted = (sortComponents: boolean, iterations: number) =>
    estimator(row, { init, iterations, sortComponents, regCovar: 0 }).fit(data);

  test('components come in order of size, and the bound is higher for it', async () => {
    const [sorted, unsorted] = [await fitted(true, 3), await fitted(false, 3)];
    const sizes = [...sorted.counts];
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect([...unsorted.counts]).not.toEqual(sizes);
    expect(sorted.criterion[0]).toBe(unsorted.criterion[0]);
    expect(sorted.criterion.at(-1)).toBeGreaterThan(unsorted.criterion.at(-1)!);
  });

  test('the bound never decreases', async () => {
    const { criterion } = await fitted(true, 20);
    for (const [t, value] of criterion.entries()) {
      if (t > 0) expect(value - criterion[t - 1]!).toBeGreaterThan(-1e-9 * Math.abs(value));
    }
  });

  test('where the order is right already nothing changes', async () => {
    const means = CENTRES.toReversed();
    const [one, other] = [true, false].map((sortComponents) =>
      estimator(row, { init: { means }, iterations: 3, sortComponents }).fit(data),
    );
    expect((await one!).state).toEqual((await other!).state);
  });
});

test('other models have no sticks to sort', () => {
  // @ts-expect-error: TypeScript knows
  expect(() => new Estimator('gmm', { init, sortComponents: true })).toThrow('a gmm has no such setting');
  expect(() => new Estimator('dpgmm', { init, sortComponents: 1 as never })).toThrow('expected true or false');
});
