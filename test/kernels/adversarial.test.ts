import { describe, expect, test } from 'vitest';
import { Estimator } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import type { KernelName } from '../../src/kernels/index.ts';
import { type CovarianceName, covarianceTypes } from '../../src/mixture/covariance/index.ts';
import type { FlatRows } from '../../src/sources/rows.ts';
import { otherKernels } from '../helpers/kernels.ts';
import { blobs, normals } from '../helpers/random.ts';

// In doubles every kernel gives what the JavaScript one gives, to 1e-9, on data that were made to break it: each of three M-steps
// may change statistics by 1.1e-11 of themselves (src/kernels/screen/rounding.ts), which the next ones carry on, thirtyfold at most.
const DIMENSIONS = 10;

/** So many random centres, and rows around them. */
function data(seed: number, spread: number, offset = 0): { readonly centres: number[][]; readonly rows: Float64Array } {
  const normal = normals(seed);
  const centres = Array.from({ length: 6 }, () => Array.from({ length: DIMENSIONS }, () => offset + normal()));
  return { centres, rows: blobs(3000, centres, seed + 1, spread) };
}

const flat = (rows: Float64Array, weights?: Float64Array): FlatRows => ({
  data: rows,
  dimensions: DIMENSIONS,
  weights,
});

const near = data(1, 0.5);
const tight = data(2, 1e-6);
const far = data(3, 0.3, 1e6);
/** A wide cloud, and beside it a cluster a million times as dense. */
const mixed = (() => {
  const { centres, rows } = data(4, 1);
  const inner = blobs(1000, [centres[0]!.map((value) => value + 30)], 9, 1e-6);
  return { centres: [...centres, centres[0]!.map((value) => value + 30)], rows: Float64Array.of(...rows, ...inner) };
})();
const float32 = (rows: Float64Array): FlatRows => ({ data: Float32Array.from(rows), dimensions: DIMENSIONS });

const cases: Readonly<Record<string, { readonly centres: number[][]; readonly from: FlatRows }>> = {
  overlapping: { centres: near.centres, from: flat(near.rows) },
  'tight clusters a million widths apart': { centres: tight.centres, from: flat(tight.rows) },
  'a million away from 0': { centres: far.centres, from: flat(far.rows) },
  'a cluster a million times as dense as the cloud beside it': { centres: mixed.centres, from: flat(mixed.rows) },
  'tiny row weights': { centres: near.centres, from: flat(near.rows, new Float64Array(3000).fill(1e-10)) },
  'a component that vanishes': {
    centres: [...near.centres, Array.from({ length: DIMENSIONS }, () => 3)],
    from: flat(near.rows),
  },
  floats: { centres: near.centres, from: float32(near.rows) },
  'numbers near 10¹²': {
    centres: near.centres.map((centre) => centre.map((value) => value * 1e12)),
    from: flat(near.rows.map((value) => value * 1e12)),
  },
  'numbers near 10⁻¹²': {
    centres: near.centres.map((centre) => centre.map((value) => value * 1e-12)),
    from: flat(near.rows.map((value) => value * 1e-12)),
  },
};

/** Largest difference over largest value, of each run of so many numbers. */
function gaps(actual: Float64Array, expected: Float64Array, run: number): number {
  let worst = 0;
  for (let start = 0; start < expected.length; start += run) {
    let most = 0;
    let largest = Number.MIN_VALUE;
    for (let i = start; i < start + run; i++) {
      most = Math.max(most, Math.abs(actual[i]! - expected[i]!));
      largest = Math.max(largest, Math.abs(expected[i]!));
    }
    worst = Math.max(worst, most / largest);
  }
  return worst;
}

async function fitted(kernel: KernelName, covariance: CovarianceName, name: string): Promise<MixtureModel> {
  const { centres, from } = cases[name]!;
  const settings = {
    covariance,
    init: { means: centres },
    iterations: 3,
    regCovar: name.includes('vanishes') ? 1e-6 : 0,
  };
  return new Estimator('gmm', settings).fit(from, { kernel, threads: 1 });
}

describe.each(Object.keys(cases))('%s', (name) => {
  test.each(Object.keys(covarianceTypes) as CovarianceName[])('%s', async (covariance) => {
    const expected = await fitted('js', covariance, name);
    const groupSize =
      expected.state.parameters.covariances.length / (covarianceTypes[covariance].shared ? 1 : expected.components);
    for (const kernel of otherKernels) {
      const actual = await fitted(kernel, covariance, name);
      const { means, covariances, counts } = actual.state.parameters;
      const truth = expected.state.parameters;
      const about = `${kernel} ${covariance}`;
      expect(gaps(Float64Array.from(actual.criterion), Float64Array.from(expected.criterion), 1), about).toBeLessThan(
        1e-9,
      );
      expect(gaps(means, truth.means, DIMENSIONS), `${about} means`).toBeLessThan(1e-9);
      expect(gaps(covariances, truth.covariances, groupSize), `${about} covariances`).toBeLessThan(1e-9);
      expect(gaps(counts, truth.counts, 1), `${about} counts`).toBeLessThan(1e-9);
    }
  });
});

test.each(otherKernels)('K-means by %s: exact ties go to the lowest index, as by comparison', async (kernel) => {
  const rows = Float64Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 5) + (i % 2)); // a coarse grid: many ties
  const grid = { data: rows, dimensions: 2 };
  const init = {
    means: [
      [0, 0],
      [4, 4],
      [0, 4],
      [4, 0],
      [2, 2],
      [2, 2],
    ],
  };
  for (const iterations of [0, 1, 5]) {
    const expected = await new Estimator('kmeans', { init, iterations }).fit(grid, { kernel: 'js' });
    const actual = await new Estimator('kmeans', { init, iterations }).fit(grid, { kernel });
    expect(actual.state.parameters.counts).toEqual(expected.state.parameters.counts);
    expect(gaps(actual.state.parameters.means, expected.state.parameters.means, 2)).toBeLessThan(1e-14);
  }
});

test.each(otherKernels)('K-means by %s on clusters too close for floats to tell apart', async (kernel) => {
  const centres = [0, 1, 2, 3].map((k) => [1e6 + k * 1e-4, 5, -1e5, 0, 1, 2, 3, 4, 5, 6]);
  const rows = blobs(4000, centres, 5, 1e-5);
  const settings = { init: { means: centres }, iterations: 4 };
  const expected = await new Estimator('kmeans', settings).fit(flat(rows), { kernel: 'js' });
  const actual = await new Estimator('kmeans', settings).fit(flat(rows), { kernel });
  expect(gaps(Float64Array.from(actual.criterion), Float64Array.from(expected.criterion), 1)).toBeLessThan(1e-9);
  expect(actual.state.parameters.counts).toEqual(expected.state.parameters.counts);
  // means near 0 are sums of terms 30 times as large, whose order of summation differs
  expect(gaps(actual.state.parameters.means, expected.state.parameters.means, 1)).toBeLessThan(1e-13);
});
