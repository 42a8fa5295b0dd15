import { expect, test } from 'vitest';
import { lastGain } from '../../src/fitting/stopping.ts';
import { fallOfCriterion, risePerRow } from '../../src/mixture/gain.ts';

test('the gain is the rise per row, for K-means the fall as a part of the criterion', () => {
  expect(lastGain([-10], 2, risePerRow, 'f64')).toBeUndefined();
  expect(lastGain([-10, -6], 2, risePerRow, 'f64')).toBe(2);
  expect(lastGain([10, 6], 2, fallOfCriterion, 'f64')).toBe(0.4);
  expect(lastGain([6, 9], 2, fallOfCriterion, 'f64')).toBe(-0.5);
  expect(lastGain([0, 0], 2, fallOfCriterion, 'f64')).toBe(0);
});

test('what is only rounding is nothing, in any unit', () => {
  for (const unit of [1e-20, 1, 1e20]) {
    const [before, after] = [1000 * unit, (1000 + 1e-10) * unit];
    expect(lastGain([before, after], 100 * unit, risePerRow, 'f64')).toBe(0);
    expect(lastGain([after, before], 100 * unit, risePerRow, 'f64')).toBe(0);
    expect(lastGain([after, before], 100 * unit, fallOfCriterion, 'f64')).toBe(0);
    expect(lastGain([after, 999.999 * unit], 100 * unit, fallOfCriterion, 'f64')).toBeGreaterThan(0);
    expect(lastGain([before, 999.999 * unit], 100 * unit, risePerRow, 'f64')).toBeLessThan(0);
    expect(lastGain([before, 999.99995 * unit], 100 * unit, risePerRow, 'f64')).toBeLessThan(0);
    expect(lastGain([before, 999.99995 * unit], 100 * unit, risePerRow, 'f32')).toBe(0);
  }
});
