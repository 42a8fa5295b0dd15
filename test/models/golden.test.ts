import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { File, Group } from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { Estimator } from '../../src/estimator.ts';
import { datasetsOf, lookUp, withHdf5 } from '../../src/files/hdf5.ts';
import type { KernelName } from '../../src/kernels/index.ts';
import { compile } from '../../src/mixture/compile.ts';
import type { CovarianceName } from '../../src/mixture/covariance/index.ts';
import type { ModelName } from '../../src/mixture/model-table.ts';
import { openData } from '../../src/sources/source.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { kernels } from '../helpers/kernels.ts';

// A golden is found by its name: NAME.h5 with one group for each model, NAME-train.npy, NAME-heldout.npy, NAME-init-means.npy.
const directory = join(import.meta.dirname, '..', 'golden');
const HELD_OUT_ROWS = 50;
const DISCOUNT = 0.25;

/** Of variational models the densities of the held-out rows, by SciPy. */
const { golden: predictives }: { golden: Record<string, Record<string, number[]>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'mixture', 'density', 'reference.json'), 'utf8'),
);

/** Largest difference over largest value. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let gap = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    gap = Math.max(gap, Math.abs(actual[i]! - expected[i]!));
  }
  return gap === 0 ? 0 : gap / largest;
}

const files = readdirSync(directory).filter((file) => file.endsWith('.h5'));
const contents = await Promise.all(
  files.map((file) =>
    withHdf5(join(directory, file), file, (h5: File) =>
      h5.keys().map((key) => ({ key, values: datasetsOf(lookUp(h5, key) as Group) })),
    ),
  ),
);

const isLong = process.env.MEGAMIX_TEST_RUNS !== undefined;

for (const [i, file] of files.entries()) {
  const name = basename(file, '.h5');
  // JavaScript is slow on speech: in short runs the other reference is enough for it.
  const tried = kernels.filter((kernel) => kernel !== 'js' || name === 'blobs2d' || isLong);
  describe.each(tried)(`reference run ${name}, kernel %s`, (kernel) => {
    test.each(contents[i]!)('$key', async ({ key, values }) => {
      const actual = await run(kernel, name, key, values.get('criterion')!.data.length - 1);
      const predictive = actual.get('predictive');
      actual.delete('predictive');
      expect([...actual.keys()].sort()).toEqual([...values.keys()].sort());
      for (const [dataset, { data }] of values) {
        expect(difference(actual.get(dataset)!, data), `${key} ${dataset}`).toBeLessThanOrEqual(1e-9);
      }
      if (key === 'kmeans') return;
      const density = predictives[name]![key] ?? values.get('heldout_log_prob')!.data;
      expect(difference(predictive!, density), `${key} density`).toBeLessThanOrEqual(1e-9);
    });
  });
}

test('there are 17 models in each of the reference runs', () => {
  expect(contents.map((groups) => groups.length)).toEqual(files.map(() => 17));
  expect(files.length).toBeGreaterThan(1);
});

async function run(
  kernel: KernelName,
  name: string,
  key: string,
  iterations: number,
): Promise<Map<string, ArrayLike<number>>> {
  const [model, covariance] = key.split('-') as [ModelName, CovarianceName | undefined];
  const path = (part: string): string => join(directory, `${name}-${part}.npy`);
  const estimator = new Estimator(model, {
    covariance,
    iterations,
    init: { means: path('init-means') },
    ...(model === 'pypgmm' ? { discount: DISCOUNT } : {}),
  });
  const fitted = await estimator.fit(path('train'), { heldOut: path('heldout'), kernel });
  const { mixture, parameters } = fitted.state;
  const heldOut = { data: await firstRows(path('heldout'), mixture.dimensions), dimensions: mixture.dimensions };
  const found = new Map<string, ArrayLike<number> | undefined>([
    ['criterion', fitted.criterion],
    ['heldout_criterion', fitted.heldOutCriterion!],
    ['means', parameters.means],
    ['log_weights', parameters.logWeights],
    ['concentration', parameters.concentration],
    ['beta', parameters.beta],
    ['nu', parameters.nu],
  ]);
  if (model === 'kmeans') {
    found.set('heldout_labels', flatten(await collect(fitted.labels(heldOut, { kernel }))));
  } else {
    found.set('covariances', storedCovariances(fitted.state.mixture.covariance!, fitted));
    found.set('heldout_log_prob', flatten(await collect(fitted.logNormalisers(heldOut, { kernel }))));
    found.set('predictive', flatten(await collect(fitted.logProbabilities(heldOut, { kernel }))));
    found.set(
      'heldout_log_resp',
      flatten((await collect(fitted.logResponsibilities(heldOut, { kernel }))).map(({ data }) => data)),
    );
    if (parameters.beta) found.set('kl', [compile(mixture, parameters).divergence]);
  }
  return new Map([...found].filter((entry): entry is [string, ArrayLike<number>] => entry[1] !== undefined));
}

function storedCovariances(type: CovarianceName, fitted: Awaited<ReturnType<Estimator['fit']>>): number[] {
  const matrices = Array.from({ length: type?.startsWith('tied') ? 1 : fitted.components }, (_, k) =>
    fitted.covariance(k),
  );
  if (type === 'diagonal') return matrices.flatMap((matrix) => matrix.diagonal());
  if (type === 'spherical') return matrices.map((matrix) => matrix.get(0, 0));
  return matrices.flatMap((matrix) => matrix.to1DArray());
}

async function firstRows(path: string, dimensions: number): Promise<Float64Array> {
  for await (const { data } of await openData(path))
    return Float64Array.from(data.subarray(0, HELD_OUT_ROWS * dimensions));
  throw new Error('no rows');
}
