import { describe, expect, test } from 'vitest';
import { positiveDefinite } from '../../../src/mixture/components/prior.ts';
import { covarianceTypes } from '../../../src/mixture/covariance/index.ts';
import { normals } from '../../helpers/random.ts';

/** Mean and full covariance of some rows. */
function momentsOf(rows: readonly (readonly number[])[]): { mean: Float64Array; covariance: Float64Array } {
  const dimensions = rows[0]!.length;
  const mean = Float64Array.from(
    { length: dimensions },
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
  );
  const covariance = new Float64Array(covarianceTypes.full.size(dimensions));
  for (const row of rows) {
    covarianceTypes.full.addOuter(
      covariance,
      Float64Array.from(row, (value, j) => value - mean[j]!),
      1 / (rows.length - 1),
    );
  }
  return { mean, covariance };
}

/** The warning, or the message of the failure; undefined where the covariance is taken as it is. */
function outcomeOf(rows: readonly (readonly number[])[], regCovar: number): string | undefined {
  const { mean, covariance } = momentsOf(rows);
  let message: string | undefined;
  try {
    positiveDefinite(covarianceTypes.full, mean, covariance, regCovar, (warning) => {
      message = warning;
    });
  } catch (error) {
    message = (error as Error).message;
  }
  return message;
}

const normal = normals(5);
const independent = Array.from({ length: 60 }, () => Array.from({ length: 4 }, normal));

describe('the columns that make a covariance singular', () => {
  test('none are named where there are none', () => {
    expect(outcomeOf(independent, 1e-6)).toBeUndefined();
  });

  test('a combination is named, whatever the scales of the columns', () => {
    for (const exponents of [
      [0, 0, 0, 0],
      [-9, 4, 7, -3],
      [60, -70, 0, 9],
    ]) {
      const scales = exponents.map((exponent) => 10 ** exponent);
      const rows = independent.map((row) =>
        [...row, row[0]! + 2 * row[3]!].map((value, j) => value * (scales[j] ?? 1)),
      );
      expect(outcomeOf(rows, 1e-6), String(exponents)).toContain('column 5 is constant or follows from other columns');
      const without = rows.map((row) => row.slice(0, 4));
      expect(outcomeOf(without, 1e-6), String(exponents)).toBeUndefined();
    }
  });

  test('constant columns come before those that follow from others', () => {
    const rows = independent.map((row) => [row[0]!, row[0]!, row[1]!, 7, row[2]!, row[1]! - row[2]!]);
    expect(outcomeOf(rows, 1e-6)).toContain('columns 4, 2, 6 are constant or follow from other columns; 0.000001');
  });

  test('at most five are named, and all are counted', () => {
    const rows = independent.slice(0, 4).map((row) => [...row, ...row.map((value) => value + 1), ...row]);
    expect(outcomeOf(rows, 1e-6)).toMatch(/singular: 9 columns \((\d+, ){5}…\) are constant or follow/);
  });

  test('where regCovar is too small, the message says what to do', () => {
    const rows = independent.map((row, n) => (n === 17 ? row.map(() => 1e8) : row));
    expect(outcomeOf(rows, 1e-6)).toMatch(
      /drop them, or rows far from all others, .*\(column \d has the mean 1.67e\+6 and the standard deviation 1.29e\+7\), or raise regCovar/,
    );
  });

  test('of variances alone only constant columns matter', () => {
    for (const type of [covarianceTypes.diagonal, covarianceTypes.spherical]) {
      const variances = new Float64Array(type.size(3)).fill(4);
      const fail = (): never => {
        throw new Error('a warning');
      };
      expect(positiveDefinite(type, new Float64Array(3), variances, 0, fail)).toBe(variances);
    }
    const warnings: string[] = [];
    const raised = positiveDefinite(
      covarianceTypes.diagonal,
      Float64Array.of(1, 2, 3),
      Float64Array.of(4, 0, 5),
      0.5,
      (warning) => warnings.push(warning),
    );
    expect([...raised]).toEqual([4.5, 0.5, 5.5]);
    expect(warnings).toEqual([
      'the covariance of the data is singular: column 2 is constant or follows from other columns; 0.5 (regCovar) was added to every variance of the prior',
    ]);
  });
});
