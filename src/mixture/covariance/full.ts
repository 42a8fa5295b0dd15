// Full covariances: packed triangles and their Cholesky factors.
import { type CovarianceType, LANES } from './covariance-type.ts';
import { dependentColumns } from './dependent-columns.ts';

/** A pivot this small, relative to the column's variance and per dimension, is rounding and no variance. */
const PIVOT_TOLERANCE = 16 * Number.EPSILON;

/** A symmetric D × D matrix as its lower triangle, row by row; factors are the inverse Cholesky factor, packed alike. */
export const full: CovarianceType = {
  shared: false,
  scored: 'full',
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
  element: (group, row, column) =>
    group[(Math.max(row, column) * (Math.max(row, column) + 1)) / 2 + Math.min(row, column)]!,

  project(element, dimensions) {
    const group = new Float64Array(full.size(dimensions));
    for (let i = 0, at = 0; i < dimensions; i++) for (let j = 0; j <= i; j++) group[at++] = element(i, j);
    return group;
  },

  factorise(covariance, dimensions, factor) {
    const singularColumn = cholesky(covariance, dimensions, factor);
    if (singularColumn >= 0) return { singularColumn };
    let logDeterminant = 0;
    for (let i = 0; i < dimensions; i++) logDeterminant += 2 * Math.log(factor[diagonalAt(i)]!);
    invertTriangle(factor, dimensions);
    return { logDeterminant };
  },

  dependentColumns: (covariance, dimensions, constant) =>
    dependentColumns(covariance, dimensions, constant, PIVOT_TOLERANCE * dimensions),

  whiten(factor, vector, out) {
    for (let i = 0, at = 0; i < vector.length; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += factor[at++]! * vector[j]!;
      out[i] = sum;
    }
  },

  unwhiten(factor, vector, out) {
    for (let i = 0, at = 0; i < vector.length; i++) {
      let sum = vector[i]!;
      for (let j = 0; j < i; j++) sum -= factor[at++]! * out[j]!;
      out[i] = sum / factor[at++]!;
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

  /** Half a tile and two rows of the factor at a time: what is loaded once serves eight products. */
  density(points, tiles, mean, factor, constant, out, offset, scratch) {
    const dimensions = mean.length;
    const pairs = dimensions - (dimensions % 2);
    for (let tile = 0; tile < tiles; tile++) {
      subtractMean(points, tile, mean, scratch);
      for (let half = 0; half < LANES; half += 4) {
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        let upper = 0;
        for (let i = 0; i < pairs; i += 2) {
          let lower = upper + i + 1;
          let y0 = 0;
          let y1 = 0;
          let y2 = 0;
          let y3 = 0;
          let z0 = 0;
          let z1 = 0;
          let z2 = 0;
          let z3 = 0;
          const end = half + (i + 1) * LANES;
          for (let p = half; p < end; p += LANES, upper++, lower++) {
            const f = factor[upper]!;
            const g = factor[lower]!;
            const d0 = scratch[p]!;
            const d1 = scratch[p + 1]!;
            const d2 = scratch[p + 2]!;
            const d3 = scratch[p + 3]!;
            y0 += f * d0;
            y1 += f * d1;
            y2 += f * d2;
            y3 += f * d3;
            z0 += g * d0;
            z1 += g * d1;
            z2 += g * d2;
            z3 += g * d3;
          }
          const last = factor[lower]!;
          z0 += last * scratch[end]!;
          z1 += last * scratch[end + 1]!;
          z2 += last * scratch[end + 2]!;
          z3 += last * scratch[end + 3]!;
          s0 += y0 * y0 + z0 * z0;
          s1 += y1 * y1 + z1 * z1;
          s2 += y2 * y2 + z2 * z2;
          s3 += y3 * y3 + z3 * z3;
          upper = lower + 1;
        }
        if (pairs < dimensions) {
          let y0 = 0;
          let y1 = 0;
          let y2 = 0;
          let y3 = 0;
          for (let p = half; p < dimensions * LANES; p += LANES, upper++) {
            const f = factor[upper]!;
            y0 += f * scratch[p]!;
            y1 += f * scratch[p + 1]!;
            y2 += f * scratch[p + 2]!;
            y3 += f * scratch[p + 3]!;
          }
          s0 += y0 * y0;
          s1 += y1 * y1;
          s2 += y2 * y2;
          s3 += y3 * y3;
        }
        const to = offset + tile * LANES + half;
        out[to] = constant - 0.5 * s0;
        out[to + 1] = constant - 0.5 * s1;
        out[to + 2] = constant - 0.5 * s2;
        out[to + 3] = constant - 0.5 * s3;
      }
    }
  },

  /** Half a tile and two rows of the group at a time. */
  addMoments(delta, weighted, dimensions, group) {
    const pairs = dimensions - (dimensions % 2);
    for (let half = 0; half < LANES; half += 4) {
      let upper = 0;
      for (let i = 0; i < pairs; i += 2) {
        let lower = upper + i + 1;
        const start = half + i * LANES;
        const end = start + LANES;
        const v0 = weighted[start]!;
        const v1 = weighted[start + 1]!;
        const v2 = weighted[start + 2]!;
        const v3 = weighted[start + 3]!;
        const w0 = weighted[end]!;
        const w1 = weighted[end + 1]!;
        const w2 = weighted[end + 2]!;
        const w3 = weighted[end + 3]!;
        for (let p = half; p < end; p += LANES, upper++, lower++) {
          const d0 = delta[p]!;
          const d1 = delta[p + 1]!;
          const d2 = delta[p + 2]!;
          const d3 = delta[p + 3]!;
          group[upper]! += v0 * d0 + v1 * d1 + (v2 * d2 + v3 * d3);
          group[lower]! += w0 * d0 + w1 * d1 + (w2 * d2 + w3 * d3);
        }
        group[lower]! += w0 * delta[end]! + w1 * delta[end + 1]! + (w2 * delta[end + 2]! + w3 * delta[end + 3]!);
        upper = lower + 1;
      }
      if (pairs < dimensions) {
        const row = half + pairs * LANES;
        const w0 = weighted[row]!;
        const w1 = weighted[row + 1]!;
        const w2 = weighted[row + 2]!;
        const w3 = weighted[row + 3]!;
        for (let p = half; p <= row; p += LANES, upper++) {
          group[upper]! += w0 * delta[p]! + w1 * delta[p + 1]! + (w2 * delta[p + 2]! + w3 * delta[p + 3]!);
        }
      }
    }
  },
};

function subtractMean(points: Float64Array, tile: number, mean: Float64Array, scratch: Float64Array): void {
  const base = tile * mean.length * LANES;
  for (let j = 0, p = 0; j < mean.length; j++, p += LANES) {
    const m = mean[j]!;
    scratch[p] = points[base + p]! - m;
    scratch[p + 1] = points[base + p + 1]! - m;
    scratch[p + 2] = points[base + p + 2]! - m;
    scratch[p + 3] = points[base + p + 3]! - m;
    scratch[p + 4] = points[base + p + 4]! - m;
    scratch[p + 5] = points[base + p + 5]! - m;
    scratch[p + 6] = points[base + p + 6]! - m;
    scratch[p + 7] = points[base + p + 7]! - m;
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
