import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Chance that is the same for the same seed, format and case, whatever was drawn before.
 *
 * @typedef {ReturnType<typeof chanceOf>} Chance
 * @param {number} seed
 * @param {string} format
 * @param {number} number
 */
export function chanceOf(seed, format, number) {
  const hash = createHash('sha256').update(`${seed} ${format} ${number}`).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at)));
  /** @param {number} end A whole number from 0, less than this. */
  const below = (end) => uniformInt(generator, 0, Math.max(end, 1) - 1);
  return {
    below,
    /**
     * @template T
     * @param {readonly T[]} list
     * @returns {T}
     */
    pick: (list) => /** @type {T} */ (list[below(list.length)]),
    /** @param {number} length */
    bytes: (length) => Buffer.from(Uint8Array.from({ length }, () => below(256))),
  };
}
