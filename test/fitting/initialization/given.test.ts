import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VariationalGaussianMixture } from '../../../src/estimator.ts';
import { MixtureModel } from '../../../src/inference/model.ts';
import type { RowData } from '../../../src/sources/data.ts';
import { megamix } from '../../cli/run.ts';
import { temporaryDirectory } from '../../helpers/files.ts';
import { blobs } from '../../helpers/random.ts';
import { estimator, rows } from '../../helpers/table.ts';

const CENTRES = [
  [0, 0],
  [9, 9],
];
const data = { data: blobs(300, CENTRES, 3), dimensions: 2 };
const path = temporaryDirectory();
const variational = rows.filter(({ model }) => !['kmeans', 'gmm'].includes(model));
const matrices: Readonly<Record<string, RowData>> = {
  full: [
    [4, 1],
    [1, 3],
  ],
  tied: [
    [4, 1],
    [1, 3],
  ],
  diagonal: [[4, 3]],
  spherical: [[4]],
  'tied-diagonal': [[4, 3]],
  'tied-spherical': [[4]],
};

describe.each(variational)('$label', (row) => {
  test('a prior that is given holds', async () => {
    const settings = { components: 2, iterations: 2, init: { means: CENTRES } };
    const given = { meansPrior: [[1, 2]], inversePrecisionPrior: matrices[row.covariance!]! };
    const model = await estimator(row, { ...settings, ...given }).fit(data);
    const { mean, scale } = model.state.mixture.componentPrior!;
    expect([...mean]).toEqual([1, 2]);
    const packed: Readonly<Record<string, number[]>> = { full: [4, 1, 3], tied: [4, 1, 3] };
    expect([...scale]).toEqual(packed[row.covariance!] ?? (matrices[row.covariance!] as number[][])[0]);
    const other = await estimator(row, settings).fit(data);
    expect(model.criterion.at(-1)).not.toBe(other.criterion.at(-1));
    const file = path('prior.h5');
    await model.save(file);
    expect((await MixtureModel.load(file)).state).toEqual(model.state);
  });

  test('what the data say, given, changes nothing', async () => {
    const settings = { components: 2, iterations: 2, init: { means: CENTRES } };
    const expected = await estimator(row, settings).fit(data);
    const { mean } = expected.state.mixture.componentPrior!;
    const model = await estimator(row, { ...settings, meansPrior: [[...mean]] }).fit(data);
    expect(model.state).toEqual(expected.state);
  });
});

test.each<[string, object, string]>([
  ['a mean of another length', { meansPrior: [[1, 2, 3]] }, 'the means prior has 3 numbers; expected 2'],
  ['a matrix of another shape', { inversePrecisionPrior: [[1, 2]] }, 'has 2 numbers; expected 2 × 2'],
  [
    'no symmetric matrix',
    {
      inversePrecisionPrior: [
        [1, 2],
        [0, 1],
      ],
    },
    'is not symmetric: rows 1 and 2 differ',
  ],
  [
    'no positive definite matrix',
    {
      inversePrecisionPrior: [
        [1, 2],
        [2, 1],
      ],
    },
    'is not positive definite: column 2',
  ],
  ['a number that is none', { meansPrior: [[1, Number.NaN]] }, 'the means prior, row 1, column 2: received NaN'],
])('%s is refused', async (_, prior, message) => {
  const estimate = new VariationalGaussianMixture({ components: 2, ...prior });
  await expect(estimate.fit(data)).rejects.toThrow(message);
});

test('the command line takes files', async () => {
  const [csv, mean, matrix, model] = [path('d.csv'), path('m.csv'), path('w.csv'), path('m.h5')];
  writeFileSync(csv, Array.from({ length: 300 }, (_, n) => `${data.data[2 * n]},${data.data[2 * n + 1]}`).join('\n'));
  writeFileSync(mean, '1,2\n');
  writeFileSync(matrix, '4,1\n1,3\n');
  const fit = ['fit', csv, '--components', '2', '-o', model, '--means-prior', mean];
  const { code } = await megamix([...fit, '--model', 'dpgmm', '--inverse-precision-prior', matrix]);
  expect(code).toBe(0);
  const { mean: m, scale } = (await MixtureModel.load(model)).state.mixture.componentPrior!;
  expect([[...m], [...scale]]).toEqual([
    [1, 2],
    [4, 1, 3],
  ]);
  const gmm = await megamix([...fit, '--model', 'gmm']);
  expect([gmm.code, gmm.stderr]).toEqual([2, expect.stringContaining('--means-prior: a gmm has no such setting')]);
});
