// Pairs of a row and a component that has a share of it: 16 bytes each, a double (first a log density, then a
// responsibility), the number of the row in its group, and whether the density still has to be computed in doubles.
// The pairs of a batch stand together, those of one component after those of the one before; `starts` says where each begins.
import { exponential } from './exponential';

export const PAIR: usize = 16;

export function writePair(at: usize, value: f64, row: i32, isRough: bool): void {
  store<f64>(at, value);
  store<i32>(at, row, 8);
  store<i32>(at, isRough as i32, 12);
}

/** Where the pairs of component k in a batch begin, and of the next one. */
export function startOf(starts: usize, components: i32, batch: i32, k: i32): usize {
  return load<usize>(starts + ((batch * (components + 1) + k) as usize) * sizeof<usize>());
}

/** Makes pairs of the responsibilities above 0 of a batch whose first row is number `first` of its group; returns the end. */
export function collect(
  responsibilities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  first: i32,
  pairs: usize,
  starts: usize,
): usize {
  const step = (stride as usize) << 3;
  for (let k = 0; k < components; k++, responsibilities += step) {
    store<usize>(starts + (k as usize) * sizeof<usize>(), pairs);
    for (let n = 0; n < rows; n++) {
      const share = load<f64>(responsibilities + ((n as usize) << 3));
      if (share === 0) continue;
      writePair(pairs, share, first + n, false);
      pairs += PAIR;
    }
  }
  store<usize>(starts + (components as usize) * sizeof<usize>(), pairs);
  return pairs;
}

/**
 * Log densities of pairs become shares e^(density − highest), those below e^least 0; `inverses` takes what makes
 * them responsibilities, `logNormalisers` log Σ ρ. Returns Σ w log Σ ρ over the rows.
 */
export function share(
  pairs: usize,
  end: usize,
  rows: i32,
  least: f64,
  highest: usize,
  inverses: usize,
  logNormalisers: usize,
  weights: usize,
): f64 {
  const negligible = f64x2.splat(least);
  memory.fill(inverses, 0, (rows as usize) << 3);
  for (; pairs < end; pairs += 2 * PAIR) {
    // After the last pair comes room for another: its row is 0, and its share is not added.
    const one = (load<i32>(pairs, 8) as usize) << 3;
    const two = (load<i32>(pairs + PAIR, 8) as usize) << 3;
    const values = v128.load64_lane(pairs + PAIR, v128.load64_splat(pairs), 1);
    const highs = v128.load64_lane(highest + two, v128.load64_splat(highest + one), 1);
    const difference = f64x2.sub(values, highs);
    const below = f64x2.lt(difference, negligible);
    const both = v128.andnot(exponential(f64x2.pmax(difference, negligible)), below);
    v128.store64_lane(pairs, both, 0);
    store<f64>(inverses + one, load<f64>(inverses + one) + f64x2.extract_lane(both, 0));
    if (pairs + PAIR >= end) break;
    v128.store64_lane(pairs + PAIR, both, 1);
    store<f64>(inverses + two, load<f64>(inverses + two) + f64x2.extract_lane(both, 1));
  }
  let total: f64 = 0;
  for (let n: usize = 0; n < (rows as usize) << 3; n += 8) {
    const sum = load<f64>(inverses + n);
    const logNormaliser = load<f64>(highest + n) + Math.log(sum);
    store<f64>(logNormalisers + n, logNormaliser);
    store<f64>(inverses + n, 1 / sum);
    total += load<f64>(weights + n) * logNormaliser;
  }
  return total;
}

/** The component of highest log density of every row (as a double), the first of equals, and that density. */
export function best(components: i32, batches: i32, starts: usize, rows: i32, labels: usize, highest: usize): void {
  for (let n: usize = 0; n < (rows as usize) << 3; n += 8) {
    store<f64>(labels + n, 0);
    store<f64>(highest + n, -Infinity);
  }
  for (let batch = 0; batch < batches; batch++) {
    for (let k = 0; k < components; k++) {
      const end = startOf(starts, components, batch, k + 1);
      for (let pair = startOf(starts, components, batch, k); pair < end; pair += PAIR) {
        const place = (load<i32>(pair, 8) as usize) << 3;
        if (load<f64>(pair) <= load<f64>(highest + place)) continue;
        store<f64>(highest + place, load<f64>(pair));
        store<f64>(labels + place, k as f64);
      }
    }
  }
}
