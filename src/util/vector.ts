// Sums of vectors, and rows of matrices.
/** Σ of the numbers, in their order. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** Views of the rows of a row-major matrix. */
export function rowsOf(matrix: Float64Array, columns: number): Float64Array[] {
  return Array.from({ length: matrix.length / columns }, (_, i) => matrix.subarray(i * columns, (i + 1) * columns));
}

/** The same numbers in proportion, with the sum 1. */
export function normalised(numbers: Float64Array): Float64Array {
  const total = sum(numbers);
  return numbers.map((value) => value / total);
}

/** Sums of the first 1, 2, … numbers. */
export function cumulative(numbers: Float64Array): Float64Array {
  let total = 0;
  return numbers.map((value) => (total += value));
}

/** The first place of a number that is above another, in numbers that grow; the last place if none is. */
export function firstAbove(bounds: Float64Array, value: number): number {
  let [low, high] = [0, bounds.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
