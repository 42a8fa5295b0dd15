import { expect, test } from 'vitest';
import { impliedStatistics, mStep } from '../../src/mixture/mixture.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, rows } from '../helpers/table.ts';

const data = {
  data: blobs(
    300,
    [
      [0, 0],
      [6, -5],
      [-7, 6],
    ],
    3,
  ),
  dimensions: 2,
};

test.each(rows)('the M-step of $label changes nothing that it is given, and gives the same twice', async (row) => {
  const model = await estimator(row, { components: 3, iterations: 2 }).fit(data);
  const { mixture, parameters } = model.state;
  const statistics = impliedStatistics(mixture, parameters);
  const given = structuredClone([statistics.values, parameters]);
  const first = mStep(mixture, statistics, parameters.means);
  expect([statistics.values, parameters]).toEqual(given);
  expect(mStep(mixture, statistics, parameters.means)).toEqual(first);
});
