// Puts megamix/core into one file of the build, with stand-ins for what needs Node.js.
import { readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, sep } from 'node:path';
import { intoOneFile } from './bundle.mjs';

/**
 * Replaces `doors/core.js` by one file that imports nothing.
 *
 * @param {string} made where the build is
 * @returns {Promise<string[]>} the modules that it is made of
 */
export async function bundleCore(made) {
  const file = join(made, 'doors', 'core.js');
  const browser = join(made, 'doors', 'browser');
  /** What stands for a module, by its path in the build. @type {Record<string, string>} */
  const standIns = {
    'kernels/blas-library.js': join(browser, 'blas-library.js'),
    'util/required.js': join(browser, 'required.js'),
  };
  const modules = await intoOneFile(file, {
    platform: 'browser',
    transform: { define: { 'process.emitWarning': 'console.warn' } },
    plugins: [
      {
        name: 'core',
        async resolveId(name, importer, { kind }) {
          if (isBuiltin(name)) return `\0${name}`;
          // what is loaded at need needs Node.js: files and their formats
          if (kind === 'dynamic-import') return '\0later';
          if (!importer || !name.startsWith('.')) return null;
          const resolved = await this.resolve(name, importer, { skipSelf: true });
          const path = resolved && relative(made, resolved.id).replaceAll(sep, '/');
          return (path && standIns[path]) || resolved;
        },
        async load(id) {
          if (id === '\0later')
            return `import { absent } from ${JSON.stringify(join(browser, 'node.js'))}; absent('files')();`;
          if (id.startsWith('\0') && isBuiltin(id.slice(1))) return insteadOf(id.slice(1), join(browser, 'node.js'));
          if (id === join(made, 'kernels', 'wasm-bytes.js')) return withBytes(join(made, 'kernels', 'kernels.wasm'));
          return null;
        },
      },
    ],
  });
  rmSync(browser, { recursive: true });
  return modules;
}

/**
 * A module of Node.js of which each member is a stand-in, or throws when it is used.
 *
 * @param {string} name
 * @param {string} standIns
 */
async function insteadOf(name, standIns) {
  const has = new Set(Object.keys(await import(standIns)));
  const members = Object.keys(await import(name)).filter((member) => member !== 'default');
  const own = members.filter((member) => has.has(member));
  const others = members.filter((member) => !has.has(member));
  const from = JSON.stringify(standIns);
  return [
    `import { absent } from ${from};`,
    `export { ${own.join(', ')} } from ${from};`,
    ...others.map((member) => `export const ${member} = /* @__PURE__ */ absent('${member} (${name})');`),
  ].join('\n');
}

/** The module that gives the bytes of a file, with them in it. @param {string} path */
const withBytes = (path) =>
  `const text = '${readFileSync(path).toString('base64')}';
export const wasmBytes = () => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));`;
