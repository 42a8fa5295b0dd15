import type { MixtureModel } from '../../src/inference/model.ts';
import { problem } from './problems.ts';
import { estimator, type Row } from './table.ts';

/** A model of a row of the table, fitted to a random problem: the same for the same seed. */
export function randomModel(row: Row, seed: number): Promise<MixtureModel> {
  const { rows, means } = problem(seed);
  const init = { means: means.map((mean) => [...mean]) };
  return estimator(row, { init, iterations: 2 }).fit(rows, { threads: 1, onWarning: () => {} });
}

/** All that a model is, every double to the bit. */
export const contentsOf = ({ state }: MixtureModel): string =>
  JSON.stringify(state, (_, value) => {
    if (value instanceof Float64Array) return Buffer.from(value.slice().buffer).toString('hex');
    return value;
  });
