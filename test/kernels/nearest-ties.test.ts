import { expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import { checkComputing, kernelNames } from '../../src/kernels/index.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { blobs } from '../helpers/random.ts';

const CENTRES = [
  [0, 0],
  [5, 5],
  [9, 0],
  [0, 9],
];
const hasBlas = checkComputing({}).kernel === 'blas';

test.each(kernelNames.filter((kernel) => kernel !== 'blas' || hasBlas))(
  '%s: centres that floats cannot tell apart are compared in doubles',
  async (kernel) => {
    for (const [scale, offset] of [
      [1e2, 0],
      [1e5, 1e6],
      [1e3, -1e6],
    ] as const) {
      const centres = CENTRES.map((centre) => centre.map((value) => value * scale + offset));
      const data = blobs(2000, centres, 2);
      const means = Array.from({ length: 16 }, (_, k) => [...data.subarray(14 * k, 14 * k + 2)]);
      const model = await new KMeans({ init: { means }, iterations: 0 }).fit({ data, dimensions: 2 }, { kernel });
      const labels = flatten(await collect(model.labels({ data, dimensions: 2 }, { kernel })));
      // as doubles have it: the same operations in the same order
      const distances = (n: number) =>
        means.map((mean) => (data[2 * n]! - mean[0]!) ** 2 + (data[2 * n + 1]! - mean[1]!) ** 2);
      for (let n = 0; n < 2000; n++) {
        const all = distances(n);
        expect(all[labels[n]!]).toBe(Math.min(...all));
      }
    }
  },
);
