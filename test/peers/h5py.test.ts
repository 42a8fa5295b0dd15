import { expect, test } from 'vitest';
import { DPVariationalGaussianMixture } from '../../src/estimator.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { blobs } from '../helpers/random.ts';
import { readRows } from '../helpers/read.ts';
import { hasPython, runPython } from './python.ts';

const path = temporaryDirectory();
const CENTRES = [
  [0, 0, 0],
  [6, 6, -4],
];
const data = { data: blobs(300, CENTRES, 3), dimensions: 3 };

test.runIf(hasPython)('h5py reads what is written, and what h5py writes is read', async () => {
  const model = await new DPVariationalGaussianMixture({ components: 4, iterations: 3 }).fit(data);
  const file = path('python-reads.h5');
  await model.save(file);
  const script = `
import h5py, json, sys
with h5py.File(sys.argv[1]) as f:
    g = f['model_fitted']
    print(json.dumps({'shapes': {k: list(v.shape) for k, v in g.items()}, 'types': sorted({str(v.dtype) for v in g.values()}),
      'means': g['means'][()].tolist(), 'iter': int(g.attrs['iter']), 'model': g.attrs['model'], 'discount': g.attrs['discount']}))
    with h5py.File(sys.argv[2], 'w') as o:
        p = o.create_group('model_fitted')
        for k in ['means', 'log_weights', 'cov', 'initial parameters', 'means prior', 'inv prec prior']:
            p[k] = g[k][()]
        p.attrs['iter'] = 3
        p.attrs['time'] = 1.5
        o.create_dataset('x', data=g['means'][()].repeat(50, axis=0), chunks=(7, 2), compression='gzip', shuffle=True, fletcher32=True)
`;
  const written = path('python-writes.h5');
  const seen = JSON.parse(runPython(['-c', script, file, written]));
  expect(seen.means).toEqual(model.means.to2DArray());
  expect(seen).toMatchObject({ iter: 3, model: 'dpgmm', discount: 0, types: ['float64'] });
  expect(seen.shapes).toMatchObject({
    cov: [4, 3, 3],
    alpha: [4, 2],
    nu: [4],
    'inv prec prior': [3, 3],
    'initial parameters': [3],
  });
  const repeated = model.means.to2DArray().flatMap((mean) => Array(50).fill(mean));
  expect(await readRows(`${written}:/x`)).toEqual(repeated);
  const loaded = await MixtureModel.load(written, { model: 'dpgmm', rows: 300 });
  expect(loaded.state.parameters.covariances).toEqual(model.state.parameters.covariances);
});
