import { expect, test } from 'vitest';
import { gammaln } from '../../src/util/gamma.ts';
import { logGammaRatio } from '../../src/util/special-functions.ts';

test.each([
  // by mpmath, 50 digits
  [0.001, 19.5, 165.6580801443816],
  [0.5, 0.5, -0.22579135264472744],
  [2, 0.5, -0.061890719807053962],
])('log Γ(%f + %f) − log Γ(…) − d log …', (x, d, expected) => {
  expect(Math.abs(logGammaRatio(x, d) - expected)).toBeLessThan(8 * Number.EPSILON * Math.max(1, Math.abs(expected)));
});

test('where nothing cancels it is the difference, to the rounding of its terms', () => {
  for (const x of [1e-3, 0.1, 1, 3.3, 11.9, 12, 50, 400]) {
    for (const d of [0.5, 1, 1.5, 19.5, 300]) {
      const terms = [gammaln(x + d), gammaln(x), d * Math.log(x)];
      const largest = Math.max(...terms.map(Math.abs), d);
      expect(Math.abs(logGammaRatio(x, d) - (terms[0]! - terms[1]! - terms[2]!))).toBeLessThan(
        16 * Number.EPSILON * largest,
      );
    }
  }
});

test('nothing, and its limit for large numbers', () => {
  expect(logGammaRatio(7, 0)).toBe(0);
  for (const [x, d] of [
    [1e9, 19.5],
    [1e12, 1.5],
    [5e15, 200],
  ] as const) {
    const limit = (d * (d - 1)) / (2 * x);
    expect(Math.abs(logGammaRatio(x, d) - limit)).toBeLessThan(4 * Number.EPSILON * d + limit * (d / x));
  }
});
