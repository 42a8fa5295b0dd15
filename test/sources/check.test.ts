import { expect, test } from 'vitest';
import { checkFinite } from '../../src/sources/check.ts';

test.each([Float64Array, Float32Array])('a number that is not finite is found wherever it is: %o', (Numbers) => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (let at = 0; at < 21; at++) {
      const data = new Numbers(21).fill(1.5);
      data[at] = bad;
      const [row, column] = [Math.floor(at / 3) + 1, (at % 3) + 1];
      expect(() => checkFinite(data, 3, 'rows')).toThrow(`rows, row ${row}, column ${column}: received ${bad},`);
      data[(at + 8) % 21] = -bad; // which their sum would not show as an infinity
      expect(() => checkFinite(data, 3, 'rows')).toThrow(/received (NaN|-?Infinity)/);
    }
  }
});

test('numbers whose sum is not finite may be finite themselves', () => {
  expect(() => checkFinite(new Float64Array(64).fill(Number.MAX_VALUE), 8, 'rows')).not.toThrow();
  expect(() => checkFinite(new Float64Array(64).fill(-Number.MAX_VALUE), 8, 'rows')).not.toThrow();
  expect(() => checkFinite(new Float32Array(64).fill(3.4e38), 8, 'rows')).not.toThrow();
});
