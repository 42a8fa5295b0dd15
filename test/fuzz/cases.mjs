import { bombsOf } from './bombs.mjs';
import { damaged, damagedWithin } from './damage.mjs';
import { allFixtures } from './fixtures.mjs';
import { chanceOf } from './random.mjs';

/**
 * A file to be read, with what it names beside it.
 *
 * @typedef {object} Case
 * @property {string} name
 * @property {Map<string, Buffer>} files
 * @property {string} how What was done to it.
 * @property {import('./fixtures.mjs').Fixture | undefined} original Whose numbers it gives, if it gives any.
 *
 * @typedef {(fixture: import('./fixtures.mjs').Fixture) => Promise<import('./checksums.mjs').Numbers>} ReadOriginal
 */

export const fixtures = allFixtures();
const everything = [...fixtures.values()].flat();
const bytesOf = (/** @type {import('./fixtures.mjs').Fixture} */ { files }) =>
  [...files.values()][0] ?? Buffer.alloc(0);

/** @type {Map<string, [number, number][]>} */
const ranges = new Map();

/**
 * Case so-and-so of a format: first its fixtures as they are, then its bombs, then damage.
 *
 * @param {string} format
 * @param {number} seed
 * @param {number} number From 0.
 * @param {ReadOriginal} readOriginal
 * @returns {Promise<Case>}
 */
export async function makeCase(format, seed, number, readOriginal) {
  const own = fixtures.get(format) ?? [];
  const bombs = bombsOf(format);
  const whole = own[number];
  if (whole) return { ...whole, how: 'as it is', original: undefined };
  const bomb = bombs[number - own.length];
  if (bomb) return { name: bomb[0], files: new Map([[bomb[0], bomb[1]()]]), how: 'a bomb', original: undefined };
  if (own.length === 0) throw new Error(`There are no fixtures of ${format} to damage.`);
  const chance = chanceOf(seed, format, number);
  const fixture = chance.pick(own);
  const { name } = fixture;
  const files = new Map(fixture.files);
  const target = chance.pick([...files.keys()]);
  const bytes = files.get(target) ?? Buffer.alloc(0);
  const within = await rangesOf(fixture, readOriginal);
  const isWhole = within.length === 1 && within[0]?.[0] === 0 && within[0][1] === bytes.length;
  if (within.length > 0 && !isWhole && chance.below(2) === 0) {
    const { bytes: changed, how } = damagedWithin(chance, bytes, chance.pick(within));
    return { name, files: files.set(target, changed), how: `${name}: ${how}`, original: fixture };
  }
  const donors = (chance.below(3) === 0 ? everything : own).map(bytesOf);
  const { bytes: changed, how } = damaged(chance, bytes, { format, donors });
  return { name, files: files.set(target, changed), how: `${target}: ${how}`, original: isWhole ? fixture : undefined };
}

/**
 * @param {import('./fixtures.mjs').Fixture} fixture
 * @param {ReadOriginal} readOriginal
 */
async function rangesOf(fixture, readOriginal) {
  const { name, protection } = fixture;
  if (!protection) return [];
  const known = ranges.get(name) ?? (await protection(bytesOf(fixture), () => readOriginal(fixture)));
  ranges.set(name, known);
  return known;
}
