import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Seeded normal deviates, by Box and Muller. */
export function normals(seed: number): () => number {
  const random = xoroshiro128plus(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
}

/** Rows around the given centres in turn, each with its own spread, as a flat array. */
export function blobs(rows: number, centres: readonly (readonly number[])[], seed: number, spread = 1): Float64Array {
  const normal = normals(seed);
  const dimensions = centres[0]!.length;
  const data = new Float64Array(rows * dimensions);
  for (let n = 0; n < rows; n++) {
    const centre = centres[n % centres.length]!;
    const common = normal();
    for (let j = 0; j < dimensions; j++) {
      data[n * dimensions + j] = centre[j]! + spread * (0.6 * common + (1 + 0.2 * j) * normal());
    }
  }
  return data;
}
