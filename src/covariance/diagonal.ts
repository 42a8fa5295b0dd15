import { type CovarianceType, LANES } from './type.ts';

/** D variances; factors are one over the standard deviations. */
export const diagonal: CovarianceType = {
  shared: false,
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

  whiten(factor, vector, out) {
    for (let i = 0; i < vector.length; i++) out[i] = factor[i]! * vector[i]!;
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

  density(points, tiles, mean, factor, constant, out, offset, scratch) {
    for (let tile = 0; tile < tiles; tile++) {
      scratch.fill(0, 0, LANES);
      for (let j = 0, at = tile * mean.length * LANES; j < mean.length; j++) {
        const m = mean[j]!;
        const f = factor[j]!;
        for (let q = 0; q < LANES; q++) {
          const y = f * (points[at++]! - m);
          scratch[q]! += y * y;
        }
      }
      for (let q = 0, to = offset + tile * LANES; q < LANES; q++) out[to + q] = constant - 0.5 * scratch[q]!;
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
