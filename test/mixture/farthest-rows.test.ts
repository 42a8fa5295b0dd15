import { expect, test } from 'vitest';
import { covarianceNamed } from '../../src/mixture/covariance/index.ts';
import { FarthestRows } from '../../src/mixture/farthest-rows.ts';
import { Statistics } from '../../src/mixture/statistics.ts';
import { normals } from '../helpers/random.ts';

const normal = normals(7);
const DIMENSIONS = 2;
const KEPT = 5;
const rows = Float64Array.from({ length: 200 * DIMENSIONS }, () => Math.round(3 * normal()));
const distances = Float64Array.from({ length: 200 }, (_, n) => rows[2 * n]! ** 2 + rows[2 * n + 1]! ** 2);
const densities = distances.map((distance) => -0.5 * distance);
const empty = () => new Float64Array(FarthestRows.length(KEPT, DIMENSIONS));
const listed = (entries: Float64Array): number[][] => {
  const farthest = new FarthestRows(entries, DIMENSIONS);
  return Array.from({ length: farthest.count }, (_, i) => [...farthest.row(i)]);
};

/** The first of equal distances first, and equal rows once. */
const expected: number[][] = [];
for (const n of [...distances.keys()].sort((a, b) => distances[b]! - distances[a]! || a - b)) {
  const row = [rows[2 * n]!, rows[2 * n + 1]!];
  if (!expected.some((other) => other.join() === row.join())) expected.push(row);
}

test.each([1, 3, 64, 200])('blocks of %i rows: the same rows in the same order', (size) => {
  const all = empty();
  for (let start = 0; start < 200; start += size) {
    const block = empty();
    const count = Math.min(size, 200 - start);
    const farthest = new FarthestRows(block, DIMENSIONS);
    const chunk = { data: rows.subarray(DIMENSIONS * start) };
    for (let at = 0; at < count; at += 50) {
      farthest.note(chunk, at, Math.min(50, count - at), densities.subarray(start + at));
    }
    farthest.add(chunk);
    new FarthestRows(all, DIMENSIONS).merge(block);
  }
  expect(listed(all)).toEqual(expected.slice(0, KEPT));
});

test('rows of weight 0, and rows at their centres, are not kept', () => {
  const entries = empty();
  const weights = Float64Array.from(distances, (distance) => (distance > 1 ? 0 : 1));
  const farthest = new FarthestRows(entries, DIMENSIONS);
  farthest.note({ data: rows, weights }, 0, 200, densities);
  farthest.add({ data: rows });
  expect(listed(entries)).toEqual(expected.filter(([x, y]) => x! ** 2 + y! ** 2 === 1).slice(0, KEPT));
});

test('statistics carry them along, and neither add nor scale them', () => {
  const shape = { components: 3, dimensions: DIMENSIONS, covariance: covarianceNamed(null), farthest: KEPT };
  const [one, other] = [new Statistics(shape), new Statistics(shape)];
  const others = { data: rows.subarray(100 * DIMENSIONS) };
  one.farthest!.note({ data: rows }, 0, 100, densities);
  one.farthest!.add({ data: rows });
  other.farthest!.note(others, 0, 100, densities.subarray(100));
  other.farthest!.add(others);
  one.merge(other).scale(0.5);
  expect(listed(one.values.subarray(one.sums.length))).toEqual(expected.slice(0, KEPT));
  expect(one.sums.every((value) => value === 0)).toBe(true);
});
