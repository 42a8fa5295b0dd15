import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeRows } from 'megamix';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const CENTRES = 100;
const SPREAD = 2.5;

/**
 * The path of a float32 .npy of so many rows from a seeded mixture of 100 overlapping Gaussians; written once, then kept.
 *
 * @param {number} rows
 * @param {number} dimensions
 */
export async function syntheticMixture(rows, dimensions) {
  const directory = join(import.meta.dirname, '..', '.cache', 'bench');
  const path = join(directory, `mixture-${rows}x${dimensions}.npy`);
  if (existsSync(path)) return path;
  mkdirSync(directory, { recursive: true });
  await writeRows(`${path}.partial`, generate(rows, dimensions), { format: 'npy', columns: dimensions });
  renameSync(`${path}.partial`, path);
  return path;
}

/**
 * @param {number} rows
 * @param {number} dimensions
 */
async function* generate(rows, dimensions) {
  const random = xoroshiro128plus(20260704);
  for (let i = 0; i < 100; i++) uniformFloat64(random); // its first numbers are not random yet
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
  const centres = Float64Array.from({ length: CENTRES * dimensions }, () => SPREAD * normal());
  for (let done = 0; done < rows; ) {
    const count = Math.min(10_000, rows - done);
    const data = new Float32Array(count * dimensions);
    for (let n = 0, at = 0; n < count; n++) {
      const centre = Math.floor(uniformFloat64(random) * CENTRES) * dimensions;
      const common = normal();
      for (let j = 0; j < dimensions; j++, at++) data[at] = centres[centre + j] + common + normal();
    }
    yield data;
    done += count;
  }
}
