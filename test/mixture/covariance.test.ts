import { determinant, inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { LANES } from '../../src/mixture/covariance/covariance-type.ts';
import { covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { normals } from '../helpers/random.ts';

const D = 4;

// Every type's algebra on packed groups against plain D × D matrices: a new type is tested by its row.
describe.each(Object.entries(covarianceTypes))('%s', (_, type) => {
  const size = type.size(D);
  const normal = normals(4);
  const vectors = Array.from({ length: 20 }, () => Float64Array.from({ length: D }, normal));
  const scatter = new Float64Array(size);
  for (const vector of vectors) type.addOuter(scatter, vector, 0.5);
  const matrix = Matrix.from1DArray(D, D, type.toMatrix(scatter, D));
  const factor = new Float64Array(size);
  const { logDeterminant } = type.factorise(scatter, D, factor);

  test('the factor whitens', () => {
    const precision = inverse(matrix);
    for (const vector of vectors) {
      const white = new Float64Array(D);
      type.whiten(factor, vector, white);
      const distance = white.reduce((sum, value) => sum + value * value, 0);
      const column = Matrix.columnVector([...vector]);
      expect(distance).toBeCloseTo(column.transpose().mmul(precision).mmul(column).get(0, 0), 10);
    }
  });

  test('unwhitening undoes whitening', () => {
    for (const vector of vectors) {
      const [white, back] = [new Float64Array(D), new Float64Array(D)];
      type.whiten(factor, vector, white);
      type.unwhiten(factor, white, back);
      for (const [j, value] of vector.entries()) expect(back[j]).toBeCloseTo(value, 12);
    }
  });

  test('the logarithm of the determinant', () => {
    expect(logDeterminant).toBeCloseTo(Math.log(determinant(matrix)), 10);
  });

  test('the trace', () => {
    const { repeats } = type.wishart(D);
    expect(repeats * type.trace(factor, scatter, D)).toBeCloseTo(D, 10);
  });

  test('identity and variance', () => {
    const group = new Float64Array(size);
    type.addIdentity(group, D, 3);
    const { repeats } = type.wishart(D);
    for (let j = 0; j < D; j++) expect(type.variance(group, j) / repeats).toBe(3);
  });

  test('to file and back is the identity', () => {
    const stored = type.toFile(scatter, D);
    expect(stored.length).toBe(type.shape(D).reduce((product, length) => product * length, 1));
    expect(type.fromFile(stored, D)).toEqual(scatter);
  });

  test('the loops over tiles do what the algebra says', () => {
    const tile = new Float64Array(D * LANES);
    for (let q = 0; q < LANES; q++) for (let j = 0; j < D; j++) tile[j * LANES + q] = vectors[q]![j]!;
    const mean = vectors[10]!;
    const out = new Float64Array(2 * LANES);
    type.density(tile, 1, mean, factor, 7, out, LANES, new Float64Array(D * LANES));
    const white = new Float64Array(D);
    for (let q = 0; q < LANES; q++) {
      type.whiten(
        factor,
        vectors[q]!.map((value, j) => value - mean[j]!),
        white,
      );
      expect(out[LANES + q]).toBeCloseTo(7 - 0.5 * white.reduce((sum, value) => sum + value * value, 0), 10);
    }
    const moments = new Float64Array(size);
    const expected = new Float64Array(size);
    type.addMoments(
      tile,
      tile.map((value) => 2 * value),
      D,
      moments,
    );
    for (let q = 0; q < LANES; q++) type.addOuter(expected, vectors[q]!, 2);
    for (let i = 0; i < size; i++) expect(moments[i]).toBeCloseTo(expected[i]!, 10);
  });

  test('a singular group names its column', () => {
    expect(type.factorise(new Float64Array(size), D, factor).singularColumn).toBe(0);
  });
});

test('a dependent column is found where it is, at any scale', () => {
  const { full } = covarianceTypes;
  for (const scale of [1e-200, 1, 1e200]) {
    const group = new Float64Array(full.size(3));
    for (let n = 0; n < 50; n++)
      full.addOuter(group, Float64Array.of(Math.sin(n), Math.cos(n * n), Math.sin(n) + Math.cos(n * n)), scale);
    expect(full.factorise(group, 3, new Float64Array(6)).singularColumn).toBe(2);
  }
});
