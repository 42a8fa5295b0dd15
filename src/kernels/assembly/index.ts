// What JavaScript calls: the generic functions, for rows and arithmetic of doubles (64) and floats (32).
import * as assignment from './assignment';
import * as density from './density';
import * as features from './features';
import * as halves from './halves';
import * as moments from './moments';
import * as nearest from './nearest';
import * as screen from './screen';
import * as tiles from './tiles';

export function pack64as64(rows: usize, count: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f64, f64>(rows, count, dimensions, centre, out);
}

export function pack64as32(rows: usize, count: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f64, f32>(rows, count, dimensions, centre, out);
}

export function pack32as64(rows: usize, count: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f32, f64>(rows, count, dimensions, centre, out);
}

export function pack32as32(rows: usize, count: i32, dimensions: i32, centre: usize, out: usize): void {
  tiles.pack<f32, f32>(rows, count, dimensions, centre, out);
}

export function whiten64(points: usize, count: i32, dimensions: i32, factor: usize, out: usize): void {
  tiles.whiten<f64>(points, count, dimensions, factor, out);
}

export function whiten32(points: usize, count: i32, dimensions: i32, factor: usize, out: usize): void {
  tiles.whiten<f32>(points, count, dimensions, factor, out);
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

export function full32(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
  scratch: usize,
): void {
  density.fullDensity<f32>(points, count, dimensions, mean, factor, constant, out, scratch);
}

export function diagonal32(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  density.diagonalDensity<f32>(points, count, dimensions, mean, factor, constant, out);
}

export function spherical32(
  points: usize,
  count: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  density.sphericalDensity<f32>(points, count, dimensions, mean, factor, constant, out);
}

export function gather64as64(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  most: f64,
  weights: usize,
  mean: usize,
  deltas: usize,
  weighted: usize,
): i32 {
  return moments.gather<f64, f64>(
    rows,
    count,
    dimensions,
    width,
    responsibilities,
    least,
    most,
    weights,
    mean,
    deltas,
    weighted,
  );
}

export function gather64as32(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  most: f64,
  weights: usize,
  mean: usize,
  deltas: usize,
  weighted: usize,
): i32 {
  return moments.gather<f64, f32>(
    rows,
    count,
    dimensions,
    width,
    responsibilities,
    least,
    most,
    weights,
    mean,
    deltas,
    weighted,
  );
}

export function gather32as64(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  most: f64,
  weights: usize,
  mean: usize,
  deltas: usize,
  weighted: usize,
): i32 {
  return moments.gather<f32, f64>(
    rows,
    count,
    dimensions,
    width,
    responsibilities,
    least,
    most,
    weights,
    mean,
    deltas,
    weighted,
  );
}

export function gather32as32(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  most: f64,
  weights: usize,
  mean: usize,
  deltas: usize,
  weighted: usize,
): i32 {
  return moments.gather<f32, f32>(
    rows,
    count,
    dimensions,
    width,
    responsibilities,
    least,
    most,
    weights,
    mean,
    deltas,
    weighted,
  );
}

export function addOuter64(deltas: usize, weighted: usize, count: i32, width: i32, sums: usize): void {
  moments.addOuter<f64>(deltas, weighted, count, width, sums);
}

export function addOuter32(deltas: usize, weighted: usize, count: i32, width: i32, sums: usize): void {
  moments.addOuter<f32>(deltas, weighted, count, width, sums);
}

export function addSquares64(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  weights: usize,
  mean: usize,
  list: usize,
  sums: usize,
): void {
  moments.addSquares<f64>(rows, count, dimensions, width, responsibilities, least, weights, mean, list, sums);
}

export function addSquares32(
  rows: usize,
  count: i32,
  dimensions: i32,
  width: i32,
  responsibilities: usize,
  least: f64,
  weights: usize,
  mean: usize,
  list: usize,
  sums: usize,
): void {
  moments.addSquares<f32>(rows, count, dimensions, width, responsibilities, least, weights, mean, list, sums);
}

export function soft(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  least: usize,
  weights: usize,
  logNormalisers: usize,
  sums: usize,
): f64 {
  return assignment.soft(densities, components, stride, rows, least, weights, logNormalisers, sums);
}

export function normalise(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  least: f64,
  logNormalisers: usize,
  sums: usize,
): void {
  assignment.normalise(densities, components, stride, rows, least, logNormalisers, sums);
}

export function mostProbable(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  highestDensities: usize,
  labels: usize,
): void {
  assignment.mostProbable(densities, components, stride, rows, highestDensities, labels);
}

export function hard(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  least: usize,
  weights: usize,
  highestDensities: usize,
  labels: usize,
): f64 {
  return assignment.hard(densities, components, stride, rows, least, weights, highestDensities, labels);
}

export function certain(
  densities: usize,
  components: i32,
  stride: i32,
  rows: i32,
  slopes: usize,
  offsets: usize,
  out: usize,
): void {
  screen.certain(densities, components, stride, rows, slopes, offsets, out);
}

export function refine64(
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
  screen.refine<f64>(rows, count, dimensions, highest, slope, offset, mean, factor, constant, densities, scratch);
}

export function refine32(
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
  screen.refine<f32>(rows, count, dimensions, highest, slope, offset, mean, factor, constant, densities, scratch);
}

export function columns64as64(rows: usize, count: i32, dimensions: i32, stride: i32, centre: usize, out: usize): void {
  features.columns<f64, f64>(rows, count, dimensions, stride, centre, out);
}

export function columns32as64(rows: usize, count: i32, dimensions: i32, stride: i32, centre: usize, out: usize): void {
  features.columns<f32, f64>(rows, count, dimensions, stride, centre, out);
}

export function products64(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.products<f64>(columns, dimensions, stride, out);
}

export function products32(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.products<f32>(columns, dimensions, stride, out);
}

export function squares64(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.squares<f64>(columns, dimensions, stride, out);
}

export function squares32(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.squares<f32>(columns, dimensions, stride, out);
}

export function squaredNorm64(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.squaredNorm<f64>(columns, dimensions, stride, out);
}

export function squaredNorm32(columns: usize, dimensions: i32, stride: i32, out: usize): void {
  features.squaredNorm<f32>(columns, dimensions, stride, out);
}

export function affinities(
  points: usize,
  tiles: i32,
  dimensions: i32,
  centres: usize,
  components: i32,
  stride: i32,
  out: usize,
): void {
  nearest.affinities(points, tiles, dimensions, centres, components, stride, out);
}

export function highestGroup(
  affinity: usize,
  groups: i32,
  stride: i32,
  rows: i32,
  highest: usize,
  second: usize,
  places: usize,
): void {
  nearest.highestGroup(affinity, groups, stride, rows, highest, second, places);
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
    sums,
  );
}

export function settle32(
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
  sums: usize,
): f64 {
  return nearest.settle<f32>(
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
    sums,
  );
}

export function columns64as32(rows: usize, count: i32, dimensions: i32, stride: i32, centre: usize, out: usize): void {
  features.columns<f64, f32>(rows, count, dimensions, stride, centre, out);
}

export function columns32as32(rows: usize, count: i32, dimensions: i32, stride: i32, centre: usize, out: usize): void {
  features.columns<f32, f32>(rows, count, dimensions, stride, centre, out);
}

export function decodeHalves(from: usize, count: i32, floats: usize): void {
  halves.decode(from, count, floats);
}

export function widen(floats: usize, count: i32, doubles: usize): void {
  features.widen(floats, count, doubles);
}
