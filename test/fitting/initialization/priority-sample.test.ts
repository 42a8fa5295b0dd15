import { expect, test } from 'vitest';
import { PrioritySample } from '../../../src/fitting/initialization/priority-sample.ts';
import { RowSet } from '../../../src/fitting/initialization/row-set.ts';
import { randomFor } from '../../../src/util/random.ts';
import { normals } from '../../helpers/random.ts';

const ROWS = 400;
const CAPACITY = 40;
const normal = normals(11);
const weights = Float64Array.from({ length: ROWS }, () => Math.exp(1.5 * normal()));
const values = Float64Array.from({ length: ROWS }, (_, n) => n);

function sampled(seed: number, of: Float64Array): ReadonlyMap<number, number> {
  const sample = new PrioritySample(CAPACITY, 1, undefined);
  const random = randomFor('reservoir', seed);
  for (const [n, weight] of of.entries()) sample.add(values, n, weight, random);
  const { rows, weights: stand } = sample.sample;
  return new Map(Array.from(rows, (row, i) => [row, stand[i]!]));
}

test('sums over the sample are unbiased', () => {
  const SEEDS = 4000;
  const someRows = (n: number): boolean => n % 7 === 3;
  let [truth, sum, squares] = [0, 0, 0];
  for (let n = 0; n < ROWS; n++) if (someRows(n)) truth += weights[n]!;
  for (let seed = 0; seed < SEEDS; seed++) {
    let estimate = 0;
    for (const [n, weight] of sampled(seed, weights)) if (someRows(n)) estimate += weight;
    sum += estimate;
    squares += estimate ** 2;
  }
  const mean = sum / SEEDS;
  const deviation = Math.sqrt((squares / SEEDS - mean ** 2) / SEEDS);
  expect(Math.abs(mean - truth)).toBeLessThan(4 * deviation);
  expect(deviation / truth).toBeLessThan(0.02);
});

test('rows that weigh more than what a row stands for are always there, with their own weight', () => {
  const heavy = weights.map((weight, n) => (n % 100 === 0 ? 1e4 : weight));
  for (let seed = 0; seed < 50; seed++) {
    const sample = sampled(seed, heavy);
    expect(sample.size).toBe(CAPACITY);
    for (const n of [0, 100, 200, 300]) expect(sample.get(n)).toBe(1e4);
  }
});

test('with equal weights every row is as likely as every other, and all stand for the same', () => {
  const SEEDS = 4000;
  const counts = new Float64Array(ROWS);
  for (let seed = 0; seed < SEEDS; seed++) {
    const sample = sampled(seed, new Float64Array(ROWS).fill(3));
    expect(new Set(sample.values()).size).toBe(1);
    for (const n of sample.keys()) counts[n]! += 1;
  }
  const share = CAPACITY / ROWS;
  const deviation = Math.sqrt((share * (1 - share)) / SEEDS);
  for (const count of counts) expect(Math.abs(count / SEEDS - share)).toBeLessThan(5 * deviation);
});

test('a common factor of all weights changes no row', () => {
  for (const factor of [2 ** -60, 2 ** 60]) {
    const one = sampled(5, weights);
    const other = sampled(
      5,
      weights.map((weight) => weight * factor),
    );
    expect([...other.keys()]).toEqual([...one.keys()]);
    expect([...other.values()]).toEqual([...one.values()].map((weight) => weight * factor));
  }
});

test('its state goes on exactly', () => {
  const random = () => randomFor('reservoir', 9);
  const whole = new PrioritySample(CAPACITY, 1);
  const first = new PrioritySample(CAPACITY, 1);
  const generator = random();
  for (const [n, weight] of weights.entries()) whole.add(values, n, weight, generator);
  const again = random();
  for (let n = 0; n < 150; n++) first.add(values, n, weights[n]!, again);
  const second = new PrioritySample(CAPACITY, 1, first.state);
  for (let n = 150; n < ROWS; n++) second.add(values, n, weights[n]!, again);
  expect(second.state).toEqual(whole.state);
});

test('different rows are numbered in the order in which they come', () => {
  const set = new RowSet(2);
  const rows = [
    [1, 2],
    [3, 4],
    [1, 2],
    [0, -0],
    [-0, 0],
    [Number.NaN, 1],
    [Number.NaN, 1],
    [3, 4],
  ];
  expect(rows.map((row) => set.add(Float64Array.from(row), 0))).toEqual([0, 1, 0, 2, 2, 3, 3, 1]);
  expect([...set.rows]).toEqual([1, 2, 3, 4, 0, -0, Number.NaN, 1]);
  const many = new RowSet(1);
  for (let n = 0; n < 20_000; n++) expect(many.add(Float64Array.of(n % 7_919), 0)).toBe(n % 7_919);
});
