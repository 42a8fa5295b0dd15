// Full covariances, first in floats for all pairs of rows and components, then in doubles where it matters.
import { squaredNorms } from './density';
import { LINE } from './tiles';

/** For every row the highest log density that is certain: max over components of slope · density − offset. */
export function certain(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  slopes: usize,
  offsets: usize,
  out: usize,
): void {
  const bytes = (((rows + 1) as usize) >> 1) << 4;
  for (let k = 0, run = densities; k < components; k++, run += (stride as usize) << 3) {
    const slope = v128.load64_splat(slopes + ((k as usize) << 3));
    const offset = v128.load64_splat(offsets + ((k as usize) << 3));
    for (let at: usize = 0; at < bytes; at += 16) {
      const low = f64x2.sub(f64x2.mul(slope, v128.load(run + at)), offset);
      v128.store(out + at, k === 0 ? low : f64x2.pmax(v128.load(out + at), low));
    }
  }
}

/**
 * Computes anew, in doubles, the densities of one component for those of the rows (of type S) for which slope · density +
 * offset is not below the certain highest density. `scratch` holds a tile and two lines.
 */
export function refine<S>(
  rows: usize,
  count: i32,
  dimensions: i32,
  highest: usize,
  slope: f64,
  offset: f64,
  mean: usize,
  factor: usize,
  constant: f64,
  densities: usize,
  scratch: usize,
): void {
  const squares = scratch + (dimensions as usize) * LINE;
  const places = squares + LINE;
  let lane: usize = 0;
  for (let n = 0; n < count; n++) {
    const at = (n as usize) << 3;
    if (slope * load<f64>(densities + at) + offset < load<f64>(highest + at)) continue;
    place<S>(rows + ((n * dimensions) as usize) * sizeof<S>(), dimensions, mean, scratch + (lane << 3));
    store<usize>(places + (lane << 2), densities + at);
    if (++lane < 8) continue;
    flush(scratch, dimensions, factor, squares, places, lane, constant);
    lane = 0;
  }
  if (lane > 0) flush(scratch, dimensions, factor, squares, places, lane, constant);
}

/** A row less the mean as one lane of a tile. */
function place<S>(row: usize, dimensions: i32, mean: usize, to: usize): void {
  const end = row + (dimensions as usize) * sizeof<S>();
  while (row < end) {
    store<f64>(to, (load<S>(row) as f64) - load<f64>(mean));
    row += sizeof<S>();
    mean += 8;
    to += LINE;
  }
}

function flush(
  tile: usize,
  dimensions: i32,
  factor: usize,
  squares: usize,
  places: usize,
  lanes: usize,
  constant: f64,
): void {
  squaredNorms<f64>(tile, dimensions, factor, squares);
  for (let lane: usize = 0; lane < lanes; lane++) {
    store<f64>(load<usize>(places + (lane << 2)), constant - 0.5 * load<f64>(squares + (lane << 3)));
  }
}
