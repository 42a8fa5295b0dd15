// Squares of the rows that components have a share of, summed in doubles.
import { pairAt } from './distance';
import { PAIR, startOf } from './pairs';

/**
 * Adds Σ r, then Σ r δ (`width` doubles), then Σ r δ² (`width` doubles) of every component to `sums`, from the pairs of a group
 * of rows (of type S) with a responsibility of at least `least`; `width` is D rounded up to a multiple of 8, and what lies
 * beyond D is never used. `list` has room for 16 bytes a row.
 */
export function addSquares<S>(
  rows: usize,
  dimensions: i32,
  width: i32,
  components: i32,
  batches: i32,
  starts: usize,
  inverses: usize,
  weights: usize,
  least: usize,
  means: usize,
  list: usize,
  sums: usize,
): void {
  const rowBytes = (dimensions as usize) * sizeof<S>();
  for (let k = 0; k < components; k++) {
    const smallest = load<f64>(least + ((k as usize) << 3));
    let item = list;
    for (let batch = 0; batch < batches; batch++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        const n = load<i32>(pair, 8) as usize;
        const responsibility = load<f64>(pair) * load<f64>(inverses + (n << 3));
        store<f64>(item, responsibility * load<f64>(weights + (n << 3)));
        store<usize>(item, rows + n * rowBytes, 8);
        item += ((responsibility >= smallest) as usize) << 4; // no branch: whether a row counts is hard to predict
      }
    }
    addListed<S>(list, item, width, means, sums);
    means += (width as usize) << 3;
    sums += ((1 + 2 * width) as usize) << 3;
  }
}

/** The same of one component, from its shares of rows and the rows' addresses. */
function addListed<S>(list: usize, end: usize, width: i32, mean: usize, sums: usize): void {
  if (end === list) return;
  let total: f64 = 0;
  for (let item = list; item < end; item += 16) total += load<f64>(item);
  store<f64>(sums, load<f64>(sums) + total);
  for (let j = 0; j < width; j += 8) {
    const m = mean + ((j as usize) << 3);
    const m0 = v128.load(m);
    const m1 = v128.load(m, 16);
    const m2 = v128.load(m, 32);
    const m3 = v128.load(m, 48);
    const offset = (j as usize) * sizeof<S>();
    let a0 = f64x2.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    for (let item = list; item < end; item += 16) {
      const weight = v128.load64_splat(item);
      const from = load<usize>(item, 8) + offset;
      const d0 = f64x2.sub(pairAt<S>(from), m0);
      const w0 = f64x2.mul(weight, d0);
      a0 = f64x2.add(a0, w0);
      b0 = f64x2.add(b0, f64x2.mul(w0, d0));
      const d1 = f64x2.sub(pairAt<S>(from + 2 * sizeof<S>()), m1);
      const w1 = f64x2.mul(weight, d1);
      a1 = f64x2.add(a1, w1);
      b1 = f64x2.add(b1, f64x2.mul(w1, d1));
      const d2 = f64x2.sub(pairAt<S>(from + 4 * sizeof<S>()), m2);
      const w2 = f64x2.mul(weight, d2);
      a2 = f64x2.add(a2, w2);
      b2 = f64x2.add(b2, f64x2.mul(w2, d2));
      const d3 = f64x2.sub(pairAt<S>(from + 6 * sizeof<S>()), m3);
      const w3 = f64x2.mul(weight, d3);
      a3 = f64x2.add(a3, w3);
      b3 = f64x2.add(b3, f64x2.mul(w3, d3));
    }
    const first = sums + 8 + ((j as usize) << 3);
    const second = first + ((width as usize) << 3);
    v128.store(first, f64x2.add(v128.load(first), a0));
    v128.store(first, f64x2.add(v128.load(first, 16), a1), 16);
    v128.store(first, f64x2.add(v128.load(first, 32), a2), 32);
    v128.store(first, f64x2.add(v128.load(first, 48), a3), 48);
    v128.store(second, f64x2.add(v128.load(second), b0));
    v128.store(second, f64x2.add(v128.load(second, 16), b1), 16);
    v128.store(second, f64x2.add(v128.load(second, 32), b2), 32);
    v128.store(second, f64x2.add(v128.load(second, 48), b3), 48);
  }
}
