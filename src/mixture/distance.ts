// Distances of rows from centres (K-means), and rows of length 1.

/** A distance of K-means. */
export interface Distance {
  /** Whether only directions count: rows and centres are normalised to length 1. */
  readonly isOfDirections: boolean;
  /** The criterion, and the distance that is reported, from squared Euclidean distances. */
  readonly criterionShare: number;
  fromSquare(square: number): number;
}

/** Distances that can be chosen. */
export const distances = {
  euclidean: { isOfDirections: false, criterionShare: 1, fromSquare: Math.sqrt },
  /** 1 − cos of the angle, half the squared distance of vectors of length 1: spherical k-means, Dhillon & Modha (2001). */
  cosine: { isOfDirections: true, criterionShare: 0.5, fromSquare: (square) => square / 2 },
} satisfies Record<string, Distance>;

/** 'euclidean' or 'cosine'. */
export type DistanceName = keyof typeof distances;

/** The distance of this name; the Euclidean one where none is said. */
export const distanceNamed = (name: DistanceName | null | undefined): Distance => distances[name ?? 'euclidean'];

/**
 * Writes rows of D numbers, normalised to length 1, to `out`; one that has no direction, of zeros or with missing numbers, becomes zeros.
 *
 * @returns the numbers of those.
 */
export function normaliseRows(
  rows: Float64Array | Float32Array,
  dimensions: number,
  out: Float64Array,
): readonly number[] {
  const without: number[] = [];
  for (let from = 0; from < rows.length; from += dimensions) {
    let largest = 0;
    for (let at = from; at < from + dimensions; at++) largest = Math.max(largest, Math.abs(rows[at]!));
    let square = 0;
    for (let at = from; at < from + dimensions; at++) {
      out[at] = rows[at]! / largest;
      square += out[at]! ** 2;
    }
    if (square > 0) {
      const length = Math.sqrt(square);
      for (let at = from; at < from + dimensions; at++) out[at]! /= length;
    } else {
      out.fill(0, from, from + dimensions);
      without.push(from / dimensions);
    }
  }
  return without;
}
