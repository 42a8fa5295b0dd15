// What JavaScript calls: the generic functions for rows or arithmetic of doubles; the build makes of-floats.ts of it, the same for floats.
import * as density from './density';
import * as features from './features';
import * as gather from './gather';
import * as nearest from './nearest';
import * as outer from './outer';
import * as refine from './refine';
import * as squares from './squares';
import * as student from './student';
import * as tiles from './tiles';

export function pack64as64(rows: usize, count: i32, width: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f64, f64>(rows, count, width, dimensions, centre, out);
}

export function pack64as32(rows: usize, count: i32, width: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f64, f32>(rows, count, width, dimensions, centre, out);
}

export function whiten64(points: usize, count: i32, dimensions: i32, factor: usize, out: usize): void {
  tiles.whiten<f64>(points, count, dimensions, factor, out);
}

export function full64(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
  scratch: usize,
): void {
  density.fullDensity<f64>(points, count, dimensions, mean, factor, constant, out, scratch);
}

export function diagonal64(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  density.diagonalDensity<f64>(points, count, dimensions, mean, factor, constant, out);
}

export function spherical64(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  density.sphericalDensity<f64>(points, count, dimensions, mean, factor, constant, out);
}

export function settle64(
  rows: usize,
  count: i32,
  dimensions: i32,
  rounding: f64,
  longest: f64,
  affinity: usize,
  components: i32,
  stride: i32,
  highest: usize,
  second: usize,
  places: usize,
  centres: usize,
  width: i32,
  weights: usize,
  densities: usize,
  sums: usize,
): f64 {
  return nearest.settle<f64>(
    rows,
    count,
    dimensions,
    rounding,
    longest,
    affinity,
    components,
    stride,
    highest,
    second,
    places,
    centres,
    width,
    weights,
    densities,
    sums,
  );
}

export function columns64(
  rows: usize,
  count: i32,
  width: i32,
  dimensions: i32,
  stride: i32,
  centre: usize,
  out: usize,
): void {
  features.columns<f64>(rows, count, width, dimensions, stride, centre, out);
}

export function addSquares64(
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
  squares.addSquares<f64>(
    rows,
    dimensions,
    width,
    components,
    batches,
    starts,
    inverses,
    weights,
    least,
    means,
    list,
    sums,
  );
}

export function gatherRough64(
  rows: usize,
  dimensions: i32,
  k: i32,
  components: i32,
  batches: i32,
  starts: usize,
  mean: usize,
  deltas: usize,
  places: usize,
): i32 {
  return refine.gatherRough<f64>(rows, dimensions, k, components, batches, starts, mean, deltas, places);
}

export function gather64(
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
  gather.gather<f64>(
    rows,
    dimensions,
    width,
    k,
    components,
    batches,
    starts,
    inverses,
    weights,
    least,
    single,
    mean,
    doubles,
    floats,
    counts,
  );
}

export function addOuter64(rows: usize, count: i32, width: i32, sums: usize): void {
  outer.addOuter<f64>(rows, count, width, sums);
}

export function refineTriangle64(
  rows: usize,
  dimensions: i32,
  components: i32,
  batches: i32,
  starts: usize,
  means: usize,
  factors: usize,
  factorBytes: i32,
  constants: usize,
  highest: usize,
  scratch: usize,
): void {
  refine.refineTriangle<f64>(
    rows,
    dimensions,
    components,
    batches,
    starts,
    means,
    factors,
    factorBytes,
    constants,
    highest,
    scratch,
  );
}

export function refineScaled64(
  rows: usize,
  dimensions: i32,
  components: i32,
  batches: i32,
  starts: usize,
  means: usize,
  factors: usize,
  factorBytes: i32,
  constants: usize,
  highest: usize,
  scratch: usize,
): void {
  refine.refineScaled<f64>(
    rows,
    dimensions,
    components,
    batches,
    starts,
    means,
    factors,
    factorBytes,
    constants,
    highest,
    scratch,
  );
}

export function refineProduct64(
  rows: usize,
  dimensions: i32,
  components: i32,
  batches: i32,
  starts: usize,
  means: usize,
  factors: usize,
  factorBytes: i32,
  constants: usize,
  highest: usize,
  scratch: usize,
): void {
  student.refineProduct<f64>(
    rows,
    dimensions,
    components,
    batches,
    starts,
    means,
    factors,
    factorBytes,
    constants,
    highest,
    scratch,
  );
}
