// Log densities of the rows of tiles under one component, constant − ½ ‖P (x − mean)‖², in the type of the tiles.
import { LINE } from './tiles';

/**
 * P is a lower triangle, two of its rows against a tile at a time: `factor` holds them in pairs, P[i, j] and P[i + 1, j] for
 * j = 0 … i + 1 (where P[i, i + 1] = 0), then the last row by itself if D is odd. `scratch` holds a tile and a line.
 */
export function fullDensity<T>(
  points: usize,
  tiles: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
  scratch: usize,
): void {
  const squares = scratch + (dimensions as usize) * LINE;
  for (let tile = 0; tile < tiles; tile++) {
    subtract<T>(points, dimensions, mean, scratch);
    squaredNorms<T>(scratch, dimensions, factor, squares);
    const s0 = v128.load(squares);
    const s1 = v128.load(squares, 16);
    const s2 = v128.load(squares, 32);
    const s3 = v128.load(squares, 48);
    out = write<T>(out, constant, 0.5, s0, s1, s2, s3);
    points += (dimensions as usize) * LINE;
  }
}

/** ‖P δ‖² of the rows of a tile of δ, a line of type T; P as in `fullDensity`. */
export function squaredNorms<T>(tile: usize, dimensions: i32, factor: usize, out: usize): void {
  const pairs = dimensions & ~1;
  const zero = v128.splat<T>(0 as T);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  let f = factor;
  let end = tile + 2 * LINE;
  for (let i = 0; i < pairs; i += 2) {
    let y0 = zero;
    let y1 = zero;
    let y2 = zero;
    let y3 = zero;
    let z0 = zero;
    let z1 = zero;
    let z2 = zero;
    let z3 = zero;
    for (let p = tile; p < end; p += LINE, f += 2 * sizeof<T>()) {
      const upper = v128.load_splat<T>(f);
      const lower = v128.load_splat<T>(f, sizeof<T>());
      const d0 = v128.load(p);
      const d1 = v128.load(p, 16);
      const d2 = v128.load(p, 32);
      const d3 = v128.load(p, 48);
      y0 = v128.add<T>(y0, v128.mul<T>(upper, d0));
      y1 = v128.add<T>(y1, v128.mul<T>(upper, d1));
      y2 = v128.add<T>(y2, v128.mul<T>(upper, d2));
      y3 = v128.add<T>(y3, v128.mul<T>(upper, d3));
      z0 = v128.add<T>(z0, v128.mul<T>(lower, d0));
      z1 = v128.add<T>(z1, v128.mul<T>(lower, d1));
      z2 = v128.add<T>(z2, v128.mul<T>(lower, d2));
      z3 = v128.add<T>(z3, v128.mul<T>(lower, d3));
    }
    s0 = v128.add<T>(s0, v128.add<T>(v128.mul<T>(y0, y0), v128.mul<T>(z0, z0)));
    s1 = v128.add<T>(s1, v128.add<T>(v128.mul<T>(y1, y1), v128.mul<T>(z1, z1)));
    s2 = v128.add<T>(s2, v128.add<T>(v128.mul<T>(y2, y2), v128.mul<T>(z2, z2)));
    s3 = v128.add<T>(s3, v128.add<T>(v128.mul<T>(y3, y3), v128.mul<T>(z3, z3)));
    end += 2 * LINE;
  }
  if (pairs < dimensions) {
    let y0 = zero;
    let y1 = zero;
    let y2 = zero;
    let y3 = zero;
    for (let p = tile; p < end - LINE; p += LINE, f += sizeof<T>()) {
      const last = v128.load_splat<T>(f);
      y0 = v128.add<T>(y0, v128.mul<T>(last, v128.load(p)));
      y1 = v128.add<T>(y1, v128.mul<T>(last, v128.load(p, 16)));
      y2 = v128.add<T>(y2, v128.mul<T>(last, v128.load(p, 32)));
      y3 = v128.add<T>(y3, v128.mul<T>(last, v128.load(p, 48)));
    }
    s0 = v128.add<T>(s0, v128.mul<T>(y0, y0));
    s1 = v128.add<T>(s1, v128.mul<T>(y1, y1));
    s2 = v128.add<T>(s2, v128.mul<T>(y2, y2));
    s3 = v128.add<T>(s3, v128.mul<T>(y3, y3));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

/** P is a diagonal. */
export function diagonalDensity<T>(
  points: usize,
  tiles: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  for (let tile = 0; tile < tiles; tile++) {
    let s0 = v128.splat<T>(0 as T);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let at: usize = 0;
    for (let j = 0; j < dimensions; j++) {
      const m = v128.load_splat<T>(mean + at);
      const f = v128.load_splat<T>(factor + at);
      const y0 = v128.mul<T>(f, v128.sub<T>(v128.load(points), m));
      const y1 = v128.mul<T>(f, v128.sub<T>(v128.load(points, 16), m));
      const y2 = v128.mul<T>(f, v128.sub<T>(v128.load(points, 32), m));
      const y3 = v128.mul<T>(f, v128.sub<T>(v128.load(points, 48), m));
      s0 = v128.add<T>(s0, v128.mul<T>(y0, y0));
      s1 = v128.add<T>(s1, v128.mul<T>(y1, y1));
      s2 = v128.add<T>(s2, v128.mul<T>(y2, y2));
      s3 = v128.add<T>(s3, v128.mul<T>(y3, y3));
      points += LINE;
      at += sizeof<T>();
    }
    out = write<T>(out, constant, 0.5, s0, s1, s2, s3);
  }
}

/** P is one number. */
export function sphericalDensity<T>(
  points: usize,
  tiles: i32,
  dimensions: i32,
  mean: usize,
  factor: usize,
  constant: f64,
  out: usize,
): void {
  const deviation = load<T>(factor) as f64;
  for (let tile = 0; tile < tiles; tile++) {
    let s0 = v128.splat<T>(0 as T);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let at: usize = 0;
    for (let j = 0; j < dimensions; j++) {
      const m = v128.load_splat<T>(mean + at);
      const d0 = v128.sub<T>(v128.load(points), m);
      const d1 = v128.sub<T>(v128.load(points, 16), m);
      const d2 = v128.sub<T>(v128.load(points, 32), m);
      const d3 = v128.sub<T>(v128.load(points, 48), m);
      s0 = v128.add<T>(s0, v128.mul<T>(d0, d0));
      s1 = v128.add<T>(s1, v128.mul<T>(d1, d1));
      s2 = v128.add<T>(s2, v128.mul<T>(d2, d2));
      s3 = v128.add<T>(s3, v128.mul<T>(d3, d3));
      points += LINE;
      at += sizeof<T>();
    }
    out = write<T>(out, constant, 0.5 * deviation * deviation, s0, s1, s2, s3);
  }
}

function subtract<T>(points: usize, dimensions: i32, mean: usize, out: usize): void {
  for (let j = 0; j < dimensions; j++) {
    const m = v128.load_splat<T>(mean);
    v128.store(out, v128.sub<T>(v128.load(points), m));
    v128.store(out, v128.sub<T>(v128.load(points, 16), m), 16);
    v128.store(out, v128.sub<T>(v128.load(points, 32), m), 32);
    v128.store(out, v128.sub<T>(v128.load(points, 48), m), 48);
    points += LINE;
    mean += sizeof<T>();
    out += LINE;
  }
}

/** Writes constant − scale · s of a tile's rows; returns where the next tile's begin. */
function write<T>(out: usize, constant: f64, scale: f64, s0: v128, s1: v128, s2: v128, s3: v128): usize {
  const c = v128.splat<T>(constant as T);
  const a = v128.splat<T>(scale as T);
  v128.store(out, v128.sub<T>(c, v128.mul<T>(a, s0)));
  v128.store(out, v128.sub<T>(c, v128.mul<T>(a, s1)), 16);
  v128.store(out, v128.sub<T>(c, v128.mul<T>(a, s2)), 32);
  v128.store(out, v128.sub<T>(c, v128.mul<T>(a, s3)), 48);
  return out + LINE;
}
