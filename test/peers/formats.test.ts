import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { expect, test } from 'vitest';
import { rowExtensions } from '../../src/storage/rows/rows.ts';
import { writeRows } from '../../src/storage/rows/write.ts';
import { randomFor } from '../../src/util/random.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { hasPython, runPython } from './python.ts';

const path = temporaryDirectory();
const SHAPES = [
  [1, 1],
  [10, 3],
  [1000, 17],
  [70_000, 2],
] as const;
const ODD = [0, 1, -1, 0.1, 1 / 3, 2 ** 53, -(2 ** 31), 1e-30, 3e38, 1e-7, 123456789.125];

test.runIf(hasPython)('others read what is written, to the last bit, in every format', async () => {
  mkdirSync(path('files'));
  for (const [rows, columns] of SHAPES) {
    for (const Numbers of [Float64Array, Float32Array]) {
      const random = randomFor('sample', rows);
      const values = new Numbers(rows * columns).map(
        (_: number, i: number) => ODD[i] ?? 10 * uniformFloat64(random) - 5,
      );
      const name = `${Numbers.name}-${rows}-${columns}`;
      writeFileSync(path(`files/${name}.bin`), Float64Array.from(values));
      writeFileSync(path(`files/${name}.json`), JSON.stringify([rows, columns]));
      const middle = columns * Math.floor(rows / 3);
      for (const extension of rowExtensions) {
        const file = path(`files/${name}${extension}`);
        await writeRows(file, [values.subarray(0, middle), values.subarray(middle)], { columns });
      }
    }
  }
  expect(runPython([join(import.meta.dirname, 'files', 'check.py'), path('files')])).toBe('');
});

test.runIf(hasPython)('an archive has the name of its file as its key, a table numbered columns', async () => {
  for (const extension of ['ark', 'parquet']) {
    const file = path(`python.${extension}`);
    await writeRows(file, [Float64Array.of(1, 2, 3)], { columns: 3 });
  }
  const script = `
import sys, kaldiio, pyarrow.parquet
assert [key for key, _ in kaldiio.load_ark(sys.argv[1] + '.ark')] == ['python']
assert pyarrow.parquet.read_schema(sys.argv[1] + '.parquet').names == ['c1', 'c2', 'c3']
`;
  expect(runPython(['-c', script, path('python')])).toBe('');
});
