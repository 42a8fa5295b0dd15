import { expect, test } from 'vitest';
import { writeRows } from '../../src/storage/rows/write.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { normals } from '../helpers/random.ts';
import { hasPython, runPython } from './python.ts';

const path = temporaryDirectory();
const D = 5;
const normal = normals(1);
const utterances = [12, 1, 40].map((rows, number) => ({
  data: Float64Array.from({ length: rows * D }, normal),
  dimensions: D,
  part: { number, name: `utt-${'abc'[number]}` },
  times: Float64Array.from({ length: rows }, (_, n) => 0.0125 + n / 100),
}));
const text = JSON.stringify(
  Object.fromEntries(utterances.map(({ part, data, times }) => [part.name, { rows: [...data], times: [...times] }])),
);

test.runIf(hasPython)('kaldiio reads archives, lists, labels and compressed matrices', async () => {
  await writeRows(`ark,scp:${path('a.ark')},${path('a.scp')}`, utterances);
  await writeRows(`ark,t:${path('t.ark')}`, utterances);
  await writeRows(path('c.ark'), utterances, { compress: true });
  const labels = utterances.map(({ part, times }) => ({
    data: Int32Array.from(times, (_, n) => 7 * n),
    dimensions: 1,
    isList: true,
    part,
  }));
  await writeRows(path('l.ark'), labels);
  const script = `
import json, sys, kaldiio, numpy as np
expected = {key: np.reshape(of['rows'], (-1, ${D})) for key, of in json.load(sys.stdin).items()}
base = sys.argv[1]
for found in (dict(kaldiio.load_ark(base + '/a.ark')), kaldiio.load_scp(base + '/a.scp'), dict(kaldiio.load_ark(base + '/t.ark'))):
    assert list(found) == list(expected), list(found)
    for key, rows in expected.items():
        assert np.allclose(found[key], rows, rtol=1e-6), key
for key, rows in kaldiio.load_ark(base + '/c.ark'):
    assert np.abs(rows - expected[key]).max() < (expected[key].max() - expected[key].min()) / 64, key
for key, labels in kaldiio.load_ark(base + '/l.ark'):
    assert labels.tolist() == [7 * n for n in range(len(expected[key]))], key
`;
  expect(runPython(['-c', script, path('.')], text)).toBe('');
});

test.runIf(hasPython)('h5py, and the h5features package where it is installed, read h5features', async () => {
  await writeRows(path('a.h5f'), utterances);
  const script = `
import json, sys, h5py, numpy as np
expected = json.load(sys.stdin)
with h5py.File(sys.argv[1]) as file:
    group = file['features']
    assert (group.attrs['version'], group.attrs['format']) == ('1.1', 'dense')
    items = [item.decode() if isinstance(item, bytes) else item for item in group['items'][...]]
    assert items == list(expected), items
    assert group['index'].dtype == np.int64 and group['labels'].ndim == 1
    starts = [0, *(group['index'][...] + 1)]
    for i, item in enumerate(items):
        rows, times = group['features'][starts[i]:starts[i + 1]], group['labels'][starts[i]:starts[i + 1]]
        assert np.array_equal(rows.ravel(), expected[item]['rows']) and np.array_equal(times, expected[item]['times'])
try:
    import h5features
except ImportError:
    sys.exit()
reader = h5features.Reader(sys.argv[1], 'features')
data = reader.read() if hasattr(h5features, 'Data') else None
for i, item in enumerate(expected):
    features = np.asarray(data.features()[i] if data else reader.read(item).features())
    assert np.array_equal(features.ravel(), expected[item]['rows']), item
`;
  expect(runPython(['-c', script, path('a.h5f')], text)).toBe('');
});
