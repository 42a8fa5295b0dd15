/** Numbers that a header may claim, and that arithmetic stumbles over. */
const WHOLE = [
  0n,
  1n,
  -1n,
  -2n,
  127n,
  255n,
  2n ** 15n,
  2n ** 16n - 1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
].concat([2n ** 32n, 10n ** 9n, 10n ** 12n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 60n, 2n ** 63n - 1n, 2n ** 63n]);
const FLOATS = [Number.NaN, Infinity, -Infinity, 1e308, -1e308, 1e38, 5e-324, -0];
const WORDS = WHOLE.map(String).concat([
  'NaN',
  'nan',
  'Infinity',
  '-inf',
  '1e400',
  '1e-400',
  '1e308',
  '0x10',
  '',
  '-',
  '٣',
]);
WORDS.push('9'.repeat(400), `0.${'1'.repeat(400)}`);

/** Fields of headers, as places from the start or, if negative, from the end of a file. @type {Record<string, readonly number[]>} */
const FIELDS = {
  npy: [6, 8, 9],
  npz: [8, 14, 18, 22, 26, 28, -22, -18, -14, -12, -10, -6, -2],
  gz: [2, 3, 4, 8, 9, 10, -8, -4],
  zst: [4, 5, 6, 7, 8, -4],
  h5: [8, 9, 10, 11, 13, 14, 16, 18, 20, 24, 28, 32, 36, 40, 44, 48, 56, 64, 72],
  ark: [6, 7, 8, 10, 11, 12, 15, 16],
  htk: [0, 4, 8, 10],
  parquet: [4, -8, -9],
  arrow: [0, 8, 12, 16, -10, -6],
  wav: [4, 16, 20, 22, 24, 28, 32, 34, 36, 40, 60],
};

/**
 * Somewhere: often in a header or a footer, where the fields are.
 *
 * @param {import('./random.mjs').Chance} chance
 * @param {number} length
 */
export function placeIn(chance, length) {
  if (length === 0) return 0;
  const ends = [Math.min(length, 96), Math.min(length, 512)];
  return (
    [
      () => chance.below(length),
      () => chance.below(length),
      () => chance.below(ends[0] ?? 0),
      () => chance.below(ends[1] ?? 0),
      () => length - 1 - chance.below(ends[1] ?? 0),
    ][chance.below(5)]?.() ?? 0
  );
}

/**
 * A field of 1, 2, 4 or 8 bytes says something extreme.
 *
 * @param {import('./random.mjs').Chance} chance
 * @param {Buffer} bytes
 * @param {string} format
 */
export function extremeField(chance, bytes, format) {
  const width = chance.pick([1, 2, 4, 4, 8, 8]);
  const known = FIELDS[format === 'model' ? 'h5' : format];
  const field = known && chance.below(2) === 0 ? chance.pick(known) : placeIn(chance, bytes.length);
  const at = Math.max(0, Math.min(field < 0 ? bytes.length + field : field, bytes.length - width));
  const value = Buffer.alloc(8);
  if (width >= 4 && chance.below(6) === 0) {
    if (width === 4) value.writeFloatLE(chance.pick(FLOATS));
    else value.writeDoubleLE(chance.pick(FLOATS));
  } else value.writeBigUInt64LE(BigInt.asUintN(64, chance.pick(WHOLE)));
  const written = value.subarray(0, width);
  if (chance.below(3) === 0) written.reverse();
  const changed = Buffer.from(bytes);
  written.copy(changed, at);
  return changed;
}

/**
 * A number of variable length, as Thrift and Zstandard have them.
 *
 * @param {import('./random.mjs').Chance} chance
 * @param {Buffer} bytes
 */
export function extremeVariable(chance, bytes) {
  const at = placeIn(chance, bytes.length);
  const digits = [];
  for (let rest = BigInt.asUintN(64, chance.pick(WHOLE)); digits.length === 0 || rest > 0n; rest >>= 7n) {
    digits.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
  }
  const skipped = chance.pick([1, 1, 2, digits.length]);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(digits), bytes.subarray(at + skipped)]);
}

/**
 * A number in text says something extreme, or nothing.
 *
 * @param {import('./random.mjs').Chance} chance
 * @param {Buffer} bytes
 */
export function extremeText(chance, bytes) {
  const text = bytes.toString('latin1');
  const numbers = [...text.matchAll(/-?\d[\d.]*(e[-+]?\d+)?/g)].slice(0, chance.pick([4, 1000]));
  if (numbers.length === 0) return extremeField(chance, bytes, '');
  const { 0: word, index } = chance.pick(numbers);
  const rest = bytes.subarray(index + word.length);
  return Buffer.concat([bytes.subarray(0, index), Buffer.from(chance.pick(WORDS)), rest]);
}
