import { extremeField, extremeText, extremeVariable, placeIn } from './extremes.mjs';

/**
 * @typedef {import('./random.mjs').Chance} Chance
 * @typedef {object} Place
 * @property {string} format
 * @property {readonly Buffer[]} donors Files that parts are taken from.
 *
 * @callback Damage
 * @param {Chance} chance
 * @param {Buffer} bytes
 * @param {Place} place
 * @returns {Buffer}
 */

/** @param {Chance} chance @param {number} longest */
const lengthOf = (chance, longest) => 1 + chance.below(chance.pick([4, 16, 64, longest]));

/** @param {Chance} chance @param {number} length */
const filling = (chance, length) =>
  [Buffer.alloc(length), Buffer.alloc(length, 255), chance.bytes(length)][chance.below(3)];

/** What leaves every other byte where it was. @type {Record<string, Damage>} */
const inPlace = {
  bits: (chance, bytes) => {
    const changed = Buffer.from(bytes);
    for (let n = chance.pick([1, 1, 2, 8]); n > 0; n--) {
      const at = placeIn(chance, bytes.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
    }
    return changed;
  },
  bytes: (chance, bytes) => {
    const changed = Buffer.from(bytes);
    for (let n = chance.pick([1, 1, 2, 8]); n > 0; n--) changed[placeIn(chance, bytes.length)] = chance.below(256);
    return changed;
  },
  run: (chance, bytes) => {
    const changed = Buffer.from(bytes);
    filling(chance, Math.min(lengthOf(chance, bytes.length), 4096))?.copy(changed, placeIn(chance, bytes.length));
    return changed;
  },
};

/** @type {Record<string, Damage>} */
const moving = {
  cut: (chance, bytes) => bytes.subarray(0, chance.pick([chance.below(bytes.length), placeIn(chance, bytes.length)])),
  insertion: (chance, bytes) => {
    const at = placeIn(chance, bytes.length);
    const length = lengthOf(chance, 1024);
    const from = placeIn(chance, bytes.length);
    const copy = bytes.subarray(from, from + Math.min(length, bytes.length / 2)); // all of it would be right
    const added = chance.pick([filling(chance, length) ?? copy, copy]);
    return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  },
  deletion: (chance, bytes) => {
    const at = placeIn(chance, bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + lengthOf(chance, bytes.length))]);
  },
  swap: (chance, bytes) => {
    const length = lengthOf(chance, bytes.length / 2);
    const [first = 0, second = 0] = [placeIn(chance, bytes.length), placeIn(chance, bytes.length)].sort(
      (a, b) => a - b,
    );
    const changed = Buffer.from(bytes);
    bytes.copy(changed, first, second, second + length);
    bytes.copy(changed, second, first, first + length);
    return changed;
  },
};

/** The beginning or the end of another file. Less than half of it: all of it would be right. @type {Record<string, Damage>} */
const spliced = {
  head: (chance, bytes, { donors }) => {
    const donor = chance.pick(donors);
    const length = chance.below(Math.min(donor.length / 2, 1024));
    return Buffer.concat([
      donor.subarray(0, length),
      bytes.subarray(chance.pick([length, 0, chance.below(bytes.length)])),
    ]);
  },
  tail: (chance, bytes, { donors }) => {
    const donor = chance.pick(donors);
    const length = chance.below(Math.min(donor.length / 2, 1024));
    const end = chance.pick([bytes.length - length, bytes.length, chance.below(bytes.length)]);
    return Buffer.concat([bytes.subarray(0, Math.max(end, 0)), donor.subarray(donor.length - length)]);
  },
};

/** @type {Record<string, Damage>} */
const claims = {
  field: (chance, bytes, { format }) => extremeField(chance, bytes, format),
  text: extremeText,
  variable: extremeVariable,
};

const kinds = { ...inPlace, ...moving, ...spliced, ...claims };

/**
 * Damages a file once, or a few times.
 *
 * @param {Chance} chance
 * @param {Buffer} bytes
 * @param {Place} place
 */
export function damaged(chance, bytes, place) {
  const names = Array.from({ length: chance.pick([1, 1, 1, 1, 2, 3]) }, () => chance.pick(Object.keys(kinds)));
  const changed = names.reduce((before, name) => kinds[name]?.(chance, before, place) ?? before, bytes);
  return { bytes: changed, how: names.join(', ') };
}

/**
 * Changes bytes in one range and nowhere else.
 *
 * @param {Chance} chance
 * @param {Buffer} bytes
 * @param {readonly [number, number]} range
 */
export function damagedWithin(chance, bytes, [first, end]) {
  const name = chance.pick(Object.keys(inPlace));
  const part = inPlace[name]?.(chance, bytes.subarray(first, end), { format: '', donors: [] }) ?? bytes;
  return {
    bytes: Buffer.concat([bytes.subarray(0, first), part, bytes.subarray(end)]),
    how: `${name} under a checksum`,
  };
}
