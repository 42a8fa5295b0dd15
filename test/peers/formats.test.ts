import { expect, test } from 'vitest';
import { rowWriter } from '../../src/storage/rows.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { hasPython, runPython } from './python.ts';

const path = temporaryDirectory();
const formats = ['ark', 'parquet', 'arrow'];

test.runIf(hasPython)('pyarrow and kaldiio read what is written', async () => {
  const values = Float64Array.from({ length: 30 }, (_, i) => Math.sin(i));
  for (const format of formats) {
    const file = path(`python.${format}`);
    await rowWriter(file)(file, { runs: [values.subarray(0, 12), values.subarray(12)], columns: 3 });
  }
  const script = `
import sys, kaldiio, numpy, pyarrow, pyarrow.parquet
expected = numpy.sin(numpy.arange(30)).reshape(10, 3)
(key, ark), = kaldiio.load_ark(sys.argv[1] + '.ark')
assert key == 'python'
tables = [pyarrow.parquet.read_table(sys.argv[1] + '.parquet'), pyarrow.ipc.open_file(sys.argv[1] + '.arrow').read_all()]
for rows in [ark, *(numpy.stack(list(map(numpy.asarray, table.columns)), 1) for table in tables)]:
    assert numpy.abs(rows - expected).max() < 1e-15
assert tables[0].column_names == ['c1', 'c2', 'c3']
`;
  expect(runPython(['-c', script, path('python')])).toBe('');
});
