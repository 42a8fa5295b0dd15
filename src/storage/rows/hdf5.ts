// Writes HDF5 datasets.
import type { Dataset } from 'h5wasm/node';
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { writeHdf5 } from '../../files/hdf5.ts';
import type { Numbers } from '../../files/header-and-rows.ts';

/** The dataset that rows become: the name that our own reader takes if it is the only one. */
const DATASET = 'data';

/** Writes a stream of runs of rows as the one dataset of an HDF5 file, whole or not at all. */
export const writeDataset = (path: string, runs: AsyncIterable<Numbers>, columns = 1): Promise<void> =>
  writeAtomically(path, (temporary) => writeHdf5(temporary, 'w', (file) => fill(file, runs, columns)));

async function fill(
  file: { create_dataset(of: object): Dataset },
  runs: AsyncIterable<Numbers>,
  columns: number,
): Promise<void> {
  let dataset: Dataset | undefined;
  let rows = 0;
  for await (const run of runs) {
    if (run.length === 0) continue;
    const count = run.length / columns;
    dataset ??= file.create_dataset({
      name: DATASET,
      data: run,
      shape: [count, columns],
      maxshape: [null, columns],
      chunks: [rowsPerChunk(columns), columns],
    });
    if (rows > 0) {
      dataset.resize([rows + count, columns]);
      dataset.write_slice([[rows, rows + count], []], run);
    }
    rows += count;
  }
  if (rows === 0) throw new DataError('empty', 'there are no rows to write');
}
