// Puts a module of the build and all that it needs into one file.
import { writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const BANNER = '// Holds packages that ../THIRD-PARTY.txt names, whose notices are there.';

/**
 * Replaces a module of the build by one that imports nothing.
 *
 * @param {string} file
 * @param {import('rolldown').InputOptions} options
 * @returns {Promise<string[]>} the modules that it is made of
 */
export async function intoOneFile(file, options) {
  const bundle = await rolldown({ input: file, logLevel: 'warn', ...options });
  try {
    const { output } = await bundle.generate({ format: 'esm', banner: BANNER, comments: false, codeSplitting: false });
    const [{ code, fileName, imports, dynamicImports, modules }] = output;
    const left = [...imports, ...dynamicImports].filter((name) => name !== fileName);
    if (output.length > 1 || left.length > 0) throw new Error(`${file} still needs ${left}`);
    writeFileSync(file, code);
    return Object.keys(modules);
  } finally {
    await bundle.close();
  }
}
