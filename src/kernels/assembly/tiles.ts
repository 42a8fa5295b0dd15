// Rows become tiles: 64 bytes for each dimension, so 8 rows as doubles or 16 as floats; number q of dimension j of a tile
// is at (j · lanes + q).

/** Bytes that one dimension of a tile takes. */
export const LINE: usize = 64;

/** Copies rows of type S, `width` numbers from one to the next, less a centre (D doubles), into tiles of type T. */
export function pack<S, T>(rows: usize, count: i32, width: i32, dimensions: i32, centre: usize, tiles: usize): void {
  const lanes: i32 = (LINE / sizeof<T>()) as i32;
  const tileBytes = (dimensions as usize) * LINE;
  for (let n = 0; n < count; n++, rows += (width as usize) * sizeof<S>()) {
    let from = rows;
    let to = tiles + ((n / lanes) as usize) * tileBytes + ((n % lanes) as usize) * sizeof<T>();
    for (let j = 0; j < dimensions; j++) {
      store<T>(to, ((load<S>(from) as f64) - load<f64>(centre + ((j as usize) << 3))) as T);
      from += sizeof<S>();
      to += LINE;
    }
  }
}

/** z = P x for every row of the tiles, which are centred already; P is a packed lower triangle of type T. */
export function whiten<T>(tiles: usize, count: i32, dimensions: i32, factor: usize, out: usize): void {
  for (let tile = 0; tile < count; tile++) {
    let f = factor;
    for (let i = 0; i < dimensions; i++) {
      let z0 = v128.splat<T>(0 as T);
      let z1 = z0;
      let z2 = z0;
      let z3 = z0;
      let p = tiles;
      for (let j = 0; j <= i; j++) {
        const weight = v128.load_splat<T>(f);
        z0 = v128.add<T>(z0, v128.mul<T>(weight, v128.load(p)));
        z1 = v128.add<T>(z1, v128.mul<T>(weight, v128.load(p, 16)));
        z2 = v128.add<T>(z2, v128.mul<T>(weight, v128.load(p, 32)));
        z3 = v128.add<T>(z3, v128.mul<T>(weight, v128.load(p, 48)));
        p += LINE;
        f += sizeof<T>();
      }
      v128.store(out, z0);
      v128.store(out, z1, 16);
      v128.store(out, z2, 32);
      v128.store(out, z3, 48);
      out += LINE;
    }
    tiles += (dimensions as usize) * LINE;
  }
}
