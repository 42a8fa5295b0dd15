// Writes .npy files.
import { type Numbers, writeHeaded } from '../../files/header-and-rows.ts';

/** Magic, version, length and dictionary together; enough for any shape. */
const HEADER_BYTES = 128;

/**
 * Writes runs of rows as one .npy array (float64, float32 or int32, like the first run), whole or not at all.
 *
 * @param runs - typed arrays, each of whole rows.
 * @param columns - numbers per row; undefined writes a one-dimensional array.
 * @returns The number of rows written.
 * @throws FileError if the file cannot be written.
 *
 * @example
 * ```js
 * import { MixtureModel, writeNpy } from 'megamix';
 *
 * const model = await MixtureModel.load('gmm.h5');
 * await writeNpy('log-probabilities.npy', model.logProbabilities('test.npy'));
 * await writeNpy('responsibilities.npy', runsOf(model.logResponsibilities('test.npy')), model.components);
 *
 * async function* runsOf(chunks) {
 *   for await (const { data } of chunks) yield data;
 * }
 * ```
 */
export function writeNpy(path: string, runs: AsyncIterable<Numbers>, columns?: number): Promise<number> {
  return writeHeaded(path, runs, columns ?? 1, {
    headerBytes: HEADER_BYTES,
    header: (numbers, rows) => header(numbers, rows, columns),
  });
}

function header(numbers: Numbers, rows: number, columns: number | undefined): Uint8Array {
  const descr = numbers instanceof Int32Array ? '<i4' : numbers instanceof Float32Array ? '<f4' : '<f8';
  const shape = columns === undefined ? `(${rows},)` : `(${rows}, ${columns})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const bytes = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${dictionary.padEnd(HEADER_BYTES - 11)}\n`, 'latin1');
  bytes.writeUInt16LE(HEADER_BYTES - 10, 8);
  return bytes;
}
