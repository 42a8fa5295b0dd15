import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { formats as readers } from '../../dist/sources/formats.js';
import { protectedBy } from './checksums.mjs';

/**
 * @typedef {object} Fixture
 * @property {string} name The name of the file that is read.
 * @property {string} format
 * @property {Map<string, Buffer>} files That file, and those that it names; any of them may be damaged.
 * @property {import('./checksums.mjs').Finder | undefined} protection Which bytes are under a checksum.
 */

const test = join(import.meta.dirname, '..');
const FOLDERS = [join(test, 'fixtures'), join(test, 'speech', 'wav')];
/** Damage should meet headers often. */
const MOST_BYTES = 2 ** 16;

/** What a file is fuzzed as: compressed text and models are formats of their own here. */
const OWN_KINDS = /** @type {const} */ ([
  [/(^|\/)model-[^/]*\.h5$/, 'model'],
  [/\.gz$/, 'gz'],
  [/\.zst$/, 'zst'],
]);

/** @param {string} path */
function formatOf(path) {
  const own = OWN_KINDS.find(([pattern]) => pattern.test(path));
  if (own) return own[1];
  return Object.entries(readers).find(([, { extensions }]) => extensions.some((ending) => path.endsWith(ending)))?.[0];
}

/** Every small file of a known format that tests have, by format. @returns {Map<string, Fixture[]>} */
export function allFixtures() {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name).replaceAll('\\', '/')),
  )
    .filter((path) => statSync(path).isFile() && statSync(path).size <= MOST_BYTES)
    .sort();
  const names = [...Object.keys(readers), ...OWN_KINDS.map(([, format]) => format)];
  const fixtures = new Map(names.map((name) => [name, /** @type {Fixture[]} */ ([])]));
  for (const path of paths) {
    const format = formatOf(path);
    if (format === undefined) continue;
    const name = basename(path);
    fixtures.get(format)?.push({ name, format, files: withCompanions(path, paths), protection: protectedBy(name) });
  }
  return fixtures;
}

/**
 * A list names other files, which lie beside it.
 *
 * @param {string} path
 * @param {readonly string[]} paths
 */
function withCompanions(path, paths) {
  const files = new Map([[basename(path), readFileSync(path)]]);
  if (!path.endsWith('.scp')) return files;
  const text = readFileSync(path, 'latin1');
  for (const other of paths) {
    const isNamed = dirname(other) === dirname(path) && other !== path && text.includes(basename(other));
    if (isNamed) files.set(basename(other), readFileSync(other));
  }
  return files;
}
