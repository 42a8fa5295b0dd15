import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KMeans } from '../../../src/estimator.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { gap, normwise } from '../../helpers/parameters.ts';
import { blobs } from '../../helpers/random.ts';

// Sources that do not tell how many rows they have, or have rows that do not count.
const path = temporaryDirectory();
const MEANS = [
  [0, 0],
  [6, 6],
  [-6, 5],
];
const data = blobs(700, MEANS, 3);
const init = { means: MEANS };
const text = Array.from({ length: 700 }, (_, n) => `${data[2 * n]},${data[2 * n + 1]}`);
writeFileSync(path('rows.csv'), text.join('\n'));

test.each(['incremental', 'stepwise'] as const)('%s: text is cut as rows in memory are', async (algorithm) => {
  const estimator = new KMeans({ init, algorithm, iterations: 4 });
  const inMemory = await estimator.fit({ data, dimensions: 2 });
  expect(gap(await estimator.fit(path('rows.csv')), inMemory)).toBe(0);
});

test('rows that are skipped are no part of blocks', async () => {
  const rows = Array.from({ length: 700 }, (_, n) => [n % 10 ? data[2 * n]! : Number.NaN, data[2 * n + 1]!]);
  const good = rows.filter(([x]) => Number.isFinite(x));
  for (const blocks of [3, 20]) {
    const settings = { init, algorithm: 'incremental', blocks, momentum: 0, iterations: 30 } as const;
    const skipping = await new KMeans(settings).fit(rows, { onInvalid: 'skip' });
    const exact = await new KMeans({ init, iterations: 30 }).fit(good);
    expect(Math.abs(skipping.criterion.at(-1)! / exact.criterion.at(-1)! - 1)).toBeLessThan(0.01);
  }
});

test('rows of no weight at all are told of, small weights are none the worse', async () => {
  const estimator = new KMeans({ init, algorithm: 'incremental', iterations: 3 });
  await expect(estimator.fit({ data, dimensions: 2 }, { weights: new Float64Array(700) })).rejects.toThrow(
    'all its rows have weight 0',
  );
  const usual = await estimator.fit({ data, dimensions: 2 });
  const light = await estimator.fit({ data, dimensions: 2 }, { weights: new Float64Array(700).fill(2 ** -40) });
  expect(normwise(light.state.parameters.means, usual.state.parameters.means)).toBeLessThan(1e-12);
});
