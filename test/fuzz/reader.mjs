import { MixtureModel, openData } from 'megamix';

/**
 * Reads a file whole, as the public API does.
 *
 * @param {string} path
 * @param {string} format
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{ data: Float64Array | Float32Array, dimensions: number }>}
 */
export async function* read(path, format, signal) {
  if (format === 'model') {
    const model = await MixtureModel.load(path);
    const { dimensions } = model;
    yield { data: Float64Array.from(model.means.to1DArray()), dimensions };
    for (const data of [
      model.weights,
      model.counts,
      ...model.covariances.map((c) => Float64Array.from(c.to1DArray())),
    ]) {
      yield { data, dimensions };
    }
    return;
  }
  const source = await openData(path, { signal });
  try {
    for await (const { data, rows, dimensions } of source)
      yield { data: data.subarray(0, rows * dimensions), dimensions };
  } finally {
    await source.close();
  }
}
