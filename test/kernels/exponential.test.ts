import { expect, test } from 'vitest';
import { Memory } from '../../src/kernels/wasm-memory.ts';
import { fc, runs } from '../setup/properties.ts';

const PAIR_BYTES = 16;
const U = 2 ** -53;
// Of 1 + r, of what is added to it, and of the last addition, each u at most, of a sum of at least 1 (below 1 the spacing is half
// as wide); of r itself a quarter; of the smaller terms less than 0.15: 3.4 u. Math.exp is within 2 u.
const BOUND = (3.4 + 2) * U;
const LEAST = -700;

/** eˣ of numbers, as shares of rows whose highest log density is 0. */
function exponentials(values: readonly number[]): Float64Array {
  const memory = new Memory();
  const rows = values.length;
  const pairs = memory.reserve((rows + 1) * PAIR_BYTES);
  const [highest, inverses, logNormalisers, weights] = [8, 8, 8, 8].map((bytes) => memory.reserve(rows * bytes));
  memory.allocate();
  const doubles = memory.doubles(pairs, rows * 2);
  const integers = memory.integers(pairs, rows * 4);
  for (const [n, value] of values.entries()) {
    doubles[2 * n] = value;
    integers[4 * n + 2] = n;
  }
  memory.calls.share!(pairs, pairs + rows * PAIR_BYTES, rows, LEAST, highest!, inverses!, logNormalisers!, weights!);
  const out = Float64Array.from(values, (_, n) => doubles[2 * n]!);
  memory.close();
  return out;
}

test('the exponential function of the kernels is within 3.4 roundings of the true one', () => {
  const edges = [0, -0, 1, -1, 1e-300, -1e-17, Math.LN2, Math.LN2 / 2, -Math.LN2 / 2, 60, -60, 699, -699];
  const even = Array.from({ length: 200_000 }, (_, i) => -100 + i / 1000);
  const values = [...edges, ...even, ...fc.sample(fc.double({ min: -699, max: 699, noNaN: true }), runs(10_000))];
  const actual = exponentials(values);
  for (const [n, value] of values.entries()) {
    const expected = Math.exp(value);
    const error = Math.abs(actual[n]! - expected) / expected;
    if (!(error <= BOUND)) expect(error, `e^${value}`).toBeLessThanOrEqual(BOUND);
  }
});

test('shares below the least are 0', () => {
  expect([...exponentials([-701, -1e300, Number.NEGATIVE_INFINITY])]).toEqual([0, 0, 0]);
});
