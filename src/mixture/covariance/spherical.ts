// Spherical covariances: one variance per component.
import { type CovarianceType, LANES, store } from './covariance-type.ts';

/** One number: a variance; of a scatter, its trace. The factor is one over the standard deviation. */
export const spherical: CovarianceType = {
  shared: false,
  scored: 'spherical',
  size: () => 1,
  shape: () => [],
  wishart: (dimensions) => ({ order: 1, factors: 1, repeats: dimensions }),

  addOuter(group, vector, weight) {
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
    group[0]! += weight * sum;
  },

  addIdentity(group, dimensions, value) {
    group[0]! += dimensions * value;
  },

  variance: (group) => group[0]!,
  element: (group, row, column) => (row === column ? group[0]! : 0),

  project(element, dimensions) {
    let trace = 0;
    for (let j = 0; j < dimensions; j++) trace += element(j, j);
    return Float64Array.of(trace / dimensions);
  },

  factorise(covariance, dimensions, factor) {
    const variance = covariance[0]!;
    if (!(variance > 0)) return { singularColumn: 0 };
    factor[0] = 1 / Math.sqrt(variance);
    return { logDeterminant: dimensions * Math.log(variance) };
  },

  dependentColumns: () => [],

  whiten(factor, vector, out) {
    for (let i = 0; i < vector.length; i++) out[i] = factor[0]! * vector[i]!;
  },

  unwhiten(factor, vector, out) {
    for (let i = 0; i < vector.length; i++) out[i] = vector[i]! / factor[0]!;
  },

  trace: (factor, scale) => factor[0]! * factor[0]! * scale[0]!,

  toMatrix(group, dimensions) {
    const matrix = new Float64Array(dimensions * dimensions);
    for (let i = 0; i < dimensions; i++) matrix[i * dimensions + i] = group[0]!;
    return matrix;
  },

  toFile: (group) => group,
  fromFile: (values) => values.slice(),

  density(points, tiles, mean, factor, constant, out, offset) {
    const precision = factor[0]! * factor[0]!;
    const dimensions = mean.length;
    for (let tile = 0; tile < tiles; tile++) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let j = 0, p = tile * dimensions * LANES; j < dimensions; j++, p += LANES) {
        const m = mean[j]!;
        const d0 = points[p]! - m;
        const d1 = points[p + 1]! - m;
        const d2 = points[p + 2]! - m;
        const d3 = points[p + 3]! - m;
        const d4 = points[p + 4]! - m;
        const d5 = points[p + 5]! - m;
        const d6 = points[p + 6]! - m;
        const d7 = points[p + 7]! - m;
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
        s4 += d4 * d4;
        s5 += d5 * d5;
        s6 += d6 * d6;
        s7 += d7 * d7;
      }
      store(out, offset + tile * LANES, constant, 0.5 * precision, s0, s1, s2, s3, s4, s5, s6, s7);
    }
  },

  addMoments(delta, weighted, dimensions, group) {
    let sum = 0;
    for (let at = 0; at < dimensions * LANES; at++) sum += weighted[at]! * delta[at]!;
    group[0]! += sum;
  },
};
