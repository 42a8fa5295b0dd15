// Puts the gamma functions, which come as some 160 packages of a few lines each, into one file of the build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Replaces `util/gamma.js` by one that needs no packages.
 *
 * @param {string} made where the build is
 * @returns {Promise<string[]>} the modules that it is made of
 */
export async function bundleGamma(made) {
  const file = join(made, 'util', 'gamma.js');
  const bundle = await rolldown({
    input: file,
    platform: 'neutral',
    resolve: { mainFields: ['main'] },
    logLevel: 'warn',
  });
  try {
    const banner = '// Made of packages that ../THIRD-PARTY.txt names, whose notices are there.';
    const { output } = await bundle.generate({ format: 'esm', comments: false, banner });
    const [{ code, imports, modules }] = output;
    if (output.length > 1 || imports.length > 0) throw new Error(`${file} still needs ${imports}`);
    writeFileSync(file, code);
    return Object.keys(modules);
  } finally {
    await bundle.close();
  }
}
