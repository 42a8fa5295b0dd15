import { expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import { blobs } from '../helpers/random.ts';

test('random rows are drawn by weight', async () => {
  // one row in a hundred of the second group, but a hundred times the weight: it starts about half of the fits
  const values = blobs(1010, [[0, 0]], 3).map((value, i) => (i >= 2000 ? value + 1000 : value));
  const weights = Float64Array.from({ length: 1010 }, (_, n) => (n >= 1000 ? 100 : 1));
  let ofSecond = 0;
  for (let seed = 0; seed < 200; seed++) {
    const settings = { components: 1, init: 'random', seed } as const;
    const { means } = await new KMeans(settings).initialize({ data: values, dimensions: 2, weights });
    if (means.get(0, 0) > 500) ofSecond++;
  }
  expect(Math.abs(ofSecond - 100)).toBeLessThan(5 * Math.sqrt(200 / 4)); // five standard deviations
});
