// Rows that a component has a share of, made ready for their outer products.
import { pairAt } from './distance';
import { PAIR, startOf } from './pairs';

/**
 * Gathers the rows (of type S) of a group that component k has a share r of as √r (x − μ, 1, 0 …), runs of `width` numbers: their
 * outer products then are r δδᵀ. Those with responsibilities below `least` are left out; those below `single`
 * become floats. `counts` takes how many became doubles, and how many floats.
 */
export function gather<S>(
  rows: usize,
  dimensions: i32,
  width: i32,
  k: i32,
  components: i32,
  batches: i32,
  starts: usize,
  inverses: usize,
  weights: usize,
  least: f64,
  single: f64,
  mean: usize,
  doubles: usize,
  floats: usize,
  counts: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  const runBytes = (width as usize) << 3;
  let inDoubles = 0;
  let inFloats = 0;
  for (let batch = 0; batch < batches; batch++) {
    const end = startOf(starts, components, batch, k + 1);
    for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
      const n = load<i32>(pair, 8) as usize;
      const responsibility = load<f64>(pair) * load<f64>(inverses + (n << 3));
      if (responsibility < least) continue;
      const share = responsibility * load<f64>(weights + (n << 3));
      const row = rows + n * rowBytes;
      if (responsibility >= single) {
        copy<S, f64>(row, dimensions, width, mean, Math.sqrt(share), doubles);
        doubles += runBytes;
        inDoubles++;
      } else {
        copy<S, f32>(row, dimensions, width, mean, Math.sqrt(share), floats);
        floats += runBytes >> 1;
        inFloats++;
      }
    }
  }
  store<i32>(counts, inDoubles);
  store<i32>(counts, inFloats, 4);
}

function copy<S, T>(row: usize, dimensions: i32, width: i32, mean: usize, scale: f64, to: usize): void {
  const end = to + (dimensions as usize) * sizeof<T>();
  const scales = f64x2.splat(scale);
  for (let at = to; at < end; at += 2 * sizeof<T>()) {
    put<T>(at, f64x2.mul(scales, f64x2.sub(pairAt<S>(row), v128.load(mean))));
    row += 2 * sizeof<S>();
    mean += 16;
  }
  store<T>(end, scale as T);
  const last = to + (width as usize) * sizeof<T>();
  for (let at = end + sizeof<T>(); at < last; at += sizeof<T>()) store<T>(at, 0 as T);
}

function put<T>(at: usize, pair: v128): void {
  if (sizeof<T>() === 8) v128.store(at, pair);
  else v128.store64_lane(at, f32x4.demote_f64x2_zero(pair), 0);
}
