import { expect } from 'vitest';
import type { Estimator } from '../../src/estimator.ts';
import { datasetsOf, lookUp, withHdf5 } from '../../src/files/hdf5.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import type { RowData } from '../../src/sources/data.ts';
import type { FlatRows } from '../../src/sources/rows.ts';
import { normals } from './random.ts';

/** Three groups of rows, far enough apart that any fit finds them; numbers are multiples of 2⁻²⁰, so that offsets are exact. */
export function groups(rows: number, dimensions: number): Float64Array {
  const normal = normals(29);
  return Float64Array.from({ length: rows * dimensions }, (_, i) => {
    const [n, j] = [Math.floor(i / dimensions), i % dimensions];
    const centre = ((n % 3) - 1) * (j % 2 === 0 ? 8 : -6);
    return Math.round((centre + normal()) * 2 ** 20) / 2 ** 20;
  });
}

/** One mean near each of the groups. */
export const meansOf = (dimensions: number): number[][] =>
  [-1, 0, 1].map((side) => Array.from({ length: dimensions }, (_, j) => side * (j % 2 === 0 ? 7 : -7) + 0.5));

export const flat = (data: Float64Array, dimensions: number, change: (value: number) => number): FlatRows => ({
  data: data.map(change),
  dimensions,
});

/** Fits; what is warned of is kept. */
export async function fitWarned(
  estimator: Estimator,
  data: RowData,
): Promise<{ readonly model: MixtureModel; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const model = await estimator.fit(data, { onWarning: (warning) => warnings.push(warning) });
  return { model, warnings };
}

/** Saves the model, and expects every number of every dataset in the file to be finite. */
export async function expectFiniteFile(model: MixtureModel, path: string): Promise<void> {
  await model.save(path);
  await withHdf5(path, path, (file) => {
    const datasets = datasetsOf(lookUp(file, 'model_fitted') as Parameters<typeof datasetsOf>[0]);
    expect(datasets.size).toBeGreaterThan(3);
    for (const [name, { data }] of datasets)
      expect([name, data.findIndex((value) => !Number.isFinite(value))]).toEqual([name, -1]);
  });
}
