// Diagonal covariances: D variances per component.
import { type CovarianceType, LANES, store } from './covariance-type.ts';

/** D variances; factors are one over the standard deviations. */
export const diagonal: CovarianceType = {
  shared: false,
  scored: 'diagonal',
  size: (dimensions) => dimensions,
  shape: (dimensions) => [dimensions],
  wishart: (dimensions) => ({ order: 1, factors: dimensions, repeats: 1 }),

  addOuter(group, vector, weight) {
    for (let i = 0; i < vector.length; i++) group[i]! += weight * vector[i]! * vector[i]!;
  },

  addIdentity(group, _dimensions, value) {
    for (let i = 0; i < group.length; i++) group[i]! += value;
  },

  variance: (group, column) => group[column]!,
  element: (group, row, column) => (row === column ? group[row]! : 0),
  project: (element, dimensions) => Float64Array.from({ length: dimensions }, (_, j) => element(j, j)),

  factorise(covariance, dimensions, factor) {
    let logDeterminant = 0;
    for (let i = 0; i < dimensions; i++) {
      const variance = covariance[i]!;
      if (!(variance > 0)) return { singularColumn: i };
      logDeterminant += Math.log(variance);
      factor[i] = 1 / Math.sqrt(variance);
    }
    return { logDeterminant };
  },

  dependentColumns: () => [],

  whiten(factor, vector, out) {
    for (let i = 0; i < vector.length; i++) out[i] = factor[i]! * vector[i]!;
  },

  unwhiten(factor, vector, out) {
    for (let i = 0; i < vector.length; i++) out[i] = vector[i]! / factor[i]!;
  },

  trace(factor, scale) {
    let trace = 0;
    for (let i = 0; i < scale.length; i++) trace += factor[i]! * factor[i]! * scale[i]!;
    return trace;
  },

  toMatrix(group, dimensions) {
    const matrix = new Float64Array(dimensions * dimensions);
    for (let i = 0; i < dimensions; i++) matrix[i * dimensions + i] = group[i]!;
    return matrix;
  },

  toFile: (group) => group,
  fromFile: (values) => values.slice(),

  density(points, tiles, mean, factor, constant, out, offset) {
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
        const f = factor[j]!;
        const y0 = f * (points[p]! - m);
        const y1 = f * (points[p + 1]! - m);
        const y2 = f * (points[p + 2]! - m);
        const y3 = f * (points[p + 3]! - m);
        const y4 = f * (points[p + 4]! - m);
        const y5 = f * (points[p + 5]! - m);
        const y6 = f * (points[p + 6]! - m);
        const y7 = f * (points[p + 7]! - m);
        s0 += y0 * y0;
        s1 += y1 * y1;
        s2 += y2 * y2;
        s3 += y3 * y3;
        s4 += y4 * y4;
        s5 += y5 * y5;
        s6 += y6 * y6;
        s7 += y7 * y7;
      }
      store(out, offset + tile * LANES, constant, 0.5, s0, s1, s2, s3, s4, s5, s6, s7);
    }
  },

  addMoments(delta, weighted, dimensions, group) {
    for (let i = 0, at = 0; i < dimensions; i++) {
      let sum = 0;
      for (let q = 0; q < LANES; q++, at++) sum += weighted[at]! * delta[at]!;
      group[i]! += sum;
    }
  },
};
