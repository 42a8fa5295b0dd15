import { expect } from 'vitest';
import type { MixtureModel } from '../../src/inference/model.ts';

/** All numbers of a model's parameters, by name. */
export function parametersOf(model: MixtureModel): Record<string, Float64Array> {
  const { means, covariances, logWeights, counts, concentration, beta, nu } = model.state.parameters;
  const all = { means, covariances, logWeights, counts, concentration, beta, nu };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, Float64Array] => entry[1] !== undefined),
  );
}

/** Largest difference over largest value, over all parameters. */
export function gap(a: MixtureModel, b: MixtureModel): number {
  const other = parametersOf(b);
  return Math.max(...Object.entries(parametersOf(a)).map(([name, values]) => normwise(values, other[name]!)));
}

/** Largest difference over largest value. */
export function normwise(actual: Float64Array, expected: Float64Array): number {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
}
