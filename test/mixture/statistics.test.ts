import { expect, test } from 'vitest';
import { covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { Statistics } from '../../src/mixture/statistics.ts';
import { normals } from '../helpers/random.ts';

const shapes = Object.entries(covarianceTypes).map(([name, covariance]) => ({
  name,
  shape: { components: 3, dimensions: 4, covariance },
}));

function random(shape: (typeof shapes)[number]['shape'], seed: number): Statistics {
  const statistics = new Statistics(shape);
  const normal = normals(seed);
  for (let i = 0; i < statistics.values.length; i++) statistics.values[i] = normal();
  return statistics;
}

test.each(shapes)('$name: zero is neutral', ({ shape }) => {
  const [a, before] = [random(shape, 1), random(shape, 1)];
  expect(a.merge(new Statistics(shape)).values).toEqual(before.values);
  expect(new Statistics(shape).merge(a).values).toEqual(before.values);
});

test.each(shapes)('$name: merge is commutative, and associative to rounding', ({ shape }) => {
  const make = (seed: number): Statistics => random(shape, seed);
  expect(make(1).merge(make(2)).values).toEqual(make(2).merge(make(1)).values);
  const left = make(1).merge(make(2)).merge(make(3)).values;
  const right = make(1).merge(make(2).merge(make(3))).values;
  for (const [i, value] of left.entries()) expect(value).toBeCloseTo(right[i]!, 14);
});

test.each(shapes)('$name: scaling by 2 is merging with itself', ({ shape }) => {
  const a = random(shape, 1);
  expect(random(shape, 1).scale(2).values).toEqual(random(shape, 1).merge(a).values);
});

test('its views are parts of one buffer, and shared second moments are one group', () => {
  const statistics = new Statistics({ components: 3, dimensions: 4, covariance: covarianceTypes.tied });
  expect(statistics.second[0]).toBe(statistics.second[2]);
  expect(statistics.first[2]!.buffer).toBe(statistics.values.buffer);
  statistics.addRows(5, 2.5, -7);
  expect([statistics.rows, statistics.weight, statistics.logNormaliser]).toEqual([5, 2.5, -7]);
});
