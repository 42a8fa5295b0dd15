import { expect, test } from 'vitest';
import { Memory } from '../../src/kernels/wasm-memory.ts';
import { fc } from '../setup/properties.ts';

const edges = [
  0,
  5e-324,
  1e-320,
  1e-300,
  1e-17,
  2.3e-16,
  0.4142135623730951,
  0.41421356237309515,
  1,
  1 + 2e-16,
  3,
  1e16,
];
const values = [
  ...edges,
  ...Array.from({ length: 100_000 }, (_, i) => 10 ** (-20 + i / 2500)),
  ...fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), 10_000),
  ...[1e300, Number.MAX_VALUE],
];

/** log(1 + x) by the kernels: x is given as −½ q with rate ½, and the log density is taken with exponent −1. */
function logarithms(numbers: readonly number[]): Float64Array {
  const memory = new Memory();
  const run = memory.reserve((numbers.length + 1) * 8);
  memory.allocate();
  const view = memory.doubles(run, numbers.length);
  view.set(numbers.map((x) => -x));
  memory.calls.fromSquares!(run, numbers.length, 0, 0.5, -1);
  const out = view.slice();
  memory.close();
  return out;
}

function logarithmsOfFloats(numbers: Float32Array): Float32Array {
  const memory = new Memory();
  const [constant, rate, exponent] = [memory.reserve(4), memory.reserve(4), memory.reserve(4)];
  const run = memory.reserve((numbers.length + 4) * 4);
  memory.allocate();
  for (const [at, value] of [
    [constant, 0],
    [rate, 0.5],
    [exponent, -1],
  ] as const) {
    memory.floats(at, 1)[0] = value;
  }
  const view = memory.floats(run, numbers.length);
  view.set(numbers.map((x) => -x));
  memory.calls.floatsFromSquares!(run, 1, numbers.length, numbers.length, constant, rate, exponent);
  const out = view.slice();
  memory.close();
  return out;
}

test('log(1 + x) of doubles is within 6·10⁻¹⁶ of the true one', () => {
  const actual = logarithms(values);
  for (const [n, x] of values.entries()) {
    const expected = Math.log1p(x);
    if (!(Math.abs(actual[n]! - expected) <= 6e-16 * expected)) expect(actual[n], `log(1 + ${x})`).toBe(expected);
  }
  expect([...logarithms([Number.POSITIVE_INFINITY, Number.NaN])]).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
});

test('of floats within 3·10⁻⁷; what overflowed is no log density', () => {
  const floats = Float32Array.from(values.filter((x) => x === 0 || (x > 1e-37 && x < 1e37)));
  const actual = logarithmsOfFloats(floats);
  for (const [n, x] of floats.entries()) {
    const expected = Math.log1p(x);
    if (!(Math.abs(actual[n]! - expected) <= 3e-7 * expected)) expect(actual[n], `log(1 + ${x})`).toBe(expected);
  }
  expect([...logarithmsOfFloats(Float32Array.of(1e38, Number.POSITIVE_INFINITY, Number.NaN, 1))].slice(0, 3)).toEqual(
    Array(3).fill(Number.NEGATIVE_INFINITY),
  );
});
