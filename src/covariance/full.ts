import { type CovarianceType, LANES, store } from './type.ts';

/** A pivot this small, relative to the column's variance and per dimension, is rounding and no variance. */
const PIVOT_TOLERANCE = 16 * Number.EPSILON;

/** A symmetric D × D matrix as its lower triangle, row by row; factors are the inverse Cholesky factor, packed alike. */
export const full: CovarianceType = {
  shared: false,
  size: (dimensions) => (dimensions * (dimensions + 1)) / 2,
  shape: (dimensions) => [dimensions, dimensions],
  wishart: (dimensions) => ({ order: dimensions, factors: 1, repeats: 1 }),

  addOuter(group, vector, weight) {
    for (let i = 0, at = 0; i < vector.length; i++) {
      const scaled = weight * vector[i]!;
      for (let j = 0; j <= i; j++) group[at++]! += scaled * vector[j]!;
    }
  },

  addIdentity(group, dimensions, value) {
    for (let i = 0; i < dimensions; i++) group[diagonalAt(i)]! += value;
  },

  variance: (group, column) => group[diagonalAt(column)]!,

  factorise(covariance, dimensions, factor) {
    const singularColumn = cholesky(covariance, dimensions, factor);
    if (singularColumn >= 0) return { singularColumn };
    let logDeterminant = 0;
    for (let i = 0; i < dimensions; i++) logDeterminant += 2 * Math.log(factor[diagonalAt(i)]!);
    invertTriangle(factor, dimensions);
    return { logDeterminant };
  },

  whiten(factor, vector, out) {
    for (let i = 0, at = 0; i < vector.length; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += factor[at++]! * vector[j]!;
      out[i] = sum;
    }
  },

  trace(factor, scale, dimensions) {
    let trace = 0;
    for (let i = 0; i < dimensions; i++) {
      const row = (i * (i + 1)) / 2;
      for (let a = 0, at = 0; a <= i; a++) {
        let sum = 0;
        for (let b = 0; b < a; b++) sum += scale[at++]! * factor[row + b]!;
        trace += factor[row + a]! * (2 * sum + scale[at++]! * factor[row + a]!);
      }
    }
    return trace;
  },

  toMatrix(group, dimensions) {
    const matrix = new Float64Array(dimensions * dimensions);
    for (let i = 0, at = 0; i < dimensions; i++) {
      for (let j = 0; j <= i; j++, at++) {
        matrix[i * dimensions + j] = group[at]!;
        matrix[j * dimensions + i] = group[at]!;
      }
    }
    return matrix;
  },

  toFile: (group, dimensions) => full.toMatrix(group, dimensions),

  fromFile(values, dimensions) {
    const group = new Float64Array(full.size(dimensions));
    for (let i = 0, at = 0; i < dimensions; i++) {
      for (let j = 0; j <= i; j++) group[at++] = (values[i * dimensions + j]! + values[j * dimensions + i]!) / 2;
    }
    return group;
  },

  density(points, tiles, mean, factor, constant, out, offset, scratch) {
    const dimensions = mean.length;
    for (let tile = 0; tile < tiles; tile++) {
      subtractMean(points, tile, mean, scratch);
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let i = 0, at = 0; i < dimensions; i++) {
        let y0 = 0;
        let y1 = 0;
        let y2 = 0;
        let y3 = 0;
        let y4 = 0;
        let y5 = 0;
        let y6 = 0;
        let y7 = 0;
        const end = (i + 1) * LANES;
        for (let p = 0; p < end; p += LANES, at++) {
          const f = factor[at]!;
          y0 += f * scratch[p]!;
          y1 += f * scratch[p + 1]!;
          y2 += f * scratch[p + 2]!;
          y3 += f * scratch[p + 3]!;
          y4 += f * scratch[p + 4]!;
          y5 += f * scratch[p + 5]!;
          y6 += f * scratch[p + 6]!;
          y7 += f * scratch[p + 7]!;
        }
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
      const row = i * LANES;
      const w0 = weighted[row]!;
      const w1 = weighted[row + 1]!;
      const w2 = weighted[row + 2]!;
      const w3 = weighted[row + 3]!;
      const w4 = weighted[row + 4]!;
      const w5 = weighted[row + 5]!;
      const w6 = weighted[row + 6]!;
      const w7 = weighted[row + 7]!;
      for (let p = 0; p <= row; p += LANES, at++) {
        group[at]! +=
          w0 * delta[p]! +
          w1 * delta[p + 1]! +
          (w2 * delta[p + 2]! + w3 * delta[p + 3]!) +
          (w4 * delta[p + 4]! + w5 * delta[p + 5]! + (w6 * delta[p + 6]! + w7 * delta[p + 7]!));
      }
    }
  },
};

function subtractMean(points: Float64Array, tile: number, mean: Float64Array, scratch: Float64Array): void {
  let at = tile * mean.length * LANES;
  for (let j = 0, p = 0; j < mean.length; j++) {
    const m = mean[j]!;
    for (let q = 0; q < LANES; q++) scratch[p++] = points[at++]! - m;
  }
}

const diagonalAt = (i: number): number => (i * (i + 3)) / 2;

/** The Cholesky factor of a packed matrix; returns −1, or the first column that is no more than a combination of those before it. */
function cholesky(matrix: Float64Array, dimensions: number, out: Float64Array): number {
  const tolerance = PIVOT_TOLERANCE * dimensions;
  for (let i = 0; i < dimensions; i++) {
    const row = (i * (i + 1)) / 2;
    for (let j = 0; j <= i; j++) {
      const column = (j * (j + 1)) / 2;
      let sum = matrix[row + j]!;
      for (let l = 0; l < j; l++) sum -= out[row + l]! * out[column + l]!;
      if (j < i) out[row + j] = sum / out[column + j]!;
      else if (sum > tolerance * matrix[row + i]!) out[row + i] = Math.sqrt(sum);
      else return i;
    }
  }
  return -1;
}

/** Replaces a packed lower triangle by its inverse. */
function invertTriangle(triangle: Float64Array, dimensions: number): void {
  for (let i = 0; i < dimensions; i++) {
    const row = (i * (i + 1)) / 2;
    const pivot = 1 / triangle[row + i]!;
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let l = j; l < i; l++) sum += triangle[row + l]! * triangle[(l * (l + 1)) / 2 + j]!;
      triangle[row + j] = -pivot * sum;
    }
    triangle[row + i] = pivot;
  }
}
