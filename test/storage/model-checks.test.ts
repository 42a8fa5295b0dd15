import h5wasm, { File, type Group } from 'h5wasm/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { datasetsOf, lookUp, type ShapedValues, withHdf5 } from '../../src/files/hdf5.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { models } from '../../src/mixture/model-table.ts';
import type { LoadOptions } from '../../src/storage/model-file.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0],
  [6, 6, -4],
];
const data = { data: blobs(300, CENTRES, 3), dimensions: 3 };
await h5wasm.ready;

/** Writes a group as anybody might: datasets without a checksum. */
function write(
  to: string,
  datasets: ReadonlyMap<string, ShapedValues>,
  attributes: Record<string, string> = {},
): string {
  const file = new File(path(to), 'w');
  const group = file.create_group('model_fitted');
  for (const [name, { data: values, shape }] of datasets) {
    group.create_dataset({ name, data: values, shape: [...shape] });
  }
  for (const [name, value] of Object.entries(attributes)) group.create_attribute(name, value);
  file.close();
  return path(to);
}

describe.each(rows)('$label', (row: Row) => {
  const { components: ofComponents, weights } = models[row.model];
  let datasets: ReadonlyMap<string, ShapedValues>;
  const options: LoadOptions = { model: row.model, rows: 300, ...(row.model === 'pypgmm' && { discount: 0.5 }) };

  beforeAll(async () => {
    const saved = path(`${row.label}.h5`);
    await (await estimator(row, { components: 3, iterations: 2 }).fit(data)).save(saved);
    datasets = await withHdf5(saved, '', (file) => datasetsOf(lookUp(file, 'model_fitted') as Group));
  });

  /** The message with which a changed file is refused; undefined where it loads. */
  async function refusal(name: string, change: (values: Float64Array) => void): Promise<string | undefined> {
    const changed = new Map(datasets);
    const { data: values, shape } = datasets.get(name)!;
    const copy = values.slice();
    change(copy);
    changed.set(name, { data: copy, shape });
    const file = write('changed.h5', changed, row.covariance && { covariance_type: row.covariance });
    const outcome = await MixtureModel.load(file, options).catch((error: Error) => error);
    if (!(outcome instanceof Error)) return undefined;
    expect(outcome.name).toBe('DataError');
    expect(outcome.message).toContain('changed.h5: ');
    return outcome.message;
  }

  test('a file that says only the numbers loads', async () => {
    expect(await refusal('means', () => {})).toBeUndefined();
  });

  test('numbers that are not finite are refused by name and component', async () => {
    for (const name of datasets.keys()) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const message = await refusal(name, (values) => values.fill(bad, values.length - 1));
        expect(message, name).toContain(`'${name}' holds ${bad}`);
        if (['means', 'log_weights', 'counts', 'beta'].includes(name)) expect(message).toContain('for component 2, ');
      }
    }
  });

  test('weights must have a sum that is possible', async () => {
    const change = (values: Float64Array) => values.fill(Math.log(0.9));
    const message = await refusal('log_weights', change);
    if (!weights.scored) expect(message).toBeUndefined();
    else if (ofComponents.variational)
      expect(message).toMatch(/have the sum 2\.70000, expected at most 1: .*fit the model again/);
    else expect(message).toMatch(/have the sum 2\.70000, expected 1: .*fit the model again/);
    if (row.model === 'gmm') {
      const lessened = await refusal('log_weights', (values) => values.fill(Math.log(0.2)));
      expect(lessened).toContain('have the sum 0.600000, expected 1');
    }
  });

  if (row.covariance !== undefined) {
    const whose = row.covariance?.startsWith('tied')
      ? 'the covariance that all components share'
      : 'the covariance of component ';

    test('variances must be positive', async () => {
      for (const bad of [0, -1]) {
        const message = await refusal('cov', (values) => values.fill(bad, values.length - 1));
        expect(message).toContain(
          `${whose}${row.covariance?.startsWith('tied') ? '' : 2} has the variance ${bad}, expected one > 0`,
        );
        expect(message).toContain('fit the model again, or correct it');
      }
    });

    if (row.covariance === 'full' || row.covariance === 'tied') {
      test('matrices must be symmetric and positive definite', async () => {
        const message = await refusal('cov', (values) => {
          values[1]! += 1e-3;
        });
        expect(message).toMatch(/is not symmetric: row 2, column 1 is .*, its mirror image .*fit the model again/);
        expect(message).toContain(`${whose}${row.covariance?.startsWith('tied') ? '' : 0} is not`);
        const rounded = await refusal('cov', (values) => values.set(Float32Array.from(values)));
        expect(rounded).toBeUndefined();
        const indefinite = await refusal('cov', (values) => {
          for (let at = 0; at < 9; at++) values[at] = at % 4 === 0 ? 1 : 2;
        });
        expect(indefinite).toMatch(/is not positive definite \(column 2\)/);
      });
    }
  }

  if (ofComponents.variational) {
    test('what the posterior counts must be in range', async () => {
      for (const name of ['alpha', 'beta', 'nu']) {
        const message = await refusal(name, (values) => values.fill(0, values.length - 1));
        expect(message, name).toContain(`'${name}' holds 0`);
      }
      const isMatrix = row.covariance === 'full' || row.covariance === 'tied';
      const message = await refusal('nu', (values) => values.fill(2));
      if (isMatrix) expect(message).toMatch(/'nu' holds 2.*, expected more than 2 for 3 dimensions/);
      else expect(message).toBeUndefined();
    });

    test('a prior must be symmetric', async () => {
      if (row.covariance !== 'full') return;
      const message = await refusal('inv prec prior', (values) => {
        values[1]! += 1;
      });
      expect(message).toContain("'inv prec prior' is not symmetric: row 2, column 1");
    });
  }

  test('counts must not be negative', async () => {
    const message = await refusal('counts', (values) => values.fill(-1, 1, 2));
    expect(message).toContain("'counts' holds -1 for component 1, expected counts, at least 0");
  });
});

test('K-means of the Python package, whose weights are logarithms of counts, loads', async () => {
  const means = { data: Float64Array.of(0, 0, 6, 6, 9, 9), shape: [3, 2] };
  const counts = [200, 100, 0];
  const logCounts = { data: Float64Array.from(counts, Math.log), shape: [3] };
  const file = write(
    'python.h5',
    new Map([
      ['means', means],
      ['log_weights', logCounts],
    ]),
  );
  const model = await MixtureModel.load(file, { model: 'kmeans' });
  expect(model.counts[0]).toBeCloseTo(200, 10);
  expect(model.weights[1]).toBeCloseTo(1 / 3, 12);
  await model.save(path('ours.h5'));
  const again = await MixtureModel.load(path('ours.h5'));
  expect(again.state.parameters).toEqual(model.state.parameters);
});

test('what was fitted to rows of tiny or huge weights loads', async () => {
  for (const weight of [1e-18, 1e18]) {
    const weights = new Float64Array(300).fill(weight);
    for (const row of rows) {
      const fitted = await estimator(row, { components: 3, iterations: 2 }).fit({ ...data, weights });
      await fitted.save(path('weighted.h5'));
      const loaded = await MixtureModel.load(path('weighted.h5'));
      expect(loaded.state, `${row.label} ${weight}`).toEqual(fitted.state);
    }
  }
});
