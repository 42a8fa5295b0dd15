// What a build that holds code of others must say of them: THIRD-PARTY.txt.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * The notices and licences of packages.
 *
 * @param {string} root
 * @param {string[]} paths of modules, of packages and others
 */
export function noticeOf(root, paths) {
  const modules = paths.filter((path) => path.includes('node_modules'));
  const packages = new Set(modules.map((path) => /node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(posix(path))?.[1] ?? path));
  const notices = new Set(
    modules.flatMap((path) => readFileSync(path, 'utf8').match(/\/\*\*\s+\* @license.*?\*\//gs) ?? []),
  );
  const text = (/** @type {string[]} */ ...path) => readFileSync(join(root, 'node_modules', ...path), 'utf8').trim();
  const files = (/** @type {string} */ name, /** @type {RegExp} */ which) =>
    readdirSync(join(root, 'node_modules', name))
      .filter((file) => which.test(file))
      .map((file) => text(name, file))
      .join('\n\n');
  const each = (/** @type {(name: string) => string} */ of) => [...new Set([...packages].toSorted().map(of))];
  return [
    'util/gamma.js and doors/core.js hold code of the packages below, put into one file each, without its comments. Their notices and\n' +
      'licences follow.',
    each((name) => {
      const { version, license } = JSON.parse(text(name, 'package.json'));
      return `${name} ${version} (${license})`;
    }).join('\n'),
    ...each((name) => files(name, /^notice/i)),
    ...[...notices].toSorted(),
    ...each((name) => files(name, /^licen[cs]e/i)),
    '',
  ].join('\n\n');
}

const posix = (/** @type {string} */ path) => path.replaceAll(sep, '/');
