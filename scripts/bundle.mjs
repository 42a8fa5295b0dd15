// Puts the gamma functions, which come as some 160 packages of a few lines each, into one file of the build, with their notices.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Replaces `util/gamma.js` by one that needs no packages, and writes THIRD-PARTY.txt.
 *
 * @param {string} root
 * @param {string} made where the build is
 */
export async function bundleGamma(root, made) {
  const file = join(made, 'util', 'gamma.js');
  const bundle = await rolldown({
    input: file,
    platform: 'neutral',
    resolve: { mainFields: ['main'] },
    logLevel: 'warn',
  });
  try {
    const banner = '// Made of the packages that ../THIRD-PARTY.txt names, whose notices are there.';
    const { output } = await bundle.generate({ format: 'esm', comments: false, banner });
    const [{ code, imports, modules }] = output;
    if (output.length > 1 || imports.length > 0) throw new Error(`${file} still needs ${imports}`);
    writeFileSync(file, code);
    writeFileSync(join(made, 'THIRD-PARTY.txt'), notice(root, Object.keys(modules)));
  } finally {
    await bundle.close();
  }
}

/**
 * @param {string} root
 * @param {string[]} paths of the modules
 */
function notice(root, paths) {
  const modules = paths.filter((path) => path.includes('node_modules'));
  const packages = new Set(modules.map((path) => /node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(posix(path))?.[1] ?? path));
  const notices = new Set(
    modules.flatMap((path) => readFileSync(path, 'utf8').match(/\/\*\*\s+\* @license.*?\*\//gs) ?? []),
  );
  const text = (/** @type {string[]} */ ...path) => readFileSync(join(root, 'node_modules', ...path), 'utf8').trim();
  const each = (/** @type {(name: string) => string} */ of) => [...new Set([...packages].toSorted().map(of))];
  return [
    'util/gamma.js holds code of the packages below (https://github.com/stdlib-js), put into one file without its comments. Their\n' +
      'notices and licences follow.',
    each((name) => {
      const { version, license } = JSON.parse(text(name, 'package.json'));
      return `${name} ${version} (${license})`;
    }).join('\n'),
    ...each((name) => text(name, 'NOTICE')),
    ...[...notices].toSorted(),
    ...each((name) => text(name, 'LICENSE')),
    '',
  ].join('\n\n');
}

const posix = (/** @type {string} */ path) => path.replaceAll(sep, '/');
