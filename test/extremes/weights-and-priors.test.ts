import { describe, expect, test } from 'vitest';
import { eStep } from '../../src/e-step/e-step.ts';
import { Pool } from '../../src/e-step/parallel/pool.ts';
import { checkComputing } from '../../src/kernels/index.ts';
import { compile } from '../../src/mixture/compile.ts';
import { movedMeans } from '../../src/mixture/components/scatter.ts';
import { mStep } from '../../src/mixture/mixture.ts';
import { models } from '../../src/mixture/model-table.ts';
import { openData } from '../../src/sources/source.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { expectFiniteFile, groups, meansOf } from '../helpers/extremes.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { normwise } from '../helpers/parameters.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Weights, priors and counts at their limits: docs/reliability.md has a table of what happens.
const path = temporaryDirectory();
const ROWS = 240;
const data = { data: groups(ROWS, 3), dimensions: 3 };
const init = { means: meansOf(3) };

describe.each(rows)('$label', (row: Row) => {
  const isKMeans = row.covariance === undefined;
  const isVariational = models[row.model].components.variational;

  test('row weights from 1e-12 to 1e12', async () => {
    const weights = Float64Array.from({ length: ROWS }, (_, n) => 10 ** ((n % 25) - 12));
    const model = await estimator(row, { init, iterations: 3 }).fit({ ...data, weights });
    await expectFiniteFile(model, path('weights.h5'));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counted = model.counts.reduce((sum, count) => sum + count, 0);
    // A sum of 240 numbers, and responsibilities that are left out where they are less than 1e-12 of a count.
    expect(Math.abs(counted / total - 1)).toBeLessThan(1e-11);
  });

  test.each([1e-18, 1e18])('all row weights %d', async (weight) => {
    const weights = new Float64Array(ROWS).fill(weight);
    const model = await estimator(row, { init, iterations: 3 }).fit({ ...data, weights });
    await expectFiniteFile(model, path('weights.h5'));
    if (isVariational) return;
    const plain = await estimator(row, { init, iterations: 3 }).fit(data);
    // Point estimates do not depend on the unit of weights; log densities, some 10², are rounded.
    expect(normwise(model.state.parameters.means, plain.state.parameters.means)).toBeLessThan(1e-12);
    expect(normwise(model.weights, plain.weights)).toBeLessThan(1e-12);
  });

  test('sums of 1e9 times the rows', async () => {
    const pool = new Pool(checkComputing({ threads: 1, kernel: 'wasm' }));
    const fitted = await estimator(row, { init, iterations: 2 }).fit(data);
    const { mixture, parameters } = fitted.state;
    const { scorer } = compile(mixture, parameters);
    const moments = { covariance: mixture.covariance, means: parameters.means };
    const source = await openData(data);
    const pass = { scorer, assignment: models[row.model].assignment, moments };
    const statistics = await eStep(pool, source, pass).finally(() => pool.close());
    const once = mStep(mixture, statistics.copy(), parameters.means);
    const often = mStep(mixture, statistics.copy().scale(1e9), parameters.means);
    expect(() => compile(mixture, often)).not.toThrow();
    expect([often.means, often.covariances, often.logWeights].every((values) => values.every(Number.isFinite))).toBe(
      true,
    );
    expect(often.counts[0]! / once.counts[0]!).toBeCloseTo(1e9, -1);
    if (isVariational) {
      // The prior is worth one row of some 10¹¹, which moves means by 10⁻¹¹ of their distance to its own.
      expect(normwise(often.means, movedMeans(statistics, parameters.means))).toBeLessThan(1e-10);
      for (const weight of models[row.model].weights.expected(often)) expect(weight).toBeCloseTo(1 / 3, 6);
      return;
    }
    expect(normwise(often.means, once.means)).toBeLessThan(1e-13);
    if (!isKMeans) expect(normwise(often.covariances, once.covariances)).toBeLessThan(1e-13);
    expect(normwise(often.logWeights, once.logWeights)).toBeLessThan(1e-13);
  });

  if (!isKMeans) {
    test('a row far from every component has a finite log-probability; one whose square overflows is named', async () => {
      const model = await estimator(row, { init, iterations: 3 }).fit(data);
      const far = [1e10, -1e10, 1e10];
      const [logProbability] = flatten(await collect(model.logProbabilities([far])));
      expect(Number.isFinite(logProbability)).toBe(true);
      if (row.model === 'gmm') {
        const { inverse } = await import('ml-matrix');
        const nearest = Math.min(
          ...[0, 1, 2].map((k) => {
            const precision = inverse(model.covariance(k));
            const delta = far.map((value, j) => value - model.means.get(k, j));
            return delta.reduce(
              (sum, a, i) => sum + delta.reduce((inner, b, j) => inner + a * b * precision.get(i, j), 0),
              0,
            );
          }),
        );
        // −½ δᵀΛδ, some −10²⁰, beside which all else vanishes; Λ is inverted twice, at a condition of about 10.
        expect(Math.abs(logProbability! / (-0.5 * nearest) - 1)).toBeLessThan(1e-12);
      }
      const overflowing = model.logProbabilities([[1, 2, 3], far.map((value) => value * 1e150)]);
      if (row.model === 'gmm') await expect(collect(overflowing)).rejects.toThrow(/row 2: .*too large to be squared/);
    });
  }

  if (isVariational) {
    test.each([1e-10, 1e10])('alpha0 %d', async (alpha0) => {
      const model = await estimator(row, { init, iterations: 5, alpha0 }).fit(data);
      await expectFiniteFile(model, path('alpha.h5'));
      for (const count of model.counts) expect(count).toBeCloseTo(ROWS / 3, 3);
      // The bound is a sum of terms of α₀ log α₀.
      const rounding = 64 * Number.EPSILON * Math.max(1e4, alpha0 * Math.abs(Math.log(alpha0)));
      for (const [t, value] of model.criterion.entries()) {
        if (t > 0) expect(value - model.criterion[t - 1]!).toBeGreaterThan(-rounding);
      }
    });

    test.each([1e-320, 1e308])('alpha0 %d fits or is refused', async (alpha0) => {
      const outcome = await estimator(row, { init, iterations: 2, alpha0 })
        .fit(data)
        .catch((error: Error) => error);
      if (outcome instanceof Error) expect(outcome.message).toMatch(/the prior is too strong or too weak .*alpha0/);
      else await expectFiniteFile(outcome, path('alpha.h5'));
    });

    test('nu0 at its limit', async () => {
      const least = row.covariance === 'full' || row.covariance === 'tied' ? 2 : 0;
      const model = await estimator(row, { init, iterations: 3, nu0: least + 1e-9 }).fit(data);
      await expectFiniteFile(model, path('nu.h5'));
      const refused = () => estimator(row, { init, nu0: least }).fit(data);
      if (least === 0) expect(refused).toThrow(/nu0: received 0, expected a finite number > 0/);
      else await expect(refused()).rejects.toThrow('nu0: received 2, expected more than 2 for 3 dimensions');
    });

    test('nu0 far above all counts fits or is named', async () => {
      for (const nu0 of [1e12, 1e300]) {
        const outcome = await estimator(row, { init, iterations: 2, nu0 })
          .fit(data)
          .catch((error: Error) => error);
        if (outcome instanceof Error) expect(outcome.message).toMatch(/nu0/);
        else await expectFiniteFile(outcome, path('nu.h5'));
      }
    });
  }

  if (row.model === 'pypgmm') {
    test('discount 0.999', async () => {
      const model = await estimator(row, { init, iterations: 5, discount: 0.999 }).fit(data);
      await expectFiniteFile(model, path('discount.h5'));
      expect(model.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    });
  }
});
