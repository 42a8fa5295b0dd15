// The discrete cosine transform, and liftering.
/** The first rows of the orthonormal cosine transform (DCT-II) of `size` numbers, `lifter` (if not 0) multiplied into them; rows × size. */
export function liftedCosines(rows: number, size: number, lifter: number): Float64Array {
  const matrix = new Float64Array(rows * size);
  for (let k = 0, at = 0; k < rows; k++) {
    const lift = lifter === 0 ? 1 : 1 + 0.5 * lifter * Math.sin((Math.PI * k) / lifter);
    const scale = lift * Math.sqrt((k === 0 ? 1 : 2) / size);
    for (let j = 0; j < size; j++) matrix[at++] = scale * Math.cos((Math.PI / size) * (j + 0.5) * k);
  }
  return matrix;
}
