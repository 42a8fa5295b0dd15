// The ABX error of features in h5features 1.1, by itself: it uses nothing of MegaMix.
import { File, ready } from 'h5wasm/node';

/**
 * Frames of one piece of speech, a row each.
 * @typedef {Float64Array[]} Frames
 */

/**
 * The items of a file in h5features 1.1, with the time of each frame.
 *
 * @param {string} path
 * @returns {Promise<Map<string, { times: Float64Array, frames: Frames }>>}
 */
export async function readH5features(path) {
  await ready;
  const file = new File(path, 'r');
  try {
    const numbers = (/** @type {string} */ name) => {
      const { value, shape } = /** @type {any} */ (file.get(`features/${name}`));
      return { values: Float64Array.from(value, Number), shape };
    };
    const { values, shape } = numbers('features');
    const { values: times } = numbers('labels');
    const ends = numbers('index').values;
    const names = /** @type {string[]} */ (/** @type {any} */ (file.get('features/items')).value);
    const width = shape[1];
    let first = 0;
    return new Map(
      names.map((name, i) => {
        const [start, end] = [first, (ends[i] ?? 0) + 1];
        first = end;
        const frames = Array.from({ length: end - start }, (_, n) =>
          values.subarray((start + n) * width, (start + n + 1) * width),
        );
        return [name, { times: times.subarray(start, end), frames }];
      }),
    );
  } finally {
    file.close();
  }
}

/** 1 − cos of the angle between two frames. @param {Float64Array} a @param {Float64Array} b */
export function cosine(a, b) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [/** @type {number} */ (a[j]), /** @type {number} */ (b[j])];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return 1 - ab / Math.sqrt(aa * bb);
}

const LEAST = 1e-6;

/** The symmetric Kullback–Leibler divergence of two frames of posteriors. @param {Float64Array} a @param {Float64Array} b */
export function divergence(a, b) {
  let sum = 0;
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [Math.max(LEAST, a[j] ?? 0), Math.max(LEAST, b[j] ?? 0)];
    if (x !== y) sum += (x - y) * Math.log(x / y);
  }
  return sum / 2;
}

/**
 * The mean distance of frames along the best warping path.
 *
 * @param {Frames} a
 * @param {Frames} b
 * @param {(a: Float64Array, b: Float64Array) => number} distance
 */
function warped(a, b, distance) {
  /** @type {{ cost: number, length: number }[]} */
  let above = [];
  for (const [i, x] of a.entries()) {
    /** @type {typeof above} */
    const row = [];
    for (const [j, y] of b.entries()) {
      const before = [row[j - 1], above[j], above[j - 1]].filter((cell) => cell !== undefined);
      const best =
        i + j === 0 ? { cost: 0, length: 0 } : before.reduce((one, other) => (other.cost < one.cost ? other : one));
      row.push({ cost: best.cost + distance(x, y), length: best.length + 1 });
    }
    above = row;
  }
  const { cost, length } = /** @type {{ cost: number, length: number }} */ (above.at(-1));
  return cost / length;
}

/**
 * How often, of 100, X is nearer to B, which is other speech, than to A, which is the same speech; a tie counts for half.
 *
 * @param {readonly { a: Frames, b: Frames, x: Frames }[]} triples
 * @param {(a: Float64Array, b: Float64Array) => number} distance
 */
export function abxError(triples, distance) {
  let errors = 0;
  for (const { a, b, x } of triples) {
    const difference = warped(a, x, distance) - warped(b, x, distance);
    errors += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
  }
  return (100 * errors) / triples.length;
}
